"""The body of `add_webhook` and `ensure_webhook`."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

import attrs

from .._codec.requests import Request
from .._shared import checks
from .._shared.secrets import Secret, hide_arguments
from .._shared.urls import is_host_and_port, is_loopback
from ..errors import InvalidRequestError
from ._validators import valid

_ACTIONS: Final = ("create", "change", "delete", "*")
_VERSIONS: Final = ("1.0", "2.0")
_LONGEST_NAME: Final = 255

_VISIBLE_ASCII = re.compile(r"[\x21-\x5b\x5d-\x7e]+").fullmatch  # without the backslash


def _receiver_url(name: str, value: object) -> None:
    """Check the URL of a receiver; no message repeats it, because it can contain a password."""
    if problem := _problem(checks.text(name, value)):
        raise InvalidRequestError(f"{name} {problem}")


def _problem(url: str) -> str | None:
    if not _VISIBLE_ASCII(url):
        return "has blanks, backslashes or non-ASCII characters: write them percent-encoded"
    parts = _split(url)
    if parts is None or not is_host_and_port(parts.netloc.rpartition("@")[2]):
        return "is not a URL with a host: write https://app.example/webhooks"
    if "@" in parts.netloc:
        return "has user info: pass http_auth_user and http_auth_password"
    is_local = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if parts.scheme != "https" and not is_local:
        return "is not https: write https:// (http:// is only for this machine)"
    return None


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _action(name: str, value: object) -> None:
    if checks.text(name, value) not in _ACTIONS:
        raise InvalidRequestError(f"{name} must be one of {', '.join(_ACTIONS)}, got {value!r:.60}")


def _name(name: str, value: object) -> None:
    if len(checks.text(name, value)) > _LONGEST_NAME:
        raise InvalidRequestError(f"{name} is longer than {_LONGEST_NAME} characters: shorten it")


def _user(name: str, value: object) -> None:
    if ":" in checks.text(name, value):
        raise InvalidRequestError(
            f"{name} has a colon, which ends the user name in HTTP Basic authentication: remove it"
        )


def _password(name: str, value: object) -> None:
    checks.text(name, value.reveal() if isinstance(value, Secret) else value)


def _version(name: str, value: object) -> None:
    if checks.text(name, value) not in _VERSIONS:
        raise InvalidRequestError(f'{name} must be "2.0" or "1.0", got {value!r:.60}')


def _as_secret(value: str | Secret | None) -> Secret | None:
    return Secret(value) if isinstance(value, str) else value


@hide_arguments
@attrs.frozen
class AddWebhookRequest(Request):
    """A new webhook: the URL that Pipedrive sends events to, and the events.

    The password is in no repr, and a request that has one cannot be pickled.

    Attributes:
        subscription_url: The https URL of the receiver; http is accepted for this machine only.
            It must respond itself, because Pipedrive does not follow redirects and does not
            accept self-signed certificates.
        event_action: `create`, `change`, `delete`, or `*` for all of them.
        event_object: The object that the events are about, such as `lead`, or `*` for all.
        name: The name shown in Pipedrive; 1 to 255 characters.
        http_auth_user: The user name that each event has for HTTP Basic authentication, without
            a colon. It needs a password, which `webhooks.check_basic_auth` checks.
        http_auth_password: The password for it.
        version: The version of the events: `2.0`, or `1.0`, which does not report leads.
        user_id: The id of the user whose permissions decide which events are sent. None is the
            user of the credential. For the events of all leads it must be an administrator.

    Raises:
        InvalidRequestError: A value is empty, invalid, or None although it may not be.
        TypeError: A value has another type.

    Example:
        >>> AddWebhookRequest(
        ...     "https://app.example/webhooks", http_auth_user="me", http_auth_password="secret"
        ... ).event_object
        'lead'

    https://developers.pipedrive.com/docs/api/v1/Webhooks#addWebhook
    """

    subscription_url: str = attrs.field(validator=valid(_receiver_url))
    event_action: str = attrs.field(default="*", validator=valid(_action), kw_only=True)
    event_object: str = attrs.field(default="lead", validator=valid(checks.text), kw_only=True)
    name: str = attrs.field(default="pipedrive-leads-async", validator=valid(_name), kw_only=True)
    http_auth_user: str | None = attrs.field(
        default=None, validator=valid(_user, nullable=True), kw_only=True
    )
    http_auth_password: Secret | None = attrs.field(
        default=None,
        converter=_as_secret,
        validator=valid(_password, nullable=True),
        kw_only=True,
    )
    version: str = attrs.field(default="2.0", validator=valid(_version), kw_only=True)
    user_id: int | None = attrs.field(
        default=None, validator=valid(checks.integer, nullable=True), kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        if (self.http_auth_user is None) is not (self.http_auth_password is None):
            raise InvalidRequestError(
                "http_auth_user and http_auth_password go together: pass both, or neither"
            )
        if self.version == "1.0" and self.event_object == "lead":
            raise InvalidRequestError(
                'version "1.0" does not report leads: leave it out, or choose another event_object'
            )
