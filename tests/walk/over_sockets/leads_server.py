"""An HTTP server on a real socket; a test defines the pages of leads that it returns."""

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
    """Return a lead as JSON whose number is also its creation minute."""
    time = f"{_DAWN + dt.timedelta(minutes=number):%Y-%m-%dT%H:%M:%S.000Z}"
    return {"id": f"lead-{number}", "title": "A lead", "add_time": time, **fields}


def rows(start: int, stop: int) -> list[dict[str, Any]]:
    return [row(number) for number in range(start, stop)]


def ids(start: int, stop: int) -> list[str]:
    return [f"lead-{number}" for number in range(start, stop)]


def positions(next_start: object, *, more: bool = True) -> dict[str, Any]:
    """Return the pagination of a page."""
    return {"more_items_in_collection": more, "next_start": next_start}


def page(data: Any, pagination: object = None) -> dict[str, Any]:
    """Return a page in Pipedrive's format; without `pagination` it is the last one."""
    return {"success": True, "data": data, "additional_data": {"pagination": pagination}}


def page_of(total: int, start: int, limit: int) -> dict[str, Any]:
    """Return a correct page of a list of `total` leads."""
    stop = min(start + limit, total)
    return page(rows(start, stop), positions(stop) if stop < total else None)


class LeadsServer:
    """A server whose responses to `GET /v1/leads` are made by `respond(start, limit)`.

    `respond` returns bytes or a JSON value. The server runs in its own thread, so that all tasks
    in the event loop of a test belong to the client.

    Attributes:
        hangs_from: The position from which requests get no response.
        requests: The start and limit of each request, in order of arrival.
        url: The base URL for a client.
    """

    def __init__(
        self, respond: Callable[[int, int], object], *, hangs_from: int = sys.maxsize
    ) -> None:
        self._respond = respond
        self.hangs_from = hangs_from
        self.requests: list[tuple[int, int]] = []

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
        self.requests.append((start, limit))
        if start >= self.hangs_from:
            await asyncio.Event().wait()
        body = self._respond(start, limit)
        return web.Response(body=body) if isinstance(body, bytes) else web.json_response(body)
