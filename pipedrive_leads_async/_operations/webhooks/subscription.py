"""A webhook of the account together with its password, and the requests for webhooks."""

from __future__ import annotations

from typing import Any, Final, cast

import attrs

from ..._codec.codec import decode_in_steps, to_dict
from ..._codec.json import Json
from ..._http import reference as operations
from ..._http.caller import Caller
from ..._http.message import Response
from ..._shared.secrets import Secret, SecretJson
from ..._shared.steps import Steps
from ...models import Webhook
from ...request_models import AddWebhookRequest
from ..responses import as_rows, parse_data, read_deletion

_KEY: Final = "http_auth_password"
"""The key of the password, which Pipedrive returns with a webhook."""

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

    def is_for(self, request: AddWebhookRequest) -> bool:
        """Return whether the webhook sends the events of a request to its URL."""
        webhook = self.webhook
        return (webhook.subscription_url, webhook.event_action, webhook.event_object) == (
            request.subscription_url,
            request.event_action,
            request.event_object,
        )

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
    return SecretJson({**fields, _KEY: password.reveal()}, password)


async def _read_subscription(response: Response) -> Subscription:
    return await _decode(parse_data(response), "$.data")


async def _read_subscriptions(response: Response) -> list[Subscription]:
    steps = Steps()
    data = parse_data(response)
    await steps.next()
    if isinstance(data, dict):  # the error about it repeats it
        cast("Json", data).pop(_KEY, None)
    subscriptions: list[Subscription] = []
    for i, row in enumerate(as_rows(data)):
        subscriptions.append(await _decode(row, f"$.data[{i}]"))
        await steps.next()
    return subscriptions


async def _decode(row: Any, path: str) -> Subscription:
    properties = cast("Json", row) if isinstance(row, dict) else {}
    password = properties.get(_KEY)
    # The fast decoder consumes its object, and the exact one may need another.
    webhook = await decode_in_steps(
        Webhook, lambda: cast("Any", properties.copy() or row), path=path
    )
    return Subscription(
        webhook,
        Secret(password) if isinstance(password, str) and password else None,
        shows_password=_KEY in properties,
    )
