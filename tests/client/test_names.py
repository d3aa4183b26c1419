"""Test the name of a client, its `repr`, and the user agent it sends."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from pipedrive_leads_async import ClientClosedError, ConfigurationError, LeadsClient, SessionManager
from tests.support.calls import CANARY, DONE, add, client_of, get
from tests.support.raw_server import RawServer, failure


async def test_user_agent_of_the_program_is_sent_before_that_of_the_library() -> None:
    async with (
        RawServer(DONE, DONE) as server,
        client_of(server, user_agent="in/2.1 (x)") as client,
    ):
        await get(client)
        await add(client)
    for request in server.requests:
        assert request.headers["user-agent"].startswith("in/2.1 (x) pipedrive-leads-async/")


async def test_log_records_have_the_name_of_the_client(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "pipedrive_leads_async")
    async with (
        RawServer((failure(503),), DONE) as server,
        client_of(server, name="intake") as client,
    ):
        await get(client.with_options(timeout=5))
    records = [each for each in caplog.records if each.name == "pipedrive_leads_async"]
    assert [vars(each)["client"] for each in records] == ["intake"] * 3


async def test_repr_has_the_name_and_the_host_but_no_secret() -> None:
    client = LeadsClient(CANARY, name="intake", base_url="https://acme.pipedrive.com")
    assert repr(client) == "<LeadsClient 'intake' of acme.pipedrive.com>"
    await client.aclose()
    assert repr(client) == "<LeadsClient 'intake' of acme.pipedrive.com, closed>"
    assert repr(LeadsClient(CANARY)) == "<LeadsClient>"


@pytest.mark.parametrize("name", ["name", "user_agent"])
@pytest.mark.parametrize(
    "value", ["", "  ", "a\nb", "a\r\nx-admin: 1", "\x00", "\x1b[31m"], ids=repr
)
def test_text_that_is_not_one_printable_line_is_refused(name: str, value: str) -> None:
    arguments: dict[str, Any] = {name: value}
    with pytest.raises(ConfigurationError, match=f"^{name} must be one line of"):
        LeadsClient(CANARY, **arguments)


def test_user_agent_beyond_ascii_is_refused_and_such_a_name_accepted() -> None:
    with pytest.raises(ConfigurationError, match="user_agent must be one line of ASCII"):
        LeadsClient(CANARY, user_agent="Größe/1")
    assert repr(LeadsClient(CANARY, name="Größe")) == "<LeadsClient 'Größe'>"


@pytest.mark.parametrize("name", ["name", "user_agent"])
def test_value_that_is_no_text_is_refused(name: str) -> None:
    arguments: dict[str, Any] = {name: 5}
    with pytest.raises(TypeError, match=f"{name} must be a str, got int"):
        LeadsClient(CANARY, **arguments)


async def test_closed_client_cannot_be_entered() -> None:
    client = LeadsClient(CANARY)
    await client.aclose()
    with pytest.raises(ClientClosedError, match="create a new one"):
        await client.__aenter__()


async def test_closed_session_cannot_be_entered() -> None:
    manager = SessionManager()
    await manager.aclose()
    with pytest.raises(ClientClosedError, match="create a new one"):
        await manager.__aenter__()


async def test_client_of_a_closed_session_cannot_be_entered() -> None:
    manager = SessionManager()
    client = LeadsClient(CANARY, session=manager)
    await manager.aclose()
    with pytest.raises(ClientClosedError, match="closed"):
        await client.__aenter__()
