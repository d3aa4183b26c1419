"""The controls of a sandbox that change its OAuth app and its OAuth host."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from .. import _checks
from .._json import json_copy
from .._state.marketplace import MarketplaceApp
from .endpoints import OAuth


class AppControls:
    """The part of `Sandbox` that is about the registered app."""

    def __init__(self, oauth: OAuth, lock: threading.Lock) -> None:
        self._oauth = oauth
        self._lock = lock

    @property
    def client_id(self) -> str:
        """The client id of the registered app, which may have any redirect URI."""
        return self._oauth.client_id

    @property
    def client_secret(self) -> str:
        """The client secret of the registered app."""
        return self._oauth.client_secret

    def publish_app(self, name: str = "Example_app", *, keeps_origin_id: bool = False) -> None:
        """Publish the app on the Marketplace, which changes the source of leads that it adds.

        From now on a lead that is added with an OAuth access token, such as `access_token`, has
        the `origin` `"Marketplace"`, the `channel` 8 and the name of the app as `channel_id`. Its
        `origin_id` is the same for all leads of the app: the app's `client_id`. Leads that are
        added with an API token do not change.

        Such leads were recorded at Pipedrive when no `origin_id` was sent. It is not known
        whether an `origin_id` that is sent is kept, so a test can choose.

        Args:
            name: The name of the app.
            keeps_origin_id: True to keep an `origin_id` that is sent, False to replace it.

        Raises:
            ValueError: The name is empty.
            TypeError: An argument is of the wrong type.

        Example:
            >>> from pipedrive_leads_async.sandbox import Sandbox
            >>> sandbox = Sandbox(leads=0)
            >>> sandbox.publish_app("Example_app")
        """
        _checks.text("name", name)
        _checks.flag("keeps_origin_id", keeps_origin_id)
        app = MarketplaceApp(name, self.client_id, keeps_origin_id)
        with self._lock:
            self._oauth.marketplace_app = app

    def change_scopes(self, *scopes: str) -> None:
        """Change the scopes of the app, as in the Developer Hub; `base` is always one of them.

        At first the app has all scopes that its requests need. As at Pipedrive, a change applies
        to new consents: tokens of an earlier one keep their scopes, also when they are
        refreshed. A request without its scope gets a 403, `Scope and URL mismatch`.

        Raises:
            ValueError: A scope is empty.
            TypeError: A scope is not a str.

        Example:
            >>> from pipedrive_leads_async.sandbox import Sandbox
            >>> sandbox = Sandbox(leads=0)
            >>> sandbox.change_scopes("leads:read")
            >>> sandbox.install_app()["scope"]
            'base,leads:read'
        """
        for i, scope in enumerate(scopes):
            _checks.text(f"scopes[{i}]", scope)
        with self._lock:
            self._oauth.grants.scope = ",".join(dict.fromkeys(("base", *scopes)))

    def skip_time(self, seconds: float) -> None:
        """Advance the clock of the codes and tokens of all accounts.

        An authorization code ends after 5 minutes, an access token after its lifetime, and a
        refresh token 60 days after its last use.

        Raises:
            ValueError: `seconds` is negative or not finite.
            TypeError: `seconds` is not a number.

        Example:
            >>> from pipedrive_leads_async.sandbox import Sandbox
            >>> Sandbox(leads=0).skip_time(60 * 86_400)
        """
        _checks.seconds("seconds", seconds)
        with self._lock:
            self._oauth.grants.skip_time(seconds)

    def token_reply(self, *, without: Iterable[str] = (), **fields: Any) -> None:
        """Change the body of token responses from now on; without arguments, undo the change.

        The tokens themselves do not change: an access token still expires after its lifetime.

        Args:
            without: The fields to leave out.
            **fields: The fields to replace; the values may be invalid.

        Raises:
            TypeError: An argument is of the wrong type.

        Example:
            >>> from pipedrive_leads_async.sandbox import Sandbox
            >>> sandbox = Sandbox(leads=0)
            >>> sandbox.token_reply(without=["expires_in"], api_domain="https://evil.example")
            >>> sandbox.install_app()["api_domain"]
            'https://evil.example'
        """
        omitted = frozenset(_checks.texts("without", "name", without))
        changes = json_copy(fields)
        with self._lock:
            self._oauth.omitted_token_fields = omitted
            self._oauth.token_changes = changes
