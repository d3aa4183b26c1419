"""A raw HTTP client for the tests of the sandbox: nothing of the library is between them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from pipedrive_leads_async.sandbox import Sandbox


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def data(self) -> Any:
        assert self.body["success"] is True
        return self.body["data"]

    @property
    def ids(self) -> list[str]:
        return [lead["id"] for lead in self.data]

    @property
    def pagination(self) -> Any:
        return self.body["additional_data"]["pagination"]


class Api:
    """A sandbox, and a session that calls it."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self._session = session

    async def call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> Reply:
        """Send a request with the API token, or with just the headers given.

        The path is below `/v1`, or a whole one that begins with `/api`.
        """
        if headers is None:
            headers = {"x-api-token": self.sandbox.api_token}
        base = self.sandbox.oauth_url if path.startswith("/api/") else self.sandbox.url
        url = base + path
        async with self._session.request(method, url, headers=headers, **options) as response:
            return Reply(response.status, response.headers, await response.text())

    async def get(self, path: str = "/leads", **query: str) -> Reply:
        return await self.call("GET", path, params=query)

    async def post(self, path: str, body: Any) -> Reply:
        return await self.call("POST", path, json=body)

    async def patch(self, path: str, body: Any) -> Reply:
        return await self.call("PATCH", path, json=body)

    async def delete(self, path: str) -> Reply:
        return await self.call("DELETE", path)


@contextlib.asynccontextmanager
async def serving(sandbox: Sandbox) -> AsyncGenerator[Api, None]:
    """Serve the sandbox and a client for it."""
    async with sandbox, aiohttp.ClientSession() as session:
        yield Api(sandbox, session)


def assert_violates_schema(reply: Reply, *words: str) -> None:
    """Assert the 400 of version 2, whose sentence has these words."""
    assert reply.body["code"] == "ERR_SCHEMA_VALIDATION_FAILED"
    assert reply.status == 400
    assert reply.body["success"] is False
    for word in words:
        assert word in reply.body["error"]


def assert_refused(reply: Reply, *words: str) -> None:
    """Assert the service's 400, whose sentence has these words."""
    assert reply.status == 400
    assert list(reply.body) == ["success", "error", "error_info", "data", "additional_data"]
    for word in words:
        assert word in reply.body["error"]


async def until(happened: Callable[[], bool]) -> None:
    """Wait for what a request in flight brings about."""
    for _ in range(5000):
        if happened():
            return
        await asyncio.sleep(0.001)
    pytest.fail("it never happened")
