"""What Pipedrive's webhooks tell of leads, as typed events.

    match parse_event(body):
        case LeadCreated(lead=lead):
            print("new:", lead.title)
        case LeadChanged() as event:
            print(event.lead.title, "changed:", event.changed)
        case LeadDeleted(lead_id=lead_id):
            print("gone:", lead_id)

It needs no event loop and no web framework: give it the body of the request, and answer with any
status of 2xx within 10 seconds. Otherwise the event comes again, after 3, 30 and 150 seconds, with
the same `id`. To do its work once, keep the ids of events whose work is done, each in the same
transaction as the work, and leave out an event whose id is there.

https://pipedrive.readme.io/docs/guide-for-webhooks-v2
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar, cast

import attrs

from .._codec.codec import decode
from .._codec.custom_field_keys import KEY
from .._codec.json import Json, loads
from .._shared import checks
from .._shared.secrets import unseen_arguments
from ..errors import DecodeError, InvalidRequestError
from ..models import Lead
from ..models._lead import LeadT
from ._leads import flattened, overlaid

__all__ = [
    "LeadChanged",
    "LeadCreated",
    "LeadDeleted",
    "LeadEvent",
    "check_basic_auth",
    "parse_event",
]

T = TypeVar("T")

# Everywhere else they are numbers; https://developers.pipedrive.com/docs/api/v1/Users
_IDS: Final = ("company_id", "user_id", "webhook_id", "webhook_owner_id")

_digits = re.compile(r"[0-9]{1,18}").fullmatch


@attrs.frozen(kw_only=True)
class LeadEvent:
    """Something that happened to a lead: the base of the three kinds of event.

    Attributes:
        id: The event, a UUID: what is delivered again has the id that it had.
        lead_id: The lead it happened to, a UUID.
        timestamp: When it happened, in UTC. Events can arrive in another order.
        attempt: 1 if it is delivered for the first time, 4 at the last.
        company_id: The account.
        user_id: Who did it.
        is_bulk_edit: Whether it was one of many, done to a list of leads at once.
        change_source: `app` if it was done in Pipedrive, `api` if by a program, such as yours.
        host: The account's host, such as `acme.pipedrive.com`.
        webhook_id: The webhook that it comes from.
        webhook_owner_id: The user whose webhook that is: who may see what decides what comes.
        extra: Whatever else Pipedrive says, as it came, such as `permitted_user_ids`.

    https://pipedrive.readme.io/docs/guide-for-webhooks-v2#webhooks-meta-block
    """

    id: str
    lead_id: str = attrs.field(metadata={KEY: "entity_id"})
    timestamp: dt.datetime
    attempt: int | None = None
    company_id: int | None = None
    user_id: int | None = None
    is_bulk_edit: bool | None = None
    change_source: str | None = None
    host: str | None = None
    webhook_id: int | None = None
    webhook_owner_id: int | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any])


@attrs.frozen(kw_only=True)
class LeadCreated(LeadEvent, Generic[LeadT]):
    """A lead was added.

    Attributes:
        lead: The lead, as in `LeadChanged`.
    """

    lead: LeadT


@attrs.frozen(kw_only=True)
class LeadChanged(LeadEvent, Generic[LeadT]):
    """A lead was changed, archived or taken out of the archive.

    Attributes:
        lead: The lead as it is now. Webhooks leave out `visible_to` and `cc_email`, which are
            None; `get_lead` has them.
        previous: The lead as it was. Pipedrive only tells what changed: the rest is as in `lead`.

    Example:
        >>> def was_archived(event: LeadChanged) -> bool:
        ...     return "is_archived" in event.changed and event.lead.is_archived is True
    """

    lead: LeadT
    previous: LeadT

    @property
    def changed(self) -> frozenset[str]:
        """The attributes that are not as they were; keys for custom fields without one."""
        now, was = _properties(self.lead), _properties(self.previous)
        return frozenset(key for key in now | was if now.get(key) != was.get(key))


@attrs.frozen(kw_only=True)
class LeadDeleted(LeadEvent, Generic[LeadT]):
    """A lead was deleted, as happens too when it is converted to a deal.

    Attributes:
        previous: The lead as it was at the end, as in `LeadChanged`.
    """

    previous: LeadT


def parse_event(
    body: bytes | str | Mapping[str, Any],
    *,
    # Left out, LeadT is its own default, Lead; checkers do not know that one follows
    # from the other.
    lead_type: type[LeadT] = Lead,  # type: ignore[assignment]
) -> LeadCreated[LeadT] | LeadChanged[LeadT] | LeadDeleted[LeadT]:
    """Read the body of a webhook of version 2.

    Its leads are like those that a client gives: custom fields, which webhooks nest, are in
    `custom_fields` under their keys, or attributes of your own lead class; `CustomFields` reads
    them by name.

    Args:
        body: The request's body, or what a framework made of it.
        lead_type: Your own subclass of `Lead`, with `custom_field` attributes.

    Raises:
        InvalidRequestError: It is not an event of a lead, but of something else, or of version 1,
            or not from Pipedrive. The message repeats nothing of it.
        DecodeError: It has another shape than Pipedrive documents; `.lead_id` is known.

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
    meta = _meta(text)
    try:
        facts = attrs.asdict(_told(text, LeadEvent, _facts, "$.meta"), recurse=False)
        if meta["action"] == "delete":
            return LeadDeleted(**facts, previous=_told(text, lead_type, _deleted, "$.previous"))
        lead = _told(text, lead_type, _lead, "$.data")
        if meta["action"] == "create":
            return LeadCreated(**facts, lead=lead)
        before = _told(text, lead_type, _lead_before, "$.previous")
        return LeadChanged(**facts, lead=lead, previous=before)
    except DecodeError as error:
        lead_id = meta.get("entity_id")
        error.lead_id = lead_id if isinstance(lead_id, str) else None
        raise


@unseen_arguments
def check_basic_auth(header: str | None, username: str, password: str) -> bool:
    """Tell whether a request comes from a webhook that was made with these credentials.

    The comparison takes the same time however much of them is right. Whatever a stranger sends
    is False, never an error.

    Args:
        header: The request's `Authorization`, None if it has none.
        username: The `http_auth_user` that the webhook was made with.
        password: Its `http_auth_password`.

    Raises:
        InvalidRequestError: The username or the password is empty: anybody could give it.

    Example:
        >>> check_basic_auth("Basic cGlwZWRyaXZlOnNlY3JldA==", "pipedrive", "secret")
        True
        >>> check_basic_auth(None, "pipedrive", "secret")
        False
    """
    checks.text("username", username)
    checks.text("password", password)
    expected = base64.b64encode(f"{username}:{password}".encode())
    scheme, _, given = (header or "").partition(" ")
    # Servers give bytes that are no text as halves of surrogate pairs.
    is_right = hmac.compare_digest(given.strip().encode(errors="replace"), expected)
    return is_right and scheme.lower() == "basic"


def _json_text(body: bytes | str | Mapping[str, Any]) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode(errors="surrogatepass")  # what is no text is no JSON either
    if not isinstance(body, Mapping):
        raise TypeError(f"body must be bytes, a str or a mapping, got {type(body).__name__}")
    try:
        return json.dumps({**body}).encode()
    except (ValueError, RecursionError):
        raise InvalidRequestError("body is not JSON") from None


def _meta(text: bytes) -> Json:
    """Give what is said of the event, if it is one of a lead."""
    try:
        envelope = loads(text)
    except ValueError:
        raise InvalidRequestError("body is not JSON") from None
    meta = cast("Json", envelope).get("meta") if isinstance(envelope, dict) else None
    if not isinstance(meta, dict):
        raise InvalidRequestError("body has no meta: it is not from a webhook of Pipedrive's")
    found = cast("Json", meta)
    if not str(found.get("version")).startswith("2."):
        raise InvalidRequestError(
            "body is not of version 2: make the webhook with version 2.0, as version 1 has no leads"
        )
    if found.get("entity") != "lead":
        raise InvalidRequestError(
            "body is an event of something else than a lead: leave it, or make the webhook with "
            "event_object lead"
        )
    if found.get("action") not in ("create", "change", "delete"):
        raise InvalidRequestError("body is a kind of event that this version does not know")
    return found


def _told(text: bytes, cls: type[T], pick: Callable[[Json], Any], path: str) -> T:
    """Decode a part of a body, which is parsed for it, as decoding consumes it."""
    return decode(cls, lambda: pick(loads(text)), path=path)


def _facts(envelope: Json) -> Json:
    facts: Json = {}
    for name, raw in envelope["meta"].items():
        is_number = name in _IDS and isinstance(raw, str) and _digits(raw)
        if name not in ("action", "entity", "version"):
            facts[name] = int(raw) if is_number else raw
    return facts


def _lead(envelope: Json) -> Any:
    return flattened(envelope.get("data"))


def _lead_before(envelope: Json) -> Any:
    return flattened(overlaid(envelope["data"], envelope.get("previous")))


def _deleted(envelope: Json) -> Any:
    return flattened(envelope.get("previous"))


def _properties(lead: Lead) -> Json:
    fields = attrs.asdict(lead, recurse=False)
    return {**fields.pop("custom_fields"), **fields.pop("extra"), **fields}
