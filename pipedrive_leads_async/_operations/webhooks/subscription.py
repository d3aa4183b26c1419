"""A webhook of the account together with its password, and the requests for webhooks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, cast

import attrs

from ..._codec.codec import decode_in_steps, to_dict
from ..._codec.json import Json
from ..._http import reference as operations
from ..._http.caller import Caller
from ..._http.message import Response
from ..._shared.secrets import Secret, SecretJson
from ..._shared.steps import Steps
from ...enums import UNSET, UnsetType
from ...errors import DecodeError
from ...models import Webhook
from ...request_models import AddWebhookRequest
from ..responses import as_rows, parse_data, read_deletion
from .passwords import KEY, WebhookData

_PLACE: Final = ("subscription_url", "event_action", "event_object")
"""The keys of the URL of a webhook, and of the action and object of its events."""

_REFUSED: Final = (401, 403)
"""The statuses of a receiver whose credentials are not those of the webhook."""


@attrs.frozen
class Subscription:
    """A webhook as Pipedrive returned it.

    Attributes:
        webhook: The webhook.
        password: Its password; None if it has none, and if Pipedrive does not return it.
        shows_password: Whether Pipedrive returned a password or null.
    """

    webhook: Webhook
    password: Secret | None
    shows_password: bool

    def differences(self, request: AddWebhookRequest) -> list[str]:
        """Return why the webhook does not serve a request; an empty list if it does."""
        webhook = self.webhook
        status = webhook.last_http_status
        found = {
            "it has another user": request.user_id not in (None, webhook.user_id),
            "it has another version": webhook.version not in (None, request.version),
            "it has another user name": (webhook.http_auth_user or None) != request.http_auth_user,
            "it has another password": self.shows_password
            and self.password != request.http_auth_password,
            "it is not active": webhook.is_active is not None and not webhook.is_active,
            f"its receiver returned {status}": status in _REFUSED,
        }
        return [difference for difference, applies in found.items() if applies]


async def get_webhooks(caller: Caller) -> list[Subscription]:
    """Request all webhooks."""
    return await caller.call(operations.GET_WEBHOOKS, _read_subscriptions)


async def find_webhooks(caller: Caller, request: AddWebhookRequest) -> list[Subscription]:
    """Request all webhooks; return those that send the events of a request to its URL."""
    return await caller.call(
        operations.GET_WEBHOOKS, lambda response: _read_subscriptions(response, request)
    )


async def add_webhook(caller: Caller, request: AddWebhookRequest) -> Subscription:
    """Request a new webhook."""
    return await caller.call(operations.ADD_WEBHOOK, _read_subscription, json=_body(request))


async def delete_webhook(caller: Caller, id: int) -> None:
    """Request the deletion of a webhook."""
    await caller.call(operations.DELETE_WEBHOOK, read_deletion(str(id)), ids={"id": str(id)})


def _body(request: AddWebhookRequest) -> Json:
    fields = {name: value for name, value in to_dict(request).items() if value is not None}
    password = request.http_auth_password
    if password is None:
        return fields
    return SecretJson({**fields, KEY: password.reveal()}, password)


async def _read_subscription(response: Response) -> Subscription:
    found = await _read_data(response, response.request.secrets)
    return await _decode(found, found.data, found.passwords[0], "$.data")


async def _read_subscriptions(
    response: Response, request: AddWebhookRequest | None = None
) -> list[Subscription]:
    """Read the webhooks of a list; only those for a request, if there is one."""
    password = request and request.http_auth_password
    found = await _read_data(response, (password,) if password else ())
    steps = Steps()
    try:
        rows = as_rows(found.data)
    except DecodeError as error:
        raise found.redact_error(error) from None
    subscriptions: list[Subscription] = []
    for i, row in enumerate(rows):
        if request is None or not _is_unrelated(row, request):
            path = f"$.data[{i}]"
            subscriptions.append(await _decode(found, row, found.passwords[i], path))
        await steps.next()
    return subscriptions


async def _read_data(response: Response, known: Iterable[Secret]) -> WebhookData:
    steps = Steps()
    found = WebhookData(parse_data(response), known)
    await steps.next()
    for _ in found.remove_passwords():
        await steps.next()
    return found


def _is_unrelated(row: Any, request: AddWebhookRequest) -> bool:
    """Return whether a row is a webhook for another URL or for other events.

    It is not decoded: its other properties may be malformed.
    """
    properties = cast("Json", row) if isinstance(row, dict) else {}
    for key in _PLACE:
        wanted = getattr(request, key)
        found = properties.get(key, wanted)
        if found != wanted and (found is None or isinstance(found, str)):
            return True
    return False


async def _decode(
    found: WebhookData, row: Any, password: Secret | UnsetType | None, path: str
) -> Subscription:
    properties = cast("Json", row) if isinstance(row, dict) else {}
    try:
        # The fast decoder consumes its object, and the exact one may need another.
        webhook = await decode_in_steps(
            Webhook, lambda: cast("Any", properties.copy() or row), path=path
        )
    except DecodeError as error:
        raise found.redact_error(error) from None
    return Subscription(
        found.redact(webhook),
        None if password is UNSET else password,
        shows_password=password is not UNSET,
    )
