"""The operations on webhooks: https://developers.pipedrive.com/docs/api/v1/Webhooks.

A webhook can subscribe to any event; the sandbox sends only the events of leads.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from .. import _checks
from .._json import Json
from .._responses import Response
from .._state.account import Account
from .operation import Call, operation

MAX_WEBHOOKS = 40
"""The maximum number of webhooks of one user."""

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


# For each property: the check of its value, and the error for an invalid one.
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
def get_webhooks(call: Call) -> Response:
    """List all webhooks; there are no pages."""
    return _ok(data=list(call.account.webhooks.values()))


@operation("addWebhook", "POST", "/v1/webhooks", cost=10)
def add_webhook(call: Call) -> Response:
    """Add a webhook for future events."""
    fields, account = call.fields, call.account
    errors = _errors(fields, account)
    if errors:
        return _refused(HTTPStatus.BAD_REQUEST, errors)
    kind = "application" if call.by_app else "general"
    webhook = subscribe(account, fields | {"type": kind})
    if webhook is None:
        error = f"has {MAX_WEBHOOKS} webhooks, which is the limit"
        return _refused(HTTPStatus.UNPROCESSABLE_ENTITY, {"user_id": [error]})
    return _ok(HTTPStatus.CREATED, data=webhook)


@operation("deleteWebhook", "DELETE", "/v1/webhooks/{id}", cost=6)
def delete_webhook(call: Call) -> Response:
    """Delete a webhook and its open deliveries."""
    webhooks = call.account.webhooks
    for id in webhooks:
        if str(id) == call.path["id"]:
            del webhooks[id]
            return _ok()
    return _refused(HTTPStatus.NOT_FOUND, {"id": ["not found"]})


def subscribe(account: Account, fields: Json) -> Json | None:
    """Add and return a webhook; return None if its user has the maximum number."""
    webhook = account.new_webhook(account.clock.tick(), fields)
    owners = [other["owner_id"] for other in account.webhooks.values()]
    if owners.count(webhook["owner_id"]) == MAX_WEBHOOKS:
        return None
    account.webhooks[webhook["id"]] = webhook
    return webhook


def remove_webhooks_of_app(account: Account, user_id: int) -> None:
    """Delete the webhooks that the app has added for a user."""
    account.webhooks = {
        id: webhook
        for id, webhook in account.webhooks.items()
        if webhook["type"] != "application" or webhook["owner_id"] != user_id
    }


def check_webhook(url: str, action: str, username: str | None, password: str | None) -> Json:
    """Check the arguments of `add_webhook`, and return the properties of the webhook."""
    fields: Json = {"subscription_url": _checks.url("url", url), "event_action": action}
    if action not in _ACTIONS:
        raise ValueError(f"action must be one of {', '.join(_ACTIONS)}, got {action!r}.")
    if (username is None) is not (password is None):
        raise ValueError("username and password go together: pass both, or neither.")
    if username is not None:
        fields["http_auth_user"] = _checks.text("username", username)
        fields["http_auth_password"] = _checks.text("password", password)
    return fields


def _errors(fields: Json, account: Account) -> dict[str, list[str]]:
    """Return the errors of a new webhook, by property."""
    errors = {name: ["is required"] for name in _REQUIRED if name not in fields}
    for name, value in fields.items():
        is_valid, error = _RULES.get(name, (_is_unknown, "is not allowed"))
        if not (value is None and name in _NULLABLE) and not is_valid(value, account):
            errors[name] = [error]
    return errors


def _is_unknown(_: Any, __: object) -> bool:
    return False


def _ok(status: int = HTTPStatus.OK, **data: Any) -> Response:
    return Response(status, {"status": "ok", "success": True, **data})


def _refused(status: int, errors: dict[str, list[str]]) -> Response:
    """Return an error response as the webhook service writes it."""
    return Response(status, {"status": "error", "success": False, "errors": errors})
