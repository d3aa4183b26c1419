"""One account of a sandbox: its data, and the access to it."""

from __future__ import annotations

from . import _checks
from ._account_data import AccountData
from ._gateway import Gateway
from ._json import Json, json_copy
from ._limits import Tenant


class SandboxAccount(AccountData):
    """An account of a `Sandbox`: its data, its tokens, and its login at the consent page.

    The sandbox itself is its first account; `Sandbox.add_account` adds further ones. All
    methods may be called from any thread at any time.
    """

    def __init__(self, gateway: Gateway, tenant: Tenant) -> None:
        super().__init__(gateway, tenant)
        with gateway.lock:
            self._api_token = gateway.credentials.new_api_token(tenant)
            self._access_token = gateway.oauth.grants.lasting_access_token(tenant)

    @property
    def company_domain(self) -> str:
        """The part before `.pipedrive.com` in the company's address, such as `"sandbox"`."""
        return str(self._account.company["domain"])

    @property
    def api_token(self) -> str:
        """The API token of the account's first user."""
        return self._api_token

    @property
    def access_token(self) -> str:
        """An OAuth access token, valid until `expire_access_tokens` or `revoke`."""
        return self._access_token

    def log_in(self, *, allows: bool = True) -> None:
        """Log this account in at the OAuth consent page, in place of another account.

        The page is `/oauth/authorize`. It responds as if the user had decided at once: it
        redirects to the app with a code, or with `error=user_denied`.

        Args:
            allows: False to deny the consent.

        Raises:
            TypeError: `allows` is not a bool.

        Example:
            >>> sandbox = Sandbox(leads=0)
            >>> other = sandbox.add_account()
            >>> other.log_in()
            >>> sandbox.log_in(allows=False)
        """
        _checks.flag("allows", allows)
        with self._gateway.lock:
            self._gateway.oauth.visitor = self._tenant
            self._gateway.oauth.visitor_allows = allows

    def install_app(self) -> Json:
        """Install the app without the consent page and without an authorization code.

        Returns:
            The body of the token response, with an access token that expires and a refresh
            token.

        Example:
            >>> Sandbox(leads=0).install_app()["expires_in"]
            3599
        """
        oauth = self._gateway.oauth
        with self._gateway.lock:
            return json_copy(oauth.token_body(oauth.grants.start(self._tenant)))

    def expire_access_tokens(self) -> None:
        """Expire the access tokens of the account: requests with them get a 401 from now on.

        Refresh tokens stay valid.
        """
        with self._gateway.lock:
            self._gateway.oauth.grants.expire_access_tokens(self._tenant)

    def revoke(self) -> None:
        """Revoke all access to the account: every request gets a 401 from now on.

        This includes the API token, access and refresh tokens, and unused authorization codes.
        The app may be installed again.
        """
        with self._gateway.lock:
            self._gateway.credentials.revoke(self._tenant)
