"""A server on a real socket whose pages of leads a test makes up."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web

from pipedrive_leads_async.sandbox._server import ServerThread

_DAWN = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def row(number: int, **fields: Any) -> dict[str, Any]:
    """Lead number n as JSON, made in minute n."""
    time = f"{_DAWN + dt.timedelta(minutes=number):%Y-%m-%dT%H:%M:%S.000Z}"
    return {"id": f"lead-{number}", "title": "A lead", "add_time": time, **fields}


def rows(start: int, stop: int) -> list[dict[str, Any]]:
    return [row(number) for number in range(start, stop)]


def ids(start: int, stop: int) -> list[str]:
    return [f"lead-{number}" for number in range(start, stop)]


def positions(next_start: object, *, more: bool = True) -> dict[str, Any]:
    """What a page says of where the list goes on."""
    return {"more_items_in_collection": more, "next_start": next_start}


def page(data: Any, pagination: object = None) -> dict[str, Any]:
    """A page as Pipedrive sends it; without `pagination` it is the last."""
    return {"success": True, "data": data, "additional_data": {"pagination": pagination}}


def page_of(total: int, start: int, limit: int) -> dict[str, Any]:
    """The page of a list of so many leads, as it should be."""
    stop = min(start + limit, total)
    return page(rows(start, stop), positions(stop) if stop < total else None)


class LeadsServer:
    """Answers `GET /v1/leads` with what `answer` makes of start and limit: bytes, or JSON.

    It has a thread of its own, so that all tasks of the test's loop are the client's.

    Attributes:
        hangs_from: The position from which requests are never answered.
        asked: The start and limit of each request that came.
        url: The base URL for a client.
    """

    def __init__(
        self, answer: Callable[[int, int], object], *, hangs_from: int = sys.maxsize
    ) -> None:
        self._answer = answer
        self.hangs_from = hangs_from
        self.asked: list[tuple[int, int]] = []

    async def __aenter__(self) -> Self:
        self._server = ServerThread(self._application, port=0)
        self.url = f"{self._server.origin}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._server.stop)

    def _application(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/v1/leads", self._handle)
        return application

    async def _handle(self, request: web.Request) -> web.Response:
        start, limit = int(request.query["start"]), int(request.query["limit"])
        self.asked.append((start, limit))
        if start >= self.hangs_from:
            await asyncio.Event().wait()
        body = self._answer(start, limit)
        return web.Response(body=body) if isinstance(body, bytes) else web.json_response(body)
