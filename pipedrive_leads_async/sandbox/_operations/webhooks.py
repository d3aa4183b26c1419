"""The operations on webhooks: who is told of what.

https://developers.pipedrive.com/docs/api/v1/Webhooks

Of all events that can be asked for, here only those of leads happen.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from .. import _checks
from .._json import Json
from .._responses import Answer
from .._state.account import Account
from .operation import Call, operation

MOST_WEBHOOKS = 40
"""How many a user can have."""

_ACTIONS = ("create", "change", "delete", "*")
_OBJECTS = (
    "activity",
    "deal",
    "lead",
    "note",
    "organization",
    "person",
    "pipeline",
    "product",
    "stage",
    "user",
    "*",
)


def _is_text(value: Any, _: object) -> bool:
    return isinstance(value, str)


def _is_name(value: Any, _: object) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= 255


def _is_url(value: Any, _: object) -> bool:
    try:
        return bool(_checks.url("subscription_url", value))
    except (TypeError, ValueError):
        return False


def _is_user(value: Any, account: Account) -> bool:
    return type(value) is int and value in account.users


# What may be given: a judge of its values, and what is said against others.
_RULES: dict[str, tuple[Callable[[Any, Account], bool], str]] = {
    "subscription_url": (_is_url, "invalid or non-reachable URL"),
    "event_action": (lambda value, _: value in _ACTIONS, f"must be one of {', '.join(_ACTIONS)}"),
    "event_object": (lambda value, _: value in _OBJECTS, f"must be one of {', '.join(_OBJECTS)}"),
    "name": (_is_name, "must be a text of 1 to 255 characters"),
    "version": (lambda value, _: value == "2.0", "must be 2.0, as 1.0 knows no leads"),
    "user_id": (_is_user, "must be the id of a user"),
    "http_auth_user": (_is_text, "must be a text"),
    "http_auth_password": (_is_text, "must be a text"),
}
_REQUIRED = ("subscription_url", "event_action", "event_object", "name")
_NULLABLE = ("http_auth_user", "http_auth_password")


@operation("getWebhooks", "GET", "/v1/webhooks", cost=10)
def get_webhooks(call: Call) -> Answer:
    """List all webhooks; there are no pages."""
    return _done(data=list(call.account.webhooks.values()))


@operation("addWebhook", "POST", "/v1/webhooks", cost=10)
def add_webhook(call: Call) -> Answer:
    """Add a webhook, which is told of what happens from now on."""
    fields, account = call.fields, call.account
    errors = _errors(fields, account)
    if errors:
        return _refused(HTTPStatus.BAD_REQUEST, errors)
    kind = "application" if call.by_app else "general"
    webhook = subscribe(account, fields | {"type": kind})
    if webhook is None:
        error = f"has {MOST_WEBHOOKS} webhooks, which is the limit"
        return _refused(HTTPStatus.UNPROCESSABLE_ENTITY, {"user_id": [error]})
    return _done(HTTPStatus.CREATED, data=webhook)


@operation("deleteWebhook", "DELETE", "/v1/webhooks/{id}", cost=6)
def delete_webhook(call: Call) -> Answer:
    """Forget a webhook, and what it was about to send."""
    webhooks = call.account.webhooks
    for id in webhooks:
        if str(id) == call.path["id"]:
            del webhooks[id]
            return _done()
    return _refused(HTTPStatus.NOT_FOUND, {"id": ["not found"]})


def subscribe(account: Account, fields: Json) -> Json | None:
    """Add a webhook and return it, or None when its user has as many as a user can have."""
    webhook = account.new_webhook(account.clock.tick(), fields)
    owners = [other["owner_id"] for other in account.webhooks.values()]
    if owners.count(webhook["owner_id"]) == MOST_WEBHOOKS:
        return None
    account.webhooks[webhook["id"]] = webhook
    return webhook


def check_webhook(url: str, action: str, username: str | None, password: str | None) -> Json:
    """Return the fields of a webhook to be made, or raise what is wrong with it."""
    fields: Json = {"subscription_url": _checks.url("url", url), "event_action": action}
    if action not in _ACTIONS:
        raise ValueError(f"action must be one of {', '.join(_ACTIONS)}, got {action!r}.")
    if (username is None) is not (password is None):
        raise ValueError("username and password go together: give both, or none.")
    if username is not None:
        fields["http_auth_user"] = _checks.text("username", username)
        fields["http_auth_password"] = _checks.text("password", password)
    return fields


def _errors(fields: Json, account: Account) -> dict[str, list[str]]:
    """Return what is wrong with each property of a webhook to be made."""
    errors = {name: ["is required"] for name in _REQUIRED if name not in fields}
    for name, value in fields.items():
        holds, wants = _RULES.get(name, (_is_unknown, "is not allowed"))
        if not (value is None and name in _NULLABLE) and not holds(value, account):
            errors[name] = [wants]
    return errors


def _is_unknown(_: Any, __: object) -> bool:
    return False


def _done(status: int = HTTPStatus.OK, **data: Any) -> Answer:
    return Answer(status, {"status": "ok", "success": True, **data})


def _refused(status: int, errors: dict[str, list[str]]) -> Answer:
    """Refuse in the words of this service, which has its own."""
    return Answer(status, {"status": "error", "success": False, "errors": errors})
