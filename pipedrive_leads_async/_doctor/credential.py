"""The credential that the environment of a command has."""

from __future__ import annotations

import os
from typing import Final

from ..auth import AccessToken, ApiToken
from ..auth._auth_argument import TOKEN_VARIABLE, token_from_environment
from ..errors import ConfigurationError

ACCESS_VARIABLE: Final = "PIPEDRIVE_ACCESS_TOKEN"


def credential_from_environment() -> ApiToken | AccessToken:
    """Return the API token of the environment, or if there is none, its access token.

    Raises:
        ConfigurationError: There is neither, or it is not a token of its kind.
    """
    api_token, access_token = (os.environ.get(n, "") for n in (TOKEN_VARIABLE, ACCESS_VARIABLE))
    if not api_token and not access_token:
        raise ConfigurationError(
            f"token: {TOKEN_VARIABLE} is not set. Set it to the token from Pipedrive's page "
            f"Settings > Personal preferences > API, or set {ACCESS_VARIABLE} to an OAuth "
            "access token"
        )
    if api_token.startswith("v1u:"):
        raise ConfigurationError(
            f"token: {TOKEN_VARIABLE} is an OAuth access token (it begins with v1u:). Set it as "
            f"{ACCESS_VARIABLE}; in code, write LeadsClient(AccessToken(...))"
        )
    return token_from_environment() if api_token else AccessToken(access_token)
