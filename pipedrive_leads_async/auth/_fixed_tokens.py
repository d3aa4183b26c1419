"""`ApiToken` and `AccessToken`: tokens that are sent as they are and never refreshed."""

from __future__ import annotations

import attrs

from .._http.authorization import Authorization, Credential
from .._shared.secrets import Secret, SecretHeader, hide_arguments
from ._token_checks import as_secret, check_secret


@attrs.frozen
class FixedCredential:
    """The credential of a token that never changes.

    Attributes:
        name: The name of the header.
        value: The value of the header.
        if_refused: What a 401 can mean.
    """

    name: str
    value: SecretHeader
    if_refused: str

    async def authorization(self) -> Authorization:
        """Return the authorization header of the next request."""
        return Authorization(self.name, self.value, if_refused=self.if_refused)

    async def renew(self, refused: Authorization) -> None:
        """Return None, because a refused token cannot be replaced."""

    async def reload(self, refused: Authorization) -> None:
        """Return None, because there is no other token."""

    async def wait_for_refresh(self) -> None:
        """Return at once, because a fixed token is never refreshed."""


@hide_arguments
@attrs.frozen
class ApiToken:
    """The API token of a user, from Pipedrive's Settings > Personal preferences > API.

    It is sent in the header `x-api-token`, never in a URL.

    Example:
        >>> from pipedrive_leads_async import ApiToken, LeadsClient
        >>> client = LeadsClient(ApiToken("0123456789abcdef"))

    https://pipedrive.readme.io/docs/core-api-concepts-authentication
    """

    token: Secret = attrs.field(converter=as_secret, validator=check_secret)

    def __credential__(self) -> Credential:
        """Return the credential that a client uses."""
        value = SecretHeader(self.token.reveal())
        return FixedCredential(
            "x-api-token",
            value,
            "the API token is wrong or was regenerated, is an OAuth access token (which needs "
            "AccessToken), or is of another company than base_url, or that the path is wrong",
        )


@hide_arguments
@attrs.frozen
class AccessToken:
    """An OAuth access token that your own code refreshes.

    Use `OAuth2` to have the client refresh it.

    Example:
        >>> from pipedrive_leads_async import AccessToken, LeadsClient
        >>> client = LeadsClient(AccessToken("v1u:AQIBAHj-LzTNK2yuuuaLqifzhWb9crUNKTpk"))

    https://pipedrive.readme.io/docs/marketplace-oauth-authorization
    """

    token: Secret = attrs.field(converter=as_secret, validator=check_secret)

    def __credential__(self) -> Credential:
        """Return the credential that a client uses."""
        value = SecretHeader(f"Bearer {self.token.reveal()}")
        return FixedCredential(
            "Authorization",
            value,
            "the access token has ended (it is valid for an hour; OAuth2 renews it), was revoked, "
            "is an API token (which needs ApiToken), or is of another company than base_url, or "
            "that the path is wrong",
        )
