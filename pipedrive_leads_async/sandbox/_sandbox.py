"""The stand-in for Pipedrive that a test starts, watches and disturbs."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterable
from typing import Any, Self

from . import _checks
from ._credentials import Credentials
from ._faults import Fault, made_to_order
from ._gateway import Front
from ._json import json_copy
from ._limits import Limits, Tenant
from ._oauth.endpoints import OAuth
from ._oauth.grants import Grants
from ._request_log import ReceivedRequest
from ._responses import cloudflare
from ._sandbox_account import SandboxAccount
from ._server import ServerThread
from ._state.seed import seeded_account
from ._webhooks.deliveries import Deliveries, SentWebhook


class Sandbox(SandboxAccount):
    """A Pipedrive account that runs on your machine, with room for more of them.

    It listens on a free port of 127.0.0.1, in a thread of its own, from `start` (or `with`, or
    `async with`) to `stop`. Every other method may be called from any thread at any time, and
    none but `wait_for_webhooks` waits for the network. Two sandboxes with the same seed hold the
    same data and tokens.

    What it has in common with `SandboxAccount` is about its first account; all else is about
    the server, and so about all accounts.

    Args:
        leads: How many leads the account has, none of them archived.
        burst: How many requests a token has in a rolling window, and its seconds, which may be
            a fraction; beyond it every request is answered 429. Searches do not count in it:
            they have 10 requests in as many seconds, as on every plan of Pipedrive. None for
            neither limit. OAuth access tokens have the same, one window for all of them.
        daily_tokens: The account's token budget for a day, None for an endless one. Operations
            cost what they cost at Pipedrive; the budget is new at midnight UTC.
        seed: The data and the tokens follow from it.
        honours_archived_status: True for a server of before 2025-07-15, where `getLeads` obeys
            `archived_status` and lists all leads without it; False for today's, which lists
            the open ones whatever it is asked.
        access_token_lifetime: How many seconds an access token is good for, which may be a
            fraction. Pipedrive's live about an hour.
        rotate_refresh_tokens: False for Pipedrive's documented way: a refresh returns the same
            refresh token. True for a server that returns a new one each time, and takes the use
            of one that was replaced for theft: it revokes all that came of the same consent.
        webhook_waits: How many seconds pass after each failed attempt to deliver a webhook,
            which may be fractions; after the last one nothing more is tried. Pipedrive's, which
            are the default, are too long for most tests. Whatever fails, no webhook is banned.
        webhook_timeout: How many seconds the receiver of a webhook has for its answer.

    Raises:
        ValueError: A number makes no sense.
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
    ) -> None:
        self._seed = _checks.integer("seed", seed)
        self._honours_archived_status = _checks.flag(
            "honours_archived_status", honours_archived_status
        )
        _checks.seconds("access_token_lifetime", access_token_lifetime)
        _checks.flag("rotate_refresh_tokens", rotate_refresh_tokens)
        _checks.waits("webhook_waits", webhook_waits)
        _checks.seconds("webhook_timeout", webhook_timeout)
        self._accounts = 1
        first = self._new_tenant(leads, burst, daily_tokens, seed, number=1)
        tokens = random.Random(seed)  # noqa: S311 - they open nothing real
        grants = Grants(tokens, lifetime=access_token_lifetime, rotate=rotate_refresh_tokens)
        lock = threading.Lock()
        front = Front(
            lock,
            Credentials(tokens, grants),
            OAuth(tokens, grants, visitor=first),
            Deliveries(lock, webhook_waits, webhook_timeout),
        )
        super().__init__(front, first)
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

        It is served at the same `url`: the token of a request decides which account is meant.
        No two accounts have an id of a lead, a label or a user in common.

        Args:
            leads: How many leads the account has, none of them archived.
            burst: As for the sandbox.
            daily_tokens: As for the sandbox.
            seed: The data follows from it; None for one that no other account has by itself.

        Raises:
            ValueError: A number makes no sense.
            TypeError: An argument is of the wrong type.

        Example:
            >>> sandbox = Sandbox(leads=5)
            >>> other = sandbox.add_account(leads=3, daily_tokens=1000)
            >>> other.company_domain, len(other.leads), len(sandbox.leads)
            ('sandbox-2', 3, 5)
        """
        with self._front.lock:
            self._accounts += 1
            number = self._accounts
        seed = self._seed + number - 1 if seed is None else seed
        return SandboxAccount(
            self._front, self._new_tenant(leads, burst, daily_tokens, seed, number)
        )

    def start(self, *, port: int = 0) -> None:
        """Begin to listen, on a free port unless you name one.

        A sandbox that was stopped may be started again and still has its data.

        Raises:
            OSError: The port is taken.
        """
        if self._server is not None:
            raise RuntimeError("The sandbox is running already; stop() it first.")
        _checks.whole("port", port, 0, 65535)
        self._server = ServerThread(self._front.application, port)

    def stop(self) -> None:
        """Close all connections, also those with a request in progress, and end the thread.

        It takes some milliseconds, which a coroutine does not spend inside `async with`. Webhooks
        that nobody took yet go on when the sandbox is started again.
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
        where = self._server.origin if self._server else "not running"
        return f"<Sandbox {where}>"

    @property
    def url(self) -> str:
        """The base URL to give to a client: `http://127.0.0.1:<port>/v1`."""
        return f"{self._origin()}/v1"

    @property
    def oauth_url(self) -> str:
        """The stand-in for `https://oauth.pipedrive.com`.

        Its token replies name the company's host at Pipedrive as `api_domain`, as Pipedrive's
        do: tell a client that follows it `url` too.
        """
        return self._origin()

    @property
    def requests(self) -> list[ReceivedRequest]:
        """What was received so far, in the order of arrival."""
        with self._front.lock:
            return self._front.log.snapshot()

    @property
    def webhooks(self) -> list[SentWebhook]:
        """What was sent to webhooks so far, attempt by attempt, as soon as each has ended."""
        with self._front.lock:
            return self._front.deliveries.snapshot()

    def wait_for_webhooks(self, timeout: float = 10.0) -> None:
        """Wait until all webhooks have told their receivers everything, or have given it up.

        In a coroutine, `await asyncio.to_thread(sandbox.wait_for_webhooks)`: a receiver that
        runs in the same event loop could not answer otherwise.

        Args:
            timeout: How many seconds to wait at most.

        Raises:
            TimeoutError: Something is still to be delivered after that time.
        """
        left = self._front.deliveries.wait(_checks.seconds("timeout", timeout))
        if left:
            raise TimeoutError(
                f"Webhooks that are not delivered after {timeout} seconds: {left}. If the receiver "
                f"runs in this event loop, wait in another thread: use asyncio.to_thread."
            )

    @property
    def client_id(self) -> str:
        """The id of the app that is registered; it may have any redirect URI."""
        return self._front.oauth.client_id

    @property
    def client_secret(self) -> str:
        """The secret of the app that is registered."""
        return self._front.oauth.client_secret

    def token_reply(self, *, without: Iterable[str] = (), **fields: Any) -> None:
        """Change what the token endpoint says from now on; without arguments, back to normal.

        Only the words change: an access token still lives as long as it lives.

        Args:
            without: The fields that are left out.
            **fields: The fields that have another value, right or wrong.

        Raises:
            TypeError: An argument is of the wrong type.

        Example:
            >>> sandbox = Sandbox(leads=0)
            >>> sandbox.token_reply(without=["expires_in"], api_domain="https://evil.example")
            >>> sandbox.install_app()["api_domain"]
            'https://evil.example'
        """
        lacks = frozenset(_checks.texts("without", "name", without))
        changes = json_copy(fields)
        with self._front.lock:
            self._front.oauth.reply_lacks = lacks
            self._front.oauth.reply_changes = changes

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
        """Make the next requests of an operation fail, or wait.

        Failures are used up in the order in which they were asked for. With neither `status`
        nor `drop` the request is only late.

        Args:
            operation: An operation id of Pipedrive's reference, as `"getLeads"`, or
                `"oauthAuthorize"`, `"oauthToken"`, `"oauthRevoke"`, or `"*"` for any request.
            status: Answer this, from 400 to 599, with the body that belongs to it. 502, 504 and
                above are Cloudflare's and come in HTML. The headers that tell what is left of
                the limits say the truth, also those of a 429.
            times: How many requests.
            retry_after: Seconds for the header `retry-after`, which may be a fraction.
            drop: Close the connection without an answer.
            after_commit: Perform the operation first: a lead is created, or a token refreshed,
                and its answer is lost.
            delay: Seconds to wait. The operation is performed after them, or before them with
                `after_commit`, even when the client has given up by then.

        Raises:
            ValueError: An argument makes no sense.
            TypeError: An argument is of the wrong type.

        Example:
            >>> sandbox = Sandbox()
            >>> sandbox.fail("getLeads", status=429, retry_after=0.1)
            >>> sandbox.fail("addLead", drop=True, after_commit=True)
        """
        fault = made_to_order(
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
        """Let Cloudflare answer the next requests: 403 and a page of HTML.

        That is what Pipedrive does to clients that go on after many answers of 429.
        """
        self._add_fault(Fault(answer=cloudflare(403), times=_checks.whole("times", times, 1)))

    def clear_failures(self) -> None:
        """Forget what `fail` and `block` asked for and did not happen yet."""
        with self._front.lock:
            self._front.faults.clear()

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
            raise RuntimeError("The sandbox is not running: use `with`, or start() it first.")
        return self._server.origin

    def _add_fault(self, fault: Fault) -> None:
        with self._front.lock:
            self._front.faults.add(fault)
