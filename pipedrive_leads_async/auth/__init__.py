"""Credentials: API tokens, OAuth 2.0, and the stores that keep its tokens."""

from ._fixed_tokens import AccessToken, ApiToken
from ._oauth import OAuth2
from ._token import Token
from ._token_stores import FileTokenStore, MemoryTokenStore, TokenStore

__all__ = [
    "AccessToken",
    "ApiToken",
    "FileTokenStore",
    "MemoryTokenStore",
    "OAuth2",
    "Token",
    "TokenStore",
]
