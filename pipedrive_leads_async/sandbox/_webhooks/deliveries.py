"""The delivery of webhooks: in order, and again after a wait if the receiver refuses."""

from __future__ import annotations

import asyncio
import base64
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from .._json import Json, json_copy
from .._state.account import Account
from .._state.clock import iso
from .._state.leads import Change
from .events import Event, event_of
from .policy import Health, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class SentWebhook:
    """One attempt to deliver an event.

    Attributes:
        event: `"create.lead"`, `"change.lead"` or `"delete.lead"`.
        url: The URL that it was sent to.
        body: The decoded JSON body. `body["meta"]["id"]` is the id of the event; it is the same
            in all attempts.
        attempt: The number of the attempt, from 1.
        status: The HTTP status of the response; None if there was no response in time.
        time: The time of sending, in seconds of `time.monotonic()`.
    """

    event: str
    url: str
    body: Any
    attempt: int
    status: int | None
    time: float


@dataclass(slots=True, eq=False)
class _Delivery:
    """One event for one webhook, with the number of attempts so far."""

    account: Account
    webhook_id: int
    event: Event
    attempts: int = 0


class Deliveries:
    """The deliveries of all accounts, each from the change of a lead until its last attempt.

    `announce` may be called from any thread; `sending` runs in the event loop of the server.
    """

    def __init__(self, lock: threading.Lock, policy: Policy) -> None:
        self._lock = lock
        self._policy = policy
        self._health = defaultdict[int, Health](lambda: Health(policy))
        self._open: list[_Delivery] = []
        self._closed = threading.Condition(lock)
        self._sent: list[SentWebhook] = []
        self._enqueue: Callable[[_Delivery], object] | None = None

    def announce(self, account: Account, change: Change) -> None:
        """Start the deliveries of a change; the caller holds the lock."""
        event = event_of(account, change) if account.webhooks else None
        if event is None:
            return
        for webhook in account.webhooks.values():
            if event.is_for(webhook, account):
                delivery = _Delivery(account, webhook["id"], event)
                self._open.append(delivery)
                if self._enqueue:
                    self._enqueue(delivery)

    def snapshot(self) -> list[SentWebhook]:
        """Return a copy of the list of attempts; the caller holds the lock."""
        return list(self._sent)

    def wait(self, timeout: float) -> int:
        """Wait until all deliveries are closed; return the number of those still open."""
        with self._closed:
            self._closed.wait_for(lambda: not any(self._pending()), timeout)
            return sum(self._pending())

    async def sending(self, _: web.Application) -> AsyncIterator[None]:
        """Send until the server stops; open deliveries continue after its next start."""
        inbox = asyncio.Queue[_Delivery | None]()
        loop = asyncio.get_running_loop()
        with self._lock:
            for delivery in self._open:
                inbox.put_nowait(delivery)
            self._enqueue = lambda delivery: loop.call_soon_threadsafe(inbox.put_nowait, delivery)
        sender = asyncio.create_task(self._send(inbox))
        yield
        with self._lock:
            self._enqueue = None
        inbox.put_nowait(None)
        await sender

    async def _send(self, inbox: asyncio.Queue[_Delivery | None]) -> None:
        # The receiver may restart between two events, so no connection is reused.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        locks = defaultdict[int, asyncio.Lock](asyncio.Lock)
        running = set[asyncio.Task[None]]()
        async with session, asyncio.TaskGroup() as tasks:
            while delivery := await inbox.get():
                lock = locks[delivery.webhook_id]
                task = tasks.create_task(self._deliver(session, lock, delivery))
                running.add(task)
                task.add_done_callback(running.discard)
            for task in running:
                task.cancel()

    async def _deliver(
        self, session: aiohttp.ClientSession, lock: asyncio.Lock, delivery: _Delivery
    ) -> None:
        async with lock:  # first attempts are in the order of the events
            is_open = await self._attempt(session, delivery)
        while is_open:
            await asyncio.sleep(self._policy.waits[delivery.attempts - 1])
            is_open = await self._attempt(session, delivery)

    async def _attempt(self, session: aiohttp.ClientSession, delivery: _Delivery) -> bool:
        """Send the event once, and return whether to try again.

        It is not sent if the webhook was deleted, or if it is banned before the first attempt.
        """
        account, event, attempt = delivery.account, delivery.event, delivery.attempts + 1
        health = self._health[delivery.webhook_id]
        with self._lock:
            webhook = account.webhooks.get(delivery.webhook_id)
            if webhook is None or (attempt == 1 and health.is_banned):
                return self._close(delivery)
        body, start = event.body(webhook, attempt), time.monotonic()
        status = await self._post(session, webhook, body)
        with self._lock:
            self._sent.append(
                SentWebhook(
                    event=event.name,
                    url=webhook["subscription_url"],
                    body=json_copy(body),
                    attempt=attempt,
                    status=status,
                    time=start,
                )
            )
            delivery.attempts = attempt
            webhook["last_delivery_time"] = iso(account.clock.tick())
            webhook["last_http_status"] = status
            is_accepted = status is not None and 200 <= status < 300
            health.note(attempt, is_accepted=is_accepted)
            if health.is_over:
                account.webhooks.pop(delivery.webhook_id, None)
            is_last = attempt > len(self._policy.waits)
            return self._close(delivery) if is_accepted or is_last else True

    async def _post(self, session: aiohttp.ClientSession, webhook: Json, body: Json) -> int | None:
        headers: dict[str, str] = {}
        if webhook["http_auth_user"] is not None:
            user_password = f"{webhook['http_auth_user']}:{webhook['http_auth_password'] or ''}"
            encoded = base64.b64encode(user_password.encode(errors="replace")).decode()
            headers["authorization"] = f"Basic {encoded}"
        post = session.post(
            webhook["subscription_url"], json=body, headers=headers, allow_redirects=False
        )
        try:
            async with asyncio.timeout(self._policy.timeout), post as response:
                return response.status
        # TimeoutError is an OSError; an invalid host name raises UnicodeError.
        except (aiohttp.ClientError, OSError, UnicodeError):
            return None

    def _pending(self) -> Iterator[bool]:
        """Yield for each open delivery whether its webhook still exists."""
        return (each.webhook_id in each.account.webhooks for each in self._open)

    def _close(self, delivery: _Delivery) -> bool:
        self._open.remove(delivery)
        self._closed.notify_all()
        return False
