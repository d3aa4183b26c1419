"""Webhooks on their way: one after another, and once more after a while if nobody took one."""

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
from .._state.account import Account, Change
from .._state.clock import iso
from .events import Event, event_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SentWebhook:
    """One attempt to deliver an event.

    Attributes:
        event: `"create.lead"`, `"change.lead"` or `"delete.lead"`.
        url: Where it was sent.
        body: What was sent, decoded. `body["meta"]["id"]` is the id of the event, which all
            attempts have in common.
        attempt: 1 for the first attempt.
        status: The status answered; None when there was no answer in time.
        time: When it was sent, in seconds of `time.monotonic()`.
    """

    event: str
    url: str
    body: Any
    attempt: int
    status: int | None
    time: float


@dataclass(slots=True, eq=False)
class _Delivery:
    """An event that a webhook has to be told, after some attempts."""

    account: Account
    webhook_id: int
    event: Event
    attempts: int = 0


class Deliveries:
    """What webhooks send, from the change of a lead until somebody took it or no wait is left.

    It has no thread of its own: changes come from any, and `sending` runs in the server's.
    """

    def __init__(self, lock: threading.Lock, waits: tuple[float, ...], timeout: float) -> None:
        self._lock = lock
        self._waits = waits
        self._timeout = timeout
        self._open: list[_Delivery] = []
        self._all_closed = threading.Condition(lock)
        self._sent: list[SentWebhook] = []
        self._hand_over: Callable[[_Delivery], object] | None = None

    def announce(self, account: Account, change: Change) -> None:
        """Begin to tell the webhooks of an account; whoever changes a lead holds the lock."""
        event = event_of(account, change) if account.webhooks else None
        if event is None:
            return
        for webhook in account.webhooks.values():
            if event.is_for(webhook, account):
                delivery = _Delivery(account, webhook["id"], event)
                self._open.append(delivery)
                if self._hand_over:
                    self._hand_over(delivery)

    def snapshot(self) -> list[SentWebhook]:
        """Return the attempts so far; the caller holds the lock."""
        return list(self._sent)

    def wait(self, timeout: float) -> int:
        """Wait until nothing is to be delivered, and return how many deliveries are left."""
        with self._all_closed:
            self._all_closed.wait_for(lambda: not any(self._left()), timeout)
            return sum(self._left())

    async def sending(self, _: web.Application) -> AsyncIterator[None]:
        """Send until the server stops; what is left then is sent when it starts again."""
        inbox = asyncio.Queue[_Delivery | None]()
        loop = asyncio.get_running_loop()
        with self._lock:
            for delivery in self._open:
                inbox.put_nowait(delivery)
            self._hand_over = lambda delivery: loop.call_soon_threadsafe(inbox.put_nowait, delivery)
        sender = asyncio.create_task(self._send(inbox))
        yield
        with self._lock:
            self._hand_over = None
        inbox.put_nowait(None)
        await sender

    async def _send(self, inbox: asyncio.Queue[_Delivery | None]) -> None:
        # A receiver may be gone and back between two events: no connection is used twice.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        turns = defaultdict[int, asyncio.Lock](asyncio.Lock)
        running = set[asyncio.Task[None]]()
        async with session, asyncio.TaskGroup() as tasks:
            while delivery := await inbox.get():
                turn = turns[delivery.webhook_id]
                task = tasks.create_task(self._deliver(session, turn, delivery))
                running.add(task)
                task.add_done_callback(running.discard)
            for task in running:
                task.cancel()

    async def _deliver(
        self, session: aiohttp.ClientSession, turn: asyncio.Lock, delivery: _Delivery
    ) -> None:
        async with turn:  # what is taken at once is taken in order
            is_open = await self._attempt(session, delivery)
        while is_open:
            await asyncio.sleep(self._waits[delivery.attempts - 1])
            is_open = await self._attempt(session, delivery)

    async def _attempt(self, session: aiohttp.ClientSession, delivery: _Delivery) -> bool:
        """Send it once, unless the webhook is gone, and tell whether that was not the end."""
        account, event, attempt = delivery.account, delivery.event, delivery.attempts + 1
        with self._lock:
            webhook = account.webhooks.get(delivery.webhook_id)
            if webhook is None:
                return self._close(delivery)
        body, begin = event.body(webhook, attempt), time.monotonic()
        status = await self._post(session, webhook, body)
        with self._lock:
            self._sent.append(
                SentWebhook(
                    event=event.name,
                    url=webhook["subscription_url"],
                    body=json_copy(body),
                    attempt=attempt,
                    status=status,
                    time=begin,
                )
            )
            delivery.attempts = attempt
            webhook["last_delivery_time"] = iso(account.clock.tick())
            webhook["last_http_status"] = status
            is_taken = status is not None and 200 <= status < 300
            is_last = attempt > len(self._waits)
            return self._close(delivery) if is_taken or is_last else True

    async def _post(self, session: aiohttp.ClientSession, webhook: Json, body: Json) -> int | None:
        headers: dict[str, str] = {}
        if webhook["http_auth_user"] is not None:
            pair = f"{webhook['http_auth_user']}:{webhook['http_auth_password'] or ''}"
            encoded = base64.b64encode(pair.encode(errors="replace")).decode()
            headers["authorization"] = f"Basic {encoded}"
        post = session.post(
            webhook["subscription_url"], json=body, headers=headers, allow_redirects=False
        )
        try:
            async with asyncio.timeout(self._timeout), post as response:
                return response.status
        # A TimeoutError is an OSError, and a UnicodeError comes of a host that can be no name.
        except (aiohttp.ClientError, OSError, UnicodeError):
            return None

    def _left(self) -> Iterator[bool]:
        """Tell of each delivery whether its webhook is still there."""
        return (each.webhook_id in each.account.webhooks for each in self._open)

    def _close(self, delivery: _Delivery) -> bool:
        self._open.remove(delivery)
        self._all_closed.notify_all()
        return False
