"""Parse the body of a webhook into an event."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, cast

import attrs

from .._codec import bounds
from .._codec.codec import decode
from .._codec.json import Json, loads
from ..errors import DecodeError, InvalidRequestError
from ..models import Lead
from ..models._lead import LeadT
from ._events import LeadChanged, LeadCreated, LeadDeleted, LeadEvent
from ._leads import flattened, overlaid

T = TypeVar("T")

# Webhooks send these ids as texts; everywhere else they are numbers.
# https://developers.pipedrive.com/docs/api/v1/Users
_IDS: Final = ("company_id", "user_id", "webhook_id", "webhook_owner_id")

_digits = re.compile(r"[0-9]{1,18}").fullmatch


def parse_event(
    body: bytes | str | Mapping[str, Any],
    *,
    # The default of LeadT is Lead; type checkers cannot connect it to the default of lead_type.
    lead_type: type[LeadT] = Lead,  # type: ignore[assignment]
) -> LeadCreated[LeadT] | LeadChanged[LeadT] | LeadDeleted[LeadT]:
    """Parse the body of a webhook of version 2.

    The leads of an event are like the leads of a client. Webhooks nest custom fields; here they
    are in `custom_fields` under their keys, or in the attributes of your own lead class.
    `CustomFields` reads them by name.

    Args:
        body: The body of the request, or the JSON object that a framework parsed from it.
        lead_type: Your own subclass of `Lead`, with `custom_field` attributes.

    Returns:
        A `LeadCreated`, `LeadChanged` or `LeadDeleted`.

    Raises:
        InvalidRequestError: The body is not an event of a lead: it is not from Pipedrive, is of
            version 1, or is about something else, or would take too long to parse. The message
            repeats nothing of the body.
        DecodeError: The event differs from Pipedrive's documentation; `.lead_id` has its lead.

    Example:
        >>> body = '''{"data": {"id": "8ba414d0-8ad8-11ef-9e9e-07879dd74146", "title": "New"},
        ...     "previous": null, "meta": {"action": "create", "entity": "lead", "version": "2.0",
        ...     "entity_id": "8ba414d0-8ad8-11ef-9e9e-07879dd74146", "user_id": "11884360",
        ...     "id": "b18fa830-6c0d-11ed-9826-a53d0eb706a5",
        ...     "timestamp": "2026-11-23T10:00:00.000Z"}}'''
        >>> event = parse_event(body)
        >>> isinstance(event, LeadCreated), event.lead.title, event.user_id
        (True, 'New', 11884360)
    """
    if not isinstance(lead_type, type) or not issubclass(lead_type, Lead):
        raise TypeError(f"lead_type must be Lead or a subclass of it, got {lead_type!r}")
    text = _json_text(body)
    if exceeded := bounds.WEBHOOK.exceeded_by(text):
        raise InvalidRequestError(
            f"body {exceeded}, so it is not from a Pipedrive webhook: answer 2xx and ignore it"
        )
    meta = _checked_meta(text)
    try:
        event = _decode_part(text, LeadEvent, _event_fields, "$.meta")
        attributes = attrs.asdict(event, recurse=False)
        if meta["action"] == "delete":
            return LeadDeleted(
                **attributes, previous=_decode_part(text, lead_type, _deleted_lead, "$.previous")
            )
        lead = _decode_part(text, lead_type, _lead, "$.data")
        if meta["action"] == "create":
            return LeadCreated(**attributes, lead=lead)
        before = _decode_part(text, lead_type, _previous_lead, "$.previous")
        return LeadChanged(**attributes, lead=lead, previous=before)
    except DecodeError as error:
        lead_id = meta.get("entity_id")
        error.lead_id = lead_id if isinstance(lead_id, str) else None
        raise


def _json_text(body: bytes | str | Mapping[str, Any]) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode(errors="surrogatepass")  # the parser replaces half of a pair
    if not isinstance(body, Mapping):
        raise TypeError(f"body must be bytes, a str or a mapping, got {type(body).__name__}")
    try:
        return json.dumps({**body}).encode()
    except (ValueError, RecursionError):
        raise InvalidRequestError("body is not JSON: pass the body of the request") from None


def _checked_meta(text: bytes) -> Json:
    """Return the `meta` of an event, if it is an event of a lead."""
    try:
        envelope = loads(text)
    except ValueError:
        raise InvalidRequestError("body is not JSON: pass the body of the request") from None
    meta = cast("Json", envelope).get("meta") if isinstance(envelope, dict) else None
    if not isinstance(meta, dict):
        raise InvalidRequestError(
            "body has no meta, so it is not from a Pipedrive webhook: answer 2xx and ignore it"
        )
    found = cast("Json", meta)
    version = found.get("version")
    if not (isinstance(version, str | float) and str(version).startswith("2.")):
        raise InvalidRequestError(
            "body is not of version 2: create the webhook with version 2.0, "
            "because version 1 does not report leads"
        )
    if found.get("entity") != "lead":
        raise InvalidRequestError(
            "body is not an event of a lead: ignore it, or create the webhook with "
            "event_object lead"
        )
    if found.get("action") not in ("create", "change", "delete"):
        raise InvalidRequestError(
            "body has an unknown action: ignore it, or look for a newer version of this library"
        )
    return found


def _decode_part(text: bytes, cls: type[T], pick: Callable[[Json], Any], path: str) -> T:
    """Decode a part of a body."""
    return decode(cls, lambda: pick(loads(text)), path=path)


def _event_fields(envelope: Json) -> Json:
    meta: Json = {}
    for name, raw in envelope["meta"].items():
        is_number = name in _IDS and isinstance(raw, str) and _digits(raw)
        if name not in ("action", "entity", "version", "checkpoint"):
            meta[name] = int(raw) if is_number else raw
    return meta


def _lead(envelope: Json) -> Any:
    return flattened(envelope.get("data"))


def _previous_lead(envelope: Json) -> Any:
    return flattened(overlaid(envelope["data"], envelope.get("previous")))


def _deleted_lead(envelope: Json) -> Any:
    return flattened(envelope.get("previous"))
