"""The argument `auth` of `LeadsClient`."""

from __future__ import annotations

import os
from typing import Final

from .._http.authorization import Credential
from .._shared import checks
from .._shared.secrets import hide_arguments
from ..errors import ConfigurationError
from ._fixed_tokens import AccessToken, ApiToken
from ._oauth import OAuth2
from ._token_checks import check_token

TOKEN_VARIABLE: Final = "PIPEDRIVE_API_TOKEN"  # noqa: S105 - the name of a variable


class FromEnvironment:
    """The default of `auth`: the API token in the environment variable PIPEDRIVE_API_TOKEN.

    The default is not None, because `auth=None` is an error.
    """

    def __repr__(self) -> str:
        return f"<the environment's {TOKEN_VARIABLE}>"


FROM_ENVIRONMENT: Final = FromEnvironment()


@hide_arguments
def read_credential(auth: object) -> Credential:
    """Return the credential of the argument `auth`.

    None and "" are refused: a tenant without a token must not act as the operator whose token is
    in the environment.

    Raises:
        ConfigurationError: It is None, empty or not an API token.
        TypeError: It is of another type.
    """
    if auth is FROM_ENVIRONMENT:
        auth = token_from_environment()
    elif isinstance(auth, str) and auth:
        auth = _api_token("auth", auth)
    if isinstance(auth, ApiToken | AccessToken | OAuth2):
        return auth.__credential__()
    if auth is None or auth == "":
        raise ConfigurationError(
            f"auth is {'None' if auth is None else 'empty'}: pass a token, "
            f"or leave it out to use {TOKEN_VARIABLE}"
        )
    advice = f": write {auth.__name__}(...)" if isinstance(auth, type) else ""
    raise TypeError(
        "auth must be a str (an API token), ApiToken, AccessToken or OAuth2, "
        f"got {checks.kind_of(auth)}{advice}"
    )


@hide_arguments
def token_from_environment() -> ApiToken:
    """Return the API token in the environment variable PIPEDRIVE_API_TOKEN.

    Raises:
        ConfigurationError: The variable is not set, or its value is not an API token.
    """
    text = os.environ.get(TOKEN_VARIABLE)
    if not text:
        raise ConfigurationError(
            f"auth is left out and {TOKEN_VARIABLE} is not set: set it, or pass a token as auth"
        )
    return _api_token(TOKEN_VARIABLE, text)


def _api_token(name: str, text: str) -> ApiToken:
    check_token(name, text)
    if text.startswith("v1u:"):
        raise ConfigurationError(
            f"{name} looks like an OAuth access token (it begins with v1u:), which Pipedrive "
            "refuses as an API token: pass auth=AccessToken(...)"
        )
    return ApiToken(text)
