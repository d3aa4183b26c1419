"""Fixtures of the tests of `examples/oauth_app.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.examples.oauth_app.browsers import Browser, RunningApp, browser, running_app


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    """Return the folder of the tokens."""
    tokens = tmp_path / "tokens"
    tokens.mkdir()
    return tokens


@pytest.fixture
async def app(sandbox: Sandbox, tokens: Path) -> AsyncIterator[RunningApp]:
    """Return the app, which runs in the event loop of the test."""
    async with running_app(sandbox, tokens) as app:
        yield app


@pytest.fixture
async def user() -> AsyncIterator[Browser]:
    """Return the browser of a user."""
    async with browser() as user:
        yield user
