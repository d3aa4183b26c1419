"""Parse the request that Pipedrive sends after a user has uninstalled a Marketplace app."""

from __future__ import annotations

import datetime as dt
import hmac
import re
from collections.abc import Mapping
from typing import Any, Final, cast

import attrs

from .._codec import bounds
from .._codec.json import loads
from .._shared import checks
from .._shared.secrets import hide_arguments
from ..errors import InvalidRequestError
from ._basic_auth import check_basic_auth

_MILLISECONDS: Final = 100_000_000_000
"""A number of this size is a time in milliseconds: in seconds it would be in the year 5138."""

_digits = re.compile(r"[0-9]{1,18}").fullmatch


@attrs.frozen(kw_only=True)
class AppUninstalled:
    """A user has uninstalled the app: its tokens of this user have ended.

    Attributes:
        company_id: The id of the company.
        user_id: The id of the user. Other users of the company may keep the app.
        timestamp: The time at which the app was uninstalled, in UTC.
    """

    company_id: int
    user_id: int
    timestamp: dt.datetime


@hide_arguments
def parse_uninstall(
    body: bytes | str,
    authorization: str | bytes | None,
    *,
    client_id: str,
    client_secret: str,
) -> AppUninstalled:
    """Parse the DELETE request that Pipedrive's OAuth server sends to an app's callback URL.

    It is sent after a user has uninstalled the app. Delete the token that you keep under
    `company_id` and `user_id`, which `LeadsClient.get_current_user` returns when the app is
    installed. Pipedrive does not read the response.

    Args:
        body: The body of the request.
        authorization: The `Authorization` header of the request, or None.
        client_id: The client id of the app.
        client_secret: The client secret of the app. It is compared in constant time.

    Raises:
        PermissionError: The credentials of the request are missing or wrong, or it is about
            another app. The message repeats nothing of them.
        InvalidRequestError: The body is not the JSON of such a request, or an argument is empty.
        TypeError: An argument has the wrong type.

    Example:
        >>> body = '''{"client_id": "id", "company_id": 7780468, "user_id": 11884360,
        ...     "timestamp": "2026-11-23T10:00:00.000Z"}'''
        >>> event = parse_uninstall(
        ...     body, "Basic aWQ6c2VjcmV0", client_id="id", client_secret="secret"
        ... )
        >>> event.company_id, event.user_id
        (7780468, 11884360)

    https://pipedrive.readme.io/docs/app-uninstallation
    """
    checks.text("client_id", client_id)
    checks.text("client_secret", client_secret)
    if authorization is not None and not isinstance(authorization, str | bytes):
        raise TypeError(
            f"authorization must be a str, bytes or None, got {type(authorization).__name__}"
        )
    if not isinstance(body, bytes | str):
        raise TypeError(f"body must be bytes or a str, got {type(body).__name__}")
    if not check_basic_auth(authorization, client_id, client_secret):
        raise PermissionError(
            "the request does not have the client id and secret of this app: answer 401"
        )
    sent = _properties(body)
    sent_id = sent.get("client_id")
    if not isinstance(sent_id, str) or not hmac.compare_digest(
        sent_id.encode(errors="replace"), client_id.encode()
    ):
        raise PermissionError("the request is about another app: answer 401")
    return AppUninstalled(
        company_id=_id(sent, "company_id"), user_id=_id(sent, "user_id"), timestamp=_time(sent)
    )


def _properties(body: bytes | str) -> Mapping[str, Any]:
    # The parser replaces half of a surrogate pair.
    text = body.encode(errors="surrogatepass") if isinstance(body, str) else body
    if exceeded := bounds.WEBHOOK.exceeded_by(text):
        raise InvalidRequestError(f"body {exceeded}, so Pipedrive has not sent it")
    try:
        found = loads(text)
    except ValueError:
        raise InvalidRequestError("body is not JSON: pass the body of the request") from None
    if not isinstance(found, dict):
        raise InvalidRequestError("body is not a JSON object: pass the body of the request")
    return cast("Mapping[str, Any]", found)


def _id(sent: Mapping[str, Any], name: str) -> int:
    """Return an id, which is a number or the digits of one."""
    value = sent.get(name)
    if isinstance(value, str) and _digits(value):
        value = int(value)
    if type(value) is not int or value < 1:
        raise InvalidRequestError(f"body has no {name}: pass the body of the request")
    return value


def _time(sent: Mapping[str, Any]) -> dt.datetime:
    """Return the time, whose format Pipedrive does not document: ISO 8601, or a Unix time."""
    try:
        time = _parsed_time(sent.get("timestamp"))
    except (ValueError, OverflowError, OSError):
        time = None
    if time is None:
        raise InvalidRequestError("body has no valid timestamp: pass the body of the request")
    return time


def _parsed_time(value: object) -> dt.datetime | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and not _digits(value):
        time = dt.datetime.fromisoformat(value)
        return (time if time.tzinfo else time.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    seconds = float(value)
    return dt.datetime.fromtimestamp(
        seconds / 1000 if seconds >= _MILLISECONDS else seconds, dt.UTC
    )
