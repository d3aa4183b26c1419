"""Test `examples/oauth_app.py`, as seen by the browsers of its users."""

from __future__ import annotations

import socket
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from pipedrive_leads_async.sandbox import Sandbox, SandboxAccount
from tests.examples.example_process import ExampleProcess

pytest_plugins = ["tests.support.installed_wheel"]
pytestmark = pytest.mark.usefixtures("in_users_venv")


@pytest.fixture
def app(sandbox: Sandbox, tmp_path: Path) -> Iterator[str]:
    """Start the app; return its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = ExampleProcess(
        "examples/oauth_app.py",
        "--port",
        str(port),
        ready="Running on",
        log=tmp_path / "log.txt",
        environment={
            "PIPEDRIVE_CLIENT_ID": sandbox.client_id,
            "PIPEDRIVE_CLIENT_SECRET": sandbox.client_secret,
            "PIPEDRIVE_REDIRECT_URI": f"{url}/callback",
            "PIPEDRIVE_OAUTH_URL": sandbox.oauth_url,
            "PIPEDRIVE_BASE_URL": sandbox.url,
            "PIPEDRIVE_TOKENS": str(tmp_path / "tokens"),
            "PYTHONUNBUFFERED": "1",
        },
    )
    yield url
    process.stop()
    assert "Traceback" not in process.log
    assert sandbox.client_secret not in process.log


@asynccontextmanager
async def browser() -> AsyncGenerator[aiohttp.ClientSession, None]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


async def shown(session: aiohttp.ClientSession, url: str) -> Any:
    """Return the page that the user sees after all redirects."""
    async with session.get(url) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def refused(session: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    async with session.get(url) as response:
        return response.status, await response.text()


def titles(account: SandboxAccount) -> list[str]:
    return [lead["title"] for lead in reversed(account.leads)]


def refreshes(sandbox: Sandbox) -> int:
    bodies = [each.body for each in sandbox.requests if each.operation == "oauthToken"]
    return sum(body["grant_type"] == "refresh_token" for body in bodies)


async def test_user_logs_in_once_and_sees_the_leads(app: str, sandbox: Sandbox) -> None:
    async with browser() as user:
        page = await shown(user, f"{app}/")
        assert page["leads"] == titles(sandbox)
        steps = [each.operation for each in sandbox.requests]
        assert steps == ["oauthAuthorize", "oauthToken", "getCurrentUser", "getLeads"]

        # A user who is logged in is not redirected to Pipedrive again.
        await shown(user, f"{app}/")
        assert [each.operation for each in sandbox.requests][len(steps) :] == ["getLeads"]


async def test_expired_token_is_refreshed_without_the_user(app: str, sandbox: Sandbox) -> None:
    async with browser() as user:
        await shown(user, f"{app}/")
        sandbox.expire_access_tokens()
        assert (await shown(user, f"{app}/"))["leads"] == titles(sandbox)
        assert refreshes(sandbox) == 1


async def test_user_who_revoked_the_consent_is_asked_again(app: str, sandbox: Sandbox) -> None:
    async with browser() as user:
        await shown(user, f"{app}/")
        sandbox.revoke()
        assert (await shown(user, f"{app}/"))["leads"] == titles(sandbox)
        consents = [each for each in sandbox.requests if each.operation == "oauthAuthorize"]
        assert len(consents) == 2


async def test_each_browser_shows_the_leads_of_its_own_company(app: str, sandbox: Sandbox) -> None:
    other = sandbox.add_account(leads=3, burst=None)
    async with browser() as first, browser() as second:
        here = await shown(first, f"{app}/")
        other.log_in()
        there = await shown(second, f"{app}/")
        assert here["company"] != there["company"]
        assert (await shown(first, f"{app}/"))["leads"] == titles(sandbox)
        assert (await shown(second, f"{app}/"))["leads"] == titles(other)


async def test_declined_consent_is_explained(app: str, sandbox: Sandbox) -> None:
    sandbox.log_in(allows=False)
    async with browser() as user:
        status, text = await refused(user, f"{app}/")
    assert (status, text) == (403, "You did not allow the app to see your leads.")


@pytest.mark.parametrize("query", ["", "?state=guessed&code=x", "?code=x"])
async def test_callback_without_a_login_in_this_browser_is_refused(
    app: str, sandbox: Sandbox, query: str
) -> None:
    async with browser() as user:
        async with user.get(f"{app}/login", allow_redirects=False):
            pass
        assert (await refused(user, f"{app}/callback{query}"))[0] == 403
    assert not [each for each in sandbox.requests if each.operation == "oauthToken"]
