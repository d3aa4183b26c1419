"""One account of a sandbox: its data, its users, and the access of each of them."""

from __future__ import annotations

from typing import Any

from . import _checks
from ._account_data import AccountData
from ._gateway import Gateway
from ._json import Json, json_copy
from ._limits import Login, Tenant
from ._oauth.callbacks import announce_sharing, announce_uninstallation
from ._operations.webhooks import remove_webhooks_of_app


class SandboxUser:
    """A user of an account of a `Sandbox`, with tokens and a login of their own.

    All methods may be called from any thread at any time.

    Example:
        >>> sandbox = Sandbox(leads=0)
        >>> marco = sandbox.users[1]
        >>> private = sandbox.add_lead(title="Private", owner_id=marco.id, visible_to="1")
        >>> tokens = marco.install_app()
    """

    def __init__(self, gateway: Gateway, login: Login) -> None:
        self._gateway = gateway
        self._login = login
        with gateway.lock:
            self._api_token = gateway.credentials.new_api_token(login)
            self._access_token = gateway.oauth.grants.lasting_access_token(login)

    @property
    def id(self) -> int:
        """The id of the user, as in the `owner_id` of leads."""
        return self._login.user_id

    @property
    def api_token(self) -> str:
        """The API token of the user."""
        return self._api_token

    @property
    def access_token(self) -> str:
        """An OAuth access token of the app, with its scopes at first.

        It is valid until `expire_access_tokens`, `uninstall_app`, `revoke` or `deactivate`.
        """
        return self._access_token

    def log_in(self, *, allows: bool = True) -> None:
        """Log this user in at the OAuth consent page, in place of another user.

        The page is `/oauth/authorize`. It responds as if the user had decided at once: it
        redirects to the app with a code, or with `error=user_denied`.

        Args:
            allows: False to deny the consent.

        Raises:
            TypeError: `allows` is not a bool.
        """
        _checks.flag("allows", allows)
        with self._gateway.lock:
            self._gateway.oauth.visitor = self._login
            self._gateway.oauth.visitor_allows = allows

    def install_app(self) -> Json:
        """Install the app without the consent page and without an authorization code.

        Returns:
            The body of the token response, with an access token that expires and a refresh
            token.

        Example:
            >>> Sandbox(leads=0).users[1].install_app()["expires_in"]
            3599
        """
        oauth = self._gateway.oauth
        with self._gateway.lock:
            return json_copy(oauth.token_body(oauth.grants.start(self._login)))

    def uninstall_app(self, callback_url: str) -> None:
        """Uninstall the app, as the user does in Pipedrive.

        This ends its codes, tokens and webhooks of this user; the API token stays valid. Then
        Pipedrive's OAuth host sends a DELETE to the callback URL of the app, once, and ignores
        the response.

        In a coroutine, use `await asyncio.to_thread(user.uninstall_app, callback_url)`;
        otherwise a receiver in the same event loop gets the request half a second later.

        Args:
            callback_url: The callback URL of the app, http or https.

        Raises:
            ValueError: `callback_url` is no URL.
            TypeError: `callback_url` is not a str.
        """
        _checks.url("callback_url", callback_url)
        gateway, login = self._gateway, self._login
        with gateway.lock:
            gateway.oauth.grants.revoke_all(login)
            remove_webhooks_of_app(login.tenant.account, login.user_id)
        announce_uninstallation(gateway.oauth, login, callback_url)

    def share_app(self, callback_url: str, *, is_shared: bool = True) -> None:
        """Share the app with the colleagues of the user, or stop sharing it.

        Pipedrive then sends a POST to the callback URL of the app, without credentials. The
        colleagues still have to install the app. In a coroutine, use a thread, as for
        `uninstall_app`.

        Args:
            callback_url: The callback URL of the app, http or https.
            is_shared: False to stop sharing.

        Raises:
            ValueError: `callback_url` is no URL.
            TypeError: An argument is of the wrong type.
        """
        _checks.url("callback_url", callback_url)
        _checks.flag("is_shared", is_shared)
        announce_sharing(self._login, callback_url, is_shared=is_shared)

    def expire_access_tokens(self) -> None:
        """Expire the access tokens of the user: requests with them get a 401 from now on.

        Refresh tokens stay valid.
        """
        with self._gateway.lock:
            self._gateway.oauth.grants.expire_access_tokens(self._login)

    def revoke(self) -> None:
        """Revoke all access of the user: every request gets a 401 from now on.

        This includes the API token, access and refresh tokens, and unused authorization codes.
        The app may be installed again.
        """
        with self._gateway.lock:
            self._gateway.credentials.revoke(self._login)

    def deactivate(self) -> None:
        """Deactivate the user, as an administrator does when somebody leaves the company.

        The user stays in the list of users, and stays the owner of leads. All access is revoked.
        """
        with self._gateway.lock:
            self._login.tenant.account.users[self.id]["active_flag"] = False
            self._gateway.credentials.revoke(self._login)

    def __repr__(self) -> str:
        return f"<SandboxUser {self.id}>"


class SandboxAccount(AccountData):
    """An account of a `Sandbox`: its data, its tokens, and its login at the consent page.

    The sandbox itself is its first account; `Sandbox.add_account` adds further ones. The tokens
    and the login are those of its first user; `users` has those of the others. All methods may
    be called from any thread at any time.
    """

    def __init__(self, gateway: Gateway, tenant: Tenant) -> None:
        super().__init__(gateway, tenant)
        self._users = [SandboxUser(gateway, Login(tenant, id)) for id in tenant.account.users]

    @property
    def company_domain(self) -> str:
        """The part before `.pipedrive.com` in the company's address, such as `"sandbox"`."""
        return str(self._account.company["domain"])

    @property
    def users(self) -> list[SandboxUser]:
        """The users of the account, at first three.

        The first has created the company and sees all leads, persons and organizations. The
        others see those that are not private (`visible_to` 1) and their own.
        """
        with self._gateway.lock:
            return list(self._users)

    def add_user(self, name: str, **fields: Any) -> SandboxUser:
        """Add a user to the account, as an administrator does in Pipedrive.

        The sandbox sets the `id`. The values are not checked.

        Args:
            name: The name of the user.
            **fields: More properties of the user, as the API returns them.

        Raises:
            ValueError: The name is empty, or `fields` has an `id`.
            TypeError: The name is not a str.

        Example:
            >>> sandbox = Sandbox(leads=0)
            >>> ann = sandbox.add_user("Ann Lee", email="ann@lee.example")
            >>> lead = sandbox.add_lead(title="Big order", owner_id=ann.id)
            >>> ann.deactivate()
        """
        _checks.text("name", name)
        _checks.without_id(fields)
        account = self._account
        with self._gateway.lock:
            user = account.add_user(account.clock.tick(), json_copy({"name": name, **fields}))
        added = SandboxUser(self._gateway, Login(self._tenant, user["id"]))
        with self._gateway.lock:
            self._users.append(added)
        return added

    @property
    def api_token(self) -> str:
        """The API token of the account's first user."""
        return self._users[0].api_token

    @property
    def access_token(self) -> str:
        """An OAuth access token of the account's first user, as in `SandboxUser`."""
        return self._users[0].access_token

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
        self._users[0].log_in(allows=allows)

    def install_app(self) -> Json:
        """Install the app without the consent page and without an authorization code.

        Returns:
            The body of the token response, with an access token that expires and a refresh
            token.

        Example:
            >>> Sandbox(leads=0).install_app()["expires_in"]
            3599
        """
        return self._users[0].install_app()

    def uninstall_app(self, callback_url: str) -> None:
        """Uninstall the app for the account's first user, as in `SandboxUser.uninstall_app`.

        Args:
            callback_url: The callback URL of the app, http or https.

        Raises:
            ValueError: `callback_url` is no URL.
            TypeError: `callback_url` is not a str.
        """
        self._users[0].uninstall_app(callback_url)

    def expire_access_tokens(self) -> None:
        """Expire all access tokens of the account: requests with them get a 401 from now on.

        Refresh tokens stay valid.
        """
        with self._gateway.lock:
            self._gateway.oauth.grants.expire_access_tokens(self._tenant)

    def revoke(self) -> None:
        """Revoke all access to the account: every request gets a 401 from now on.

        This includes the API tokens, access and refresh tokens, and unused authorization codes.
        The app may be installed again.
        """
        with self._gateway.lock:
            self._gateway.credentials.revoke(self._tenant)
