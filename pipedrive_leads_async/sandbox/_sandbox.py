"""The sandbox: a server with one account or more, and controls to observe and disturb it."""

from __future__ import annotations

import asyncio
import random
import threading
from typing import Self
from urllib.parse import urlencode

from . import _checks
from ._credentials import Credentials
from ._faults import Fault, requested_fault
from ._gateway import Gateway
from ._limits import Limits, Login, Tenant
from ._oauth.controls import AppControls
from ._oauth.endpoints import OAuth
from ._oauth.grants import Grants
from ._request_log import ReceivedRequest
from ._responses import cloudflare_error
from ._sandbox_account import SandboxAccount
from ._server import ServerThread
from ._state.seed import seeded_account
from ._webhooks.deliveries import Deliveries, SentWebhook
from ._webhooks.policy import Policy


class Sandbox(SandboxAccount, AppControls):
    """A Pipedrive server on your machine, with one account; `add_account` adds more.

    From `start` (or `with`, or `async with`) to `stop` it listens on a free port of 127.0.0.1,
    in a thread of its own. Every other method may be called from any thread at any time, and
    only `wait_for_webhooks`, `uninstall_app` and `share_app` wait for the network. Two sandboxes
    with the same seed have the same data and tokens.

    The methods of `SandboxAccount` apply to the first account; all others apply to the server,
    and so to all accounts.

    Args:
        leads: The number of leads in the account, all of them open.
        burst: The number of requests per token in a rolling window, and the seconds of the
            window, which may be a fraction. Responses have it in `x-sandbox-burst-window`, a
            header that Pipedrive does not send. Further requests get a 429. Searches have a
            window of their own: 10 requests in the same seconds, as on every plan of Pipedrive.
            All OAuth access tokens of an account share one window. None for no limits.
        daily_tokens: The account's daily token budget; None for no limit. Operations cost as
            much as at Pipedrive. The budget resets at midnight UTC.
        seed: The seed of the data and the tokens.
        honours_archived_status: False for today's server, where `getLeads` lists the open leads
            and ignores `archived_status`. True for the server before 2025-07-15, where
            `archived_status` selects the leads and its default is all of them.
        access_token_lifetime: The lifetime of access tokens in seconds, which may be a
            fraction. At Pipedrive it is about an hour.
        rotate_refresh_tokens: False for the behaviour that Pipedrive documents: a refresh
            returns the same refresh token. True for a server that returns a new one each time;
            the use of a replaced one revokes all tokens of the same consent.
        webhook_waits: The seconds to wait after each failed attempt to deliver a webhook, which
            may be fractions; after the last wait comes the last attempt. The defaults are
            Pipedrive's, which are too long for most tests.
        webhook_timeout: The seconds to wait for the response of a webhook's receiver.
        webhook_ban: The seconds for which a webhook is banned after ten events whose first
            attempt failed. Events during a ban are lost; those that were sent before are still
            repeated. After a ban, the failures are counted from zero. At Pipedrive it is half an
            hour.
        webhook_lifetime: The seconds without a success after which a failing webhook is deleted.
            At Pipedrive it is three days.

    Raises:
        ValueError: A number is out of range.
        TypeError: An argument is of the wrong type.

    Example:
        >>> from urllib.request import Request, urlopen
        >>> with Sandbox(leads=3) as sandbox:
        ...     headers = {"x-api-token": sandbox.api_token}
        ...     with urlopen(Request(f"{sandbox.url}/leads", headers=headers)) as response:
        ...         response.status, sandbox.requests[0].operation
        (200, 'getLeads')
    """

    def __init__(
        self,
        leads: int = 2000,
        *,
        burst: tuple[int, float] | None = (20, 2.0),
        daily_tokens: int | None = None,
        seed: int = 0,
        honours_archived_status: bool = False,
        access_token_lifetime: float = 3599.0,
        rotate_refresh_tokens: bool = False,
        webhook_waits: tuple[float, ...] = (3.0, 30.0, 150.0),
        webhook_timeout: float = 10.0,
        webhook_ban: float = 1800.0,
        webhook_lifetime: float = 259_200.0,
    ) -> None:
        self._seed = _checks.integer("seed", seed)
        self._honours_archived_status = _checks.flag(
            "honours_archived_status", honours_archived_status
        )
        _checks.seconds("access_token_lifetime", access_token_lifetime)
        _checks.flag("rotate_refresh_tokens", rotate_refresh_tokens)
        policy = Policy.of(webhook_waits, webhook_timeout, webhook_ban, webhook_lifetime)
        self._accounts = 1
        first = self._new_tenant(leads, burst, daily_tokens, seed, number=1)
        tokens = random.Random(seed)  # noqa: S311 - the tokens protect nothing real
        grants = Grants(tokens, lifetime=access_token_lifetime, rotate=rotate_refresh_tokens)
        lock = threading.Lock()
        gateway = Gateway(
            lock,
            Credentials(tokens, grants),
            OAuth(tokens, grants, visitor=Login(first, first.account.owner["id"])),
            Deliveries(lock, policy),
        )
        SandboxAccount.__init__(self, gateway, first)
        AppControls.__init__(self, gateway.oauth, lock)
        self._server: ServerThread | None = None

    def add_account(
        self,
        leads: int = 100,
        *,
        burst: tuple[int, float] | None = (20, 2.0),
        daily_tokens: int | None = None,
        seed: int | None = None,
    ) -> SandboxAccount:
        """Add the account of another company, with users, tokens, limits and leads of its own.

        All accounts share one `url`: the token of a request selects the account. Ids of leads,
        labels and users are unique among the accounts.

        Args:
            leads: The number of leads in the account, all of them open.
            burst: The burst limit, as for the sandbox.
            daily_tokens: The daily budget, as for the sandbox.
            seed: The seed of the data; None for a different one in each account.

        Raises:
            ValueError: A number is out of range.
            TypeError: An argument is of the wrong type.

        Example:
            >>> sandbox = Sandbox(leads=5)
            >>> other = sandbox.add_account(leads=3, daily_tokens=1000)
            >>> other.company_domain, len(other.leads), len(sandbox.leads)
            ('sandbox-2', 3, 5)
        """
        with self._gateway.lock:
            self._accounts += 1
            number = self._accounts
        seed = self._seed + number - 1 if seed is None else seed
        return SandboxAccount(
            self._gateway, self._new_tenant(leads, burst, daily_tokens, seed, number)
        )

    def start(self, *, port: int = 0) -> None:
        """Start the server, by default on a free port.

        A stopped sandbox keeps its data and may be started again.

        Raises:
            OSError: The port is in use.
            RuntimeError: The sandbox is already running.
        """
        if self._server is not None:
            raise RuntimeError("The sandbox is already running: call stop() first.")
        _checks.whole("port", port, 0, 65535)
        self._server = ServerThread(self._gateway.application, port)

    def stop(self) -> None:
        """Close all connections, including those with a request in progress, and end the thread.

        This blocks for some milliseconds; `async with` does not block the event loop. Open
        deliveries of webhooks continue when the sandbox is started again.
        """
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)

    def __repr__(self) -> str:
        state = self._server.origin if self._server else "not running"
        return f"<Sandbox {state}>"

    @property
    def url(self) -> str:
        """The base URL for a client, such as `http://127.0.0.1:40000/v1`."""
        return f"{self._origin()}/v1"

    @property
    def oauth_url(self) -> str:
        """The URL that takes the place of `https://oauth.pipedrive.com`.

        As at Pipedrive, `api_domain` in a token response is the company's host at Pipedrive: a
        client that uses it needs `url` as its base URL.
        """
        return self._origin()

    @property
    def requests(self) -> list[ReceivedRequest]:
        """The requests received so far, in the order of arrival."""
        with self._gateway.lock:
            return self._gateway.log.snapshot()

    @property
    def webhooks(self) -> list[SentWebhook]:
        """The attempts to deliver webhooks that have ended so far, in that order."""
        with self._gateway.lock:
            return self._gateway.deliveries.snapshot()

    def wait_for_webhooks(self, timeout: float = 10.0) -> None:
        """Wait until each webhook is delivered or its last attempt has failed.

        In a coroutine, use `await asyncio.to_thread(sandbox.wait_for_webhooks)`; otherwise a
        receiver in the same event loop cannot respond.

        Args:
            timeout: The maximum time to wait, in seconds.

        Raises:
            TimeoutError: Some deliveries are still open after that time.
        """
        pending = self._gateway.deliveries.wait(_checks.seconds("timeout", timeout))
        if pending:
            raise TimeoutError(
                f"Webhooks that are not delivered after {timeout} seconds: {pending}. If the "
                f"receiver runs in this event loop, wait in another thread: use asyncio.to_thread."
            )

    def install_url(self, callback_url: str) -> str:
        """Return the URL of the consent page to which the Marketplace sends a user.

        Unlike the page of `OAuth2.authorization_url`, it has no state: the user comes to the
        callback URL with a `code` alone. An app with an Installation URL is spared this.

        Args:
            callback_url: The callback URL of the app, http or https.

        Raises:
            ValueError: `callback_url` is no URL.
            TypeError: `callback_url` is not a str.
            RuntimeError: The sandbox is not running.
        """
        query = {
            "client_id": self.client_id,
            "redirect_uri": _checks.url("callback_url", callback_url),
        }
        return f"{self.oauth_url}/oauth/authorize?{urlencode(query)}"

    def fail(
        self,
        operation: str,
        *,
        status: int | None = None,
        times: int = 1,
        retry_after: float | None = None,
        drop: bool = False,
        after_commit: bool = False,
        delay: float = 0.0,
    ) -> None:
        """Make the next requests of an operation fail or wait.

        Failures are used up in the order of the calls. Without `status` and `drop` a request is
        only delayed.

        Args:
            operation: An operation id in Pipedrive's reference, such as `"getLeads"`, or
                `"oauthAuthorize"`, `"oauthToken"`, `"oauthRevoke"`, or `"*"` for any request.
            status: The status of the error response, from 400 to 599. The body is Pipedrive's
                for this status; for 502, 504 and above it is Cloudflare's HTML page. The limit
                headers are correct, also in a 429.
            times: The number of requests.
            retry_after: The value of the header `retry-after` in seconds, which may be a
                fraction.
            drop: Close the connection without a response.
            after_commit: Perform the operation first: a lead is created, or a token refreshed,
                and the response is lost.
            delay: The seconds to wait. The operation is performed after the wait, or before it
                with `after_commit`, even if the client has closed the connection by then.

        Raises:
            ValueError: An argument has an invalid value.
            TypeError: An argument is of the wrong type.

        Example:
            >>> sandbox = Sandbox()
            >>> sandbox.fail("getLeads", status=429, retry_after=0.1)
            >>> sandbox.fail("addLead", drop=True, after_commit=True)
        """
        fault = requested_fault(
            operation,
            status=status,
            times=times,
            retry_after=retry_after,
            drop=drop,
            after_commit=after_commit,
            delay=delay,
        )
        self._add_fault(fault)

    def block(self, times: int = 1) -> None:
        """Respond to the next requests with Cloudflare's 403, an HTML page.

        Pipedrive does so for clients that continue after many 429s.
        """
        self._add_fault(
            Fault(response=cloudflare_error(403), times=_checks.whole("times", times, 1))
        )

    def clear_failures(self) -> None:
        """Remove all failures of `fail` and `block` that are not used up."""
        with self._gateway.lock:
            self._gateway.faults.clear()

    def _new_tenant(
        self,
        leads: int,
        burst: tuple[int, float] | None,
        daily_tokens: int | None,
        seed: int,
        number: int,
    ) -> Tenant:
        _checks.whole("leads", leads)
        _checks.burst(burst)
        if daily_tokens is not None:
            _checks.whole("daily_tokens", daily_tokens)
        _checks.integer("seed", seed)
        account = seeded_account(
            leads, seed, number=number, honours_archived_status=self._honours_archived_status
        )
        return Tenant(account, Limits(burst, daily_tokens))

    def _origin(self) -> str:
        if self._server is None:
            raise RuntimeError("The sandbox is not running: use `with`, or call start() first.")
        return self._server.origin

    def _add_fault(self, fault: Fault) -> None:
        with self._gateway.lock:
            self._gateway.faults.add(fault)
