"""A stand-in for Telegram's Bot API, through which users and a bot exchange messages.

https://core.telegram.org/bots/api
"""

from __future__ import annotations

import asyncio
import itertools
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final, Self

from aiohttp import web

from pipedrive_leads_async.sandbox._server import ServerThread

TOKEN: Final = "4242:canary-7f3a9c5e1b2d4f60718293a4b5c6"
"""The token of the bot."""

Update = dict[str, Any]


class BotApiServer:
    """A server for one bot and its users, in a thread of its own."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._new = queue.SimpleQueue[Update]()
        self._unconfirmed: list[Update] = []
        self._polled = threading.Event()
        self._replies = defaultdict[int, queue.SimpleQueue[str]](queue.SimpleQueue)

    def __enter__(self) -> Self:
        self._server = ServerThread(self._application, 0)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        return self._server.origin

    def forget_polls(self) -> None:
        """Make `has_polled` wait for the next request for updates."""
        self._polled.clear()

    def has_polled(self) -> bool:
        """Wait a moment; return whether the bot has requested updates."""
        return self._polled.wait(timeout=0.1)

    def write(self, chat: int, text: str) -> Update:
        """Send a message to the bot in a chat; return the update that it gets."""
        person = {"id": chat, "first_name": "Ann"}
        update = {
            "update_id": next(self._numbers),
            "message": {
                "message_id": next(self._numbers),
                "date": int(time.time()),
                "chat": {"type": "private", **person},
                "from": {"is_bot": False, **person},
                "text": text,
            },
        }
        self.deliver(update)
        return update

    def deliver(self, update: Update) -> None:
        """Deliver an update, also one that was delivered before."""
        self._new.put(update)

    def reply(self, chat: int) -> str:
        """Wait for the next message of the bot in a chat."""
        return self._replies[chat].get(timeout=20)

    def has_replied(self, chat: int) -> bool:
        """Return whether the bot has sent a message in a chat that was not read yet."""
        return not self._replies[chat].empty()

    def ask(self, chat: int, text: str) -> str:
        """Send a message to the bot, and wait for its reply."""
        self.write(chat, text)
        return self.reply(chat)

    def _application(self) -> web.Application:
        application = web.Application()
        application.router.add_post(f"/bot{TOKEN}/getMe", _handler(self._me))
        application.router.add_post(f"/bot{TOKEN}/getUpdates", _handler(self._updates))
        application.router.add_post(f"/bot{TOKEN}/sendMessage", _handler(self._send))
        return application

    async def _me(self, _: dict[str, str]) -> Any:
        return {"id": 4242, "is_bot": True, "first_name": "Leads", "username": "leads_bot"}

    async def _updates(self, sent: dict[str, str]) -> Any:
        """Wait for updates; an offset confirms all earlier ones, the others are sent again."""
        self._polled.set()
        offset, until = int(sent.get("offset", 0)), time.monotonic() + int(sent["timeout"])
        self._unconfirmed = [one for one in self._unconfirmed if one["update_id"] >= offset]
        while time.monotonic() < until:
            while not self._new.empty():
                self._unconfirmed.append(self._new.get())
            if self._unconfirmed:
                break
            await asyncio.sleep(0.005)
        return self._unconfirmed

    async def _send(self, sent: dict[str, str]) -> Any:
        chat, text = int(sent["chat_id"]), sent["text"]
        assert 0 < len(text) <= 4096
        self._replies[chat].put(text)
        return {
            "message_id": next(self._numbers),
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private"},
            "text": text,
        }


def _handler(method: Callable[[dict[str, str]], Any]) -> Callable[[web.Request], Any]:
    async def handle(request: web.Request) -> web.Response:
        sent = {name: str(value) for name, value in (await request.post()).items()}
        return web.json_response({"ok": True, "result": await method(sent)})

    return handle
