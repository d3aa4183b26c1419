"""`Token`: the tokens of an OAuth grant, and their JSON."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final, cast

import attrs

from .._codec.json import Json
from .._http.base_url import COMPANY_HOST, BaseUrl
from .._shared import checks
from .._shared.log import log
from .._shared.secrets import Secret, hide_arguments
from ..errors import ConfigurationError
from ._token_checks import as_secret, check_secret


def _secret_or_none(text: str | Secret | None) -> Secret | None:
    return None if text is None else as_secret(text)


def _instant(value: dt.datetime | float | None) -> dt.datetime | None:
    if value is None:
        return None
    if not isinstance(value, int | float):
        return checks.instant("expires_at", value, error=ConfigurationError)
    checks.number("expires_at", value, error=ConfigurationError)
    try:
        return dt.datetime.fromtimestamp(value, dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise ConfigurationError("expires_at is out of range: pass seconds since 1970") from None


def _text(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    checks.instance(attribute.name, value, str)


_optional = attrs.validators.optional


@hide_arguments
@attrs.frozen
class Token:
    """The tokens of an OAuth grant: the right to act for one user of one company.

    They are hidden in repr, str and `attrs.asdict`, and cannot be pickled. Only `to_json` shows
    them, for a store that keeps secrets.

    Attributes:
        access_token: The token that requests are sent with; it is valid for one hour.
        refresh_token: The token that the next access token is requested with; it is valid for
            60 days after its last use. None if there is none.
        expires_at: The end of the access token: an aware datetime, or seconds since 1970. None if
            it is not known: the access token is then used until Pipedrive refuses it.
        scope: The permissions that the user granted, as Pipedrive lists them:
            `base,leads:full`. New scopes of the app need a new consent.
        api_domain: The URL of the account: `https://<company>.pipedrive.com`.

    Raises:
        ConfigurationError: A token has blanks, or `expires_at` has no time zone.

    Example:
        >>> from pipedrive_leads_async import Token
        >>> token = Token("v1u:AQIBAHj-LzTNK2yu", refresh_token="1:1:0d1f2e", expires_at=1767225600)
        >>> Token.from_json(token.to_json()) == token
        True

    https://pipedrive.readme.io/docs/marketplace-oauth-authorization
    """

    access_token: Secret = attrs.field(converter=as_secret, validator=check_secret)
    refresh_token: Secret | None = attrs.field(
        default=None, converter=_secret_or_none, validator=_optional(check_secret)
    )
    expires_at: dt.datetime | None = attrs.field(default=None, converter=_instant)
    scope: str | None = attrs.field(default=None, validator=_optional(_text))
    api_domain: str | None = attrs.field(default=None, validator=_optional(_text))

    def to_json(self) -> str:
        """Return the tokens as JSON, for an encrypted column or a file of mode 0600."""
        return json.dumps(
            {
                "access_token": self.access_token.reveal(),
                "refresh_token": self.refresh_token and self.refresh_token.reveal(),
                "expires_at": self.expires_at and self.expires_at.isoformat(),
                "scope": self.scope,
                "api_domain": self.api_domain,
            }
        )

    @staticmethod
    @hide_arguments
    def from_json(text: str) -> Token:
        """Parse the text that `to_json` returned.

        Raises:
            ConfigurationError: It is another text. The message does not repeat the text.
        """
        checks.instance("text", text, str)
        token = _parse(text)
        if isinstance(token, str):
            raise ConfigurationError(f"text was not written by Token.to_json: {token}")
        return token


_ATTRIBUTES: Final = tuple(attribute.name for attribute in attrs.fields(Token))


def _parse(text: str) -> Token | str:
    """Return the token, or a description of the problem.

    An error raised here would have the text in its traceback.
    """
    data = json_object(text)
    if data is None:
        return "it is not a JSON object"
    fields: dict[str, Any] = {name: data.get(name) for name in _ATTRIBUTES}
    try:
        if isinstance(fields["expires_at"], str):
            fields["expires_at"] = dt.datetime.fromisoformat(fields["expires_at"])
        return Token(**fields)
    except ConfigurationError as error:
        return str(error)
    except (TypeError, ValueError):
        return "an attribute is missing or of another type"


def json_object(text: str | bytes) -> Json | None:
    """Parse a JSON object; return None if the text is something else.

    NaN is accepted, unlike in other responses: the new token beside it must not be lost.
    """
    try:
        value = json.loads(text, parse_int=float)  # int() refuses more than 4,300 digits
    except (ValueError, RecursionError):
        return None
    return cast("Json", value) if isinstance(value, dict) else None


def company_url(api_domain: str | None) -> BaseUrl | None:
    """Return the URL of the account, or None if it is not a host of a Pipedrive company.

    A response must not be able to send the credentials of the account to another host.
    """
    if api_domain is None:
        return None
    scheme, _, host = api_domain.partition("https://")
    if scheme or not COMPANY_HOST(host):
        log.warning("the api_domain of a token is ignored: not https://<company>.pipedrive.com")
        return None
    return BaseUrl.parse(api_domain)
