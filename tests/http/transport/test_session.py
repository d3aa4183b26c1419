"""Test which arguments `SessionManager` accepts, and that creating it opens nothing."""

from __future__ import annotations

import ssl
from typing import Any

import aiohttp
import pytest

from pipedrive_leads_async import SessionManager
from pipedrive_leads_async.errors import ConfigurationError


def test_creating_a_manager_needs_no_event_loop_and_opens_nothing() -> None:
    assert not SessionManager(connections=1, proxy="http://proxy.example:3128/").closed


@pytest.mark.parametrize(
    "arguments",
    [
        {"connections": 0},
        {"proxy": ""},
        {"proxy": "http://"},
        {"proxy": "localhost:3128"},
        {"proxy": "socks5://localhost:1080"},
        {"ssl": ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)},
    ],
    ids=["no connections", "empty", "no host", "no scheme", "SOCKS proxy", "no verification"],
)
def test_invalid_argument_is_refused_by_name(arguments: dict[str, Any]) -> None:
    [name] = arguments
    with pytest.raises(ConfigurationError, match=f"^{name} must"):
        SessionManager(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"session": b"no session"},
        {"connections": 1.0},
        {"proxy": 3128},
        {"trust_env": 1},
        {"ssl": False},
    ],
    ids=str,
)
def test_argument_of_another_type_is_refused_by_name(arguments: dict[str, Any]) -> None:
    [name] = arguments
    with pytest.raises(TypeError, match=f"^{name} must"):
        SessionManager(**arguments)


async def test_tls_context_cannot_be_combined_with_a_session() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ConfigurationError, match="ssl cannot be combined with session"):
            SessionManager(session=session, ssl=ssl.create_default_context())


def test_plain_with_is_refused() -> None:
    manager: Any = SessionManager()
    with pytest.raises(TypeError, match="async with"), manager:
        pytest.fail("it was entered")
