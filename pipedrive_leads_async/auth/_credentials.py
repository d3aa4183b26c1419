"""Credentials: what a request shows to be let in, and how it stays unseen elsewhere."""

from __future__ import annotations

import abc
import os
import re
from typing import Any, Final

import attrs

from .._http.authorization import Authorization, Credential
from .._shared.secrets import Secret, SecretHeader, unseen_arguments
from ..errors import ConfigurationError

TOKEN_VARIABLE: Final = "PIPEDRIVE_API_TOKEN"  # noqa: S105 - the name of a variable

# aiohttp sends blanks and non-ASCII as they are: a token pasted with a blank gets a
# puzzling 401, one with a line break would end the header.
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+").fullmatch


class _Fixed(abc.ABC):
    """A credential that never changes."""

    __slots__ = ()

    @abc.abstractmethod
    def header(self) -> tuple[str, SecretHeader]:
        """Give the header that a request carries."""

    async def authorization(self) -> Authorization:
        """Give what every request is let in by."""
        return Authorization(*self.header())

    async def renewed(self, refused: Authorization) -> None:  # noqa: B027 - that is all
        """Give nothing else."""

    async def settle(self) -> None:  # noqa: B027 - that is all
        """Wait for nothing."""


def secret(text: str | Secret) -> Secret:
    """Take a text, or what already is a `Secret`."""
    return text if isinstance(text, Secret) else Secret(text)


def check_token(name: str, text: object) -> None:
    """Refuse what cannot be sent in a header as it is."""
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, got {type(text).__name__}")
    if not text:
        raise ConfigurationError(f"{name} is empty")
    if not _VISIBLE_ASCII(text):
        raise ConfigurationError(
            f"{name} has blanks, line breaks or characters outside ASCII: "
            "copy it again, without what is around it"
        )


def check_secret(_: object, attribute: attrs.Attribute[Any], value: Secret) -> None:
    """Validate an attribute that holds a token."""
    check_token(attribute.name, value.reveal())


@unseen_arguments
@attrs.frozen
class ApiToken(_Fixed):
    """A user's API token, from Pipedrive's Settings > Personal preferences > API.

    It is sent in the header `x-api-token`, never in a URL.

    Example:
        >>> from pipedrive_leads_async import ApiToken, LeadsClient
        >>> client = LeadsClient(ApiToken("0123456789abcdef"))

    https://pipedrive.readme.io/docs/core-api-concepts-authentication
    """

    token: Secret = attrs.field(converter=secret, validator=check_secret)

    def header(self) -> tuple[str, SecretHeader]:
        """Give the header that a request carries."""
        return "x-api-token", SecretHeader(self.token.reveal())


@unseen_arguments
@attrs.frozen
class AccessToken(_Fixed):
    """An OAuth access token that somebody else keeps fresh.

    Example:
        >>> from pipedrive_leads_async import AccessToken, LeadsClient
        >>> client = LeadsClient(AccessToken("v1u:AQIBAHj-LzTNK2yuuuaLqifzhWb9crUNKTpk"))

    https://pipedrive.readme.io/docs/marketplace-oauth-authorization
    """

    token: Secret = attrs.field(converter=secret, validator=check_secret)

    def header(self) -> tuple[str, SecretHeader]:
        """Give the header that a request carries."""
        return "Authorization", SecretHeader(f"Bearer {self.token.reveal()}")


class FromEnvironment:
    """The type of the default credential; a class, because None must not mean it."""

    def __repr__(self) -> str:
        return f"<the environment's {TOKEN_VARIABLE}>"


FROM_ENVIRONMENT: Final = FromEnvironment()


def read_credential(auth: object) -> Credential:
    """Read the `auth` argument of a client.

    An explicit None or "" is refused: a tenant without a token must not act as the
    operator whose token is in the environment.
    """
    name = "auth"
    if auth is FROM_ENVIRONMENT:
        name, auth = TOKEN_VARIABLE, os.environ.get(TOKEN_VARIABLE)
        if not auth:
            raise ConfigurationError(
                f"auth is left out and {TOKEN_VARIABLE} is not set: set it, or give auth a token"
            )
    if isinstance(auth, Credential):
        return auth
    if auth is None or auth == "":
        raise ConfigurationError(
            f"auth is {'None' if auth is None else 'empty'}: give it a token, "
            f"or leave it out to use {TOKEN_VARIABLE}"
        )
    if not isinstance(auth, str):
        raise TypeError(
            "auth must be a str (an API token), ApiToken, AccessToken or OAuth2, "
            f"got {type(auth).__name__}"
        )
    check_token(name, auth)
    if auth.startswith("v1u:"):
        raise ConfigurationError(
            f"{name} looks like an OAuth access token (it begins with v1u:), which Pipedrive "
            "refuses as an API token: give auth AccessToken(...)"
        )
    return ApiToken(auth)
