"""`Token`: what an OAuth grant gives, and how it is written down."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final, cast

import attrs

from .._http.base_url import COMPANY_HOST, BaseUrl
from .._shared import checks
from .._shared.log import log
from .._shared.secrets import Secret, unseen_arguments
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
        raise ConfigurationError("expires_at is not in seconds since 1970") from None


def _text(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    checks.instance(attribute.name, value, str)


_optional = attrs.validators.optional


@unseen_arguments
@attrs.frozen
class Token:
    """What Pipedrive gives for a grant: the right to act for one user of one company.

    Its tokens are hidden: from repr, str, `attrs.asdict` and pickle. `to_json` alone shows
    them, for a place that keeps secrets.

    Attributes:
        access_token: What requests are let in by, for an hour.
        refresh_token: What the next access token is got with; it lasts 60 days from its last
            use. None where there is none.
        expires_at: When the access token ends: an aware datetime, or seconds since 1970. None
            where that is not known: it is used until it is refused.
        scope: What the user allowed, as Pipedrive lists it: `base,leads:full`.
        api_domain: Where the account is: `https://<company>.pipedrive.com`.

    Raises:
        ConfigurationError: A token has blanks, or `expires_at` no time zone.

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
        """Write it down, with its secrets: for an encrypted column, or a file of mode 0600."""
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
    @unseen_arguments
    def from_json(text: str) -> Token:
        """Read what `to_json` wrote.

        Raises:
            ConfigurationError: It is something else. The message does not repeat it.
        """
        checks.instance("text", text, str)
        token = _read(text)
        if isinstance(token, str):
            raise ConfigurationError(f"text is not what Token.to_json wrote: {token}")
        return token


_ATTRIBUTES: Final = tuple(attribute.name for attribute in attrs.fields(Token))


def _read(text: str) -> Token | str:
    """Give the token, or what is wrong: an error from here would hold the text."""
    written = json_object(text)
    if written is None:
        return "it is not a JSON object"
    fields: dict[str, Any] = {name: written.get(name) for name in _ATTRIBUTES}
    try:
        if isinstance(fields["expires_at"], str):
            fields["expires_at"] = dt.datetime.fromisoformat(fields["expires_at"])
        return Token(**fields)
    except ConfigurationError as error:
        return str(error)
    except (TypeError, ValueError):
        return "an attribute is missing or of another type"


def json_object(text: str | bytes) -> dict[str, Any] | None:
    """Read a JSON object, None if it is none.

    Not strictly, as other answers are: a NaN beside a new token must not lose it.
    """
    try:
        value = json.loads(text, parse_int=float)  # an int may be too long to be read
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def company_url(api_domain: str | None) -> BaseUrl | None:
    """Give where the account is, if that is one of Pipedrive's companies.

    An answer must not be able to send the account's credentials elsewhere.
    """
    if api_domain is None:
        return None
    scheme, _, host = api_domain.partition("https://")
    if scheme or not COMPANY_HOST(host):
        log.warning("the api_domain of a token is not https://<company>.pipedrive.com: not used")
        return None
    return BaseUrl.parse(api_domain)
