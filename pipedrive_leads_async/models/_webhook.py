"""A webhook, which reports events to a URL, and the result of `ensure_webhook`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from ._base import Model, PydanticHooks, informative_time, mapping, maybe


@attrs.frozen(kw_only=True)
class Webhook(Model):
    """A webhook, which sends the events of an account to a URL.

    Pipedrive returns the password of a webhook with it. It is dropped before a webhook is
    decoded, so it is in no attribute, and not in `extra` either.

    Attributes:
        id: The id of the webhook, for `delete_webhook`.
        subscription_url: The URL that the events are sent to.
        event_action: The action that it reports: `create`, `change`, `delete`, or `*` for all.
        event_object: The object that it reports, such as `lead`, or `*` for all.
        name: The name shown in Pipedrive.
        version: The version of its events, `2.0` or `1.0`.
        user_id: The id of the user whose permissions decide which events are sent.
        owner_id: The id of the user who owns the webhook.
        admin_id: The id of the user who administers it.
        company_id: The id of the account.
        type: `general`, `application` for a webhook of an app, or `automation`.
        http_auth_user: The user name that it sends by HTTP Basic authentication.
        is_active: Whether it is active. Pipedrive sends 1 or 0.
        last_http_status: The HTTP status of the response to its last event.
        last_delivery_time: The time of its last event, in UTC.
        add_time: The creation time, in UTC.
        remove_time: The time at which it was removed, in UTC.
        remove_reason: Why it was removed.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Webhooks
    """

    __secret_keys__: ClassVar[tuple[str, ...]] = ("http_auth_password",)

    id: int
    subscription_url: str = attrs.field(hash=False)
    event_action: str = attrs.field(hash=False)
    event_object: str = attrs.field(hash=False)
    name: str | None = maybe()
    version: str | None = maybe()
    user_id: int | None = maybe()
    owner_id: int | None = maybe()
    admin_id: int | None = maybe()
    company_id: int | None = maybe()
    type: str | None = maybe()
    http_auth_user: str | None = maybe()
    is_active: int | bool | None = maybe()
    last_http_status: int | None = maybe()
    last_delivery_time: dt.datetime | None = informative_time()
    add_time: dt.datetime | None = informative_time()
    remove_time: dt.datetime | None = informative_time()
    remove_reason: str | None = maybe()
    extra: Mapping[str, Any] = mapping()


@attrs.frozen(kw_only=True)
class EnsuredWebhook(PydanticHooks):
    """The result of `ensure_webhook`.

    Attributes:
        webhook: The webhook in its current state.
        created: Whether this call created it.
    """

    webhook: Webhook
    created: bool
