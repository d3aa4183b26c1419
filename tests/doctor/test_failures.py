"""The doctor where the network, the clock or the server is at fault."""

from __future__ import annotations

import datetime as dt
import re
import socket
from email.utils import format_datetime

import pytest

from tests.doctor.doctor_run import USER, examined, examined_at
from tests.support.calls import CANARY
from tests.support.network_failures import server_tls_context
from tests.support.raw_server import RawServer, ScriptedResponse, failure, http, success


async def clock_line(ahead: float) -> str:
    """Examine a machine whose clock is so many seconds ahead of a server that refuses it."""
    there_it_is = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=ahead)
    date = format_datetime(there_it_is, usegmt=True)
    async with RawServer((failure(401, date=date),)) as server:
        there = await examined_at(server)
    [line] = [line for line in there.lines if "clock" in line]
    return line


async def test_a_clock_that_is_wrong_is_told_even_if_nothing_else_works() -> None:
    behind = await clock_line(-600)
    assert re.match(r"warn clock: (598|599|600) seconds behind Pipedrive's Set this", behind)
    ahead = await clock_line(4000)
    assert re.match(r"warn clock: 4,00\d seconds ahead of Pipedrive's Set this", ahead)


@pytest.mark.parametrize("ahead", [-50, 50])
async def test_a_clock_that_is_a_little_wrong_is_right(ahead: int) -> None:
    assert await clock_line(ahead) == "ok clock: agrees with Pipedrive's"


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 23 Nov 2026 10:00:00 +9999999999"])
async def test_a_time_that_is_none_is_no_clock(date: str) -> None:
    async with RawServer((success(USER, date=date),), (success([], date=date),)) as server:
        there = await examined_at(server)
    assert not [line for line in there.lines if "clock" in line]
    assert there.code == 0


def nowhere() -> str:
    """Give the URL of a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_a_host_that_cannot_be_reached_is_named() -> None:
    url = nowhere()
    there = examined(f"--base-url={url}", PIPEDRIVE_API_TOKEN=CANARY)
    [failed] = there.failures
    assert f"the connection to {url.removeprefix('http://')} failed" in failed
    assert "does a firewall let this machine reach it?" in failed
    assert "HTTPS_PROXY" not in failed
    assert there.code == 1


def test_a_proxy_that_no_client_uses_by_itself_is_pointed_out() -> None:
    there = examined(
        f"--base-url={nowhere()}",
        PIPEDRIVE_API_TOKEN=CANARY,
        HTTPS_PROXY="http://proxy.example:3128",
    )
    [failed] = there.failures
    assert "The environment has a proxy (HTTPS_PROXY)" in failed
    assert "SessionManager(trust_env=True)" in failed


async def test_a_certificate_of_a_proxy_is_told_from_a_host_that_is_away() -> None:
    async with RawServer((success(),), ssl=server_tls_context()) as server:
        there = await examined_at(server)
    [failed] = there.failures
    assert "TLS failed" in failed
    assert "SessionManager(ssl=ssl.create_default_context(cafile=...))" in failed


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        ((failure(404, "not found"),), "https://<company>.pipedrive.com without a path"),
        ((failure(503),), "Pipedrive has a problem of its own"),
        ((failure(429, retry_after="30"),), "Other programs use up the burst limit"),
        ((http(200, b"<html>Please log in</html>"),), "a network that wants a login first"),
        ((http(302, location="https://login.example/"),), "a network that wants a login first"),
        ((failure(402, "company not open"),), "Pipedrive answered 402: company not open"),
    ],
    ids=["no such path", "server error", "burst limit", "login page", "redirect", "not paid"],
)
async def test_what_is_wrong_is_said_with_what_to_do(answer: ScriptedResponse, advice: str) -> None:
    async with RawServer(answer) as server:
        there = await examined_at(server)
        assert len(server.requests) == 1
    [failed] = there.failures
    assert failed.startswith("FAIL account: GET /v1/users/me: ")
    assert advice in failed
    assert there.code == 1


async def test_a_lead_that_cannot_be_read_is_named_without_what_is_in_it() -> None:
    lead = {"id": "8ba414d0-8ad8-11ef-9e9e-07879dd74146", "title": ["Jane Roe"]}
    async with RawServer((success(USER),), (success([lead]),)) as server:
        there = await examined_at(server)
    [failed] = there.failures
    assert "$.data[0].title: expected str, got list" in failed
    assert "get_leads(on_malformed=...)" in failed
    assert "Jane Roe" not in failed
