"""`examples/oauth_app.py` in the process of the tests, and the browsers of its users."""

from __future__ import annotations

import re
import runpy
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
from aiohttp import web

from pipedrive_leads_async.sandbox import Sandbox
from tests.examples.example_process import ROOT


class Page(NamedTuple):
    """The page that a browser shows after all redirects."""

    status: int
    path: str
    text: str
    leads: Any = None
    """The JSON of the page, if it is JSON."""

    @property
    def form(self) -> dict[str, str]:
        """The hidden fields of the form on this page."""
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([\w-]+)"', self.text))


class Browser:
    """A browser that keeps the cookies of one user, and follows redirects."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session

    async def open(self, url: str, form: Mapping[str, str] | None = None) -> Page:
        """Open a page, or post a form."""
        method = "GET" if form is None else "POST"
        async with self.session.request(method, url, data=form) as response:
            is_json = response.content_type == "application/json"
            text = await response.text()
            found = await response.json() if is_json else None
            return Page(response.status, response.url.path, text, found)


@dataclass(frozen=True)
class RunningApp:
    """The app, at a URL on this machine."""

    url: str
    sandbox: Sandbox
    tokens: Path
    module: Mapping[str, Any]
    sessions: Mapping[str, Any]

    @property
    def callback(self) -> str:
        return f"{self.url}/callback"

    @property
    def saved(self) -> list[str]:
        """The names of the files with a token."""
        return sorted(path.name for path in self.tokens.glob("*.json"))

    def operations(self, prefix: str = "oauth") -> list[str]:
        """The operations that the sandbox has performed, if their name starts so."""
        found = (each.operation or "" for each in self.sandbox.requests)
        return [operation for operation in found if operation.startswith(prefix)]


@asynccontextmanager
async def running_app(
    sandbox: Sandbox, tokens: Path, callback: str = ""
) -> AsyncGenerator[RunningApp, None]:
    """Serve the app in this event loop, with its own callback URL or with another one."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    environment = {
        "PIPEDRIVE_CLIENT_ID": sandbox.client_id,
        "PIPEDRIVE_CLIENT_SECRET": sandbox.client_secret,
        "PIPEDRIVE_REDIRECT_URI": callback or f"{url}/callback",
        "PIPEDRIVE_OAUTH_URL": sandbox.oauth_url,
        "PIPEDRIVE_BASE_URL": sandbox.url,
        "PIPEDRIVE_TOKENS": str(tokens),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        module = runpy.run_path(str(ROOT / "examples" / "oauth_app.py"))
    application = module["create_app"]()
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        yield RunningApp(url, sandbox, tokens, module, application[module["SESSIONS"]])
    finally:
        await runner.cleanup()


@asynccontextmanager
async def browser() -> AsyncGenerator[Browser, None]:
    """Yield a new browser."""
    jar = aiohttp.CookieJar(unsafe=True)  # which also keeps the cookies of 127.0.0.1
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        yield Browser(session)
