"""An HTTP client for the tests of the sandbox, which uses nothing else of the library."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, Final, NamedTuple

import aiohttp
import pytest
from yarl import URL

from pipedrive_leads_async.sandbox import Sandbox

CALLBACK: Final = "https://app.example/callback"
"""The redirect URI of the app."""


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
    """A sandbox, and a session for requests to it."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self._session = session

    async def call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> Reply:
        """Send a request with these headers; by default with the API token.

        The path is relative to `/v1`, unless it starts with `/api/` or `/oauth/`.
        """
        if headers is None:
            headers = {"x-api-token": self.sandbox.api_token}
        is_absolute = path.startswith(("/api/", "/oauth/"))
        url = (self.sandbox.oauth_url if is_absolute else self.sandbox.url) + path
        async with self._session.request(
            method, url, headers=headers, allow_redirects=False, **options
        ) as response:
            return Reply(response.status, response.headers, await response.text())

    async def get(self, path: str = "/leads", **query: str) -> Reply:
        return await self.call("GET", path, params=query)

    async def post(self, path: str, body: Any) -> Reply:
        return await self.call("POST", path, json=body)

    async def patch(self, path: str, body: Any) -> Reply:
        return await self.call("PATCH", path, json=body)

    async def delete(self, path: str) -> Reply:
        return await self.call("DELETE", path)

    async def status_for(self, access_token: str) -> int:
        """Request the leads with this access token; return the status."""
        bearer = {"authorization": f"Bearer {access_token}"}
        return (await self.call("GET", "/leads", bearer)).status

    async def authorize(self, **changes: str) -> Reply:
        """Open the consent page as a browser does that the app has redirected there."""
        query = {"client_id": self.sandbox.client_id, "redirect_uri": CALLBACK, "state": "abc"}
        return await self.call("GET", "/oauth/authorize", {}, params=query | changes)

    async def new_code(self) -> str:
        """Return a new authorization code from the consent page."""
        return URL((await self.authorize()).headers["location"]).query["code"]

    async def token(self, **form: str) -> Reply:
        """Request tokens as the app."""
        return await self.post_form("/oauth/token", form)

    async def exchange(self, code: str, redirect_uri: str = CALLBACK) -> Reply:
        return await self.token(
            grant_type="authorization_code", code=code, redirect_uri=redirect_uri
        )

    async def refresh(self, refresh_token: str) -> Reply:
        return await self.token(grant_type="refresh_token", refresh_token=refresh_token)

    async def revoke(self, **form: str) -> Reply:
        return await self.post_form("/oauth/revoke", form)

    async def post_form(
        self, path: str, form: Mapping[str, str], client: tuple[str, str] | None = None
    ) -> Reply:
        """Send a form with the client id and secret of the app, or with other ones."""
        id, secret = client or (self.sandbox.client_id, self.sandbox.client_secret)
        basic = base64.b64encode(f"{id}:{secret}".encode()).decode()
        return await self.call("POST", path, {"authorization": f"Basic {basic}"}, data=form)


@contextlib.asynccontextmanager
async def serving(sandbox: Sandbox) -> AsyncGenerator[Api, None]:
    """Run the sandbox, and yield a client for it."""
    async with sandbox, aiohttp.ClientSession() as session:
        yield Api(sandbox, session)


def assert_violates_schema(reply: Reply, *words: str) -> None:
    """Assert a 400 of v2 whose error contains these words."""
    assert reply.status == 400
    assert list(reply.body) == ["success", "error", "code"]
    assert reply.body["success"] is False
    assert reply.body["code"] == "ERR_SCHEMA_VALIDATION_FAILED"
    assert reply.body["error"].startswith("Validation failed: ")
    for word in words:
        assert word in reply.body["error"]


def assert_refused(reply: Reply, *words: str) -> None:
    """Assert a 400 of the service whose error and its explanation contain these words."""
    assert reply.status == 400
    assert list(reply.body) == ["success", "error", "error_info", "data", "additional_data"]
    for word in words:
        assert word in f"{reply.body['error']} {reply.body['error_info']}"


def assert_oauth_error(reply: Reply, error: str, message: str) -> None:
    """Assert a 400 of an OAuth endpoint with this error and message."""
    assert reply.status == 400
    assert reply.body == {"success": False, "message": message, "error": error}


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition is true; fail the test after about five seconds."""
    for _ in range(5000):
        if condition():
            return
        await asyncio.sleep(0.001)
    pytest.fail("the condition did not become true")


async def all_delivered(sandbox: Sandbox) -> None:
    """Wait until all webhooks are delivered, without blocking the event loop."""
    await asyncio.to_thread(sandbox.wait_for_webhooks)
