"""Test the reports of the doctor about the network, the clock and the server."""

from __future__ import annotations

import datetime as dt
import re
import socket
from email.utils import format_datetime

import pytest

from tests.doctor.doctor_run import USER, run_doctor, run_doctor_against
from tests.support.calls import CANARY
from tests.support.network_failures import server_tls_context
from tests.support.raw_server import RawServer, ScriptedResponse, failure, http, success


async def clock_line(ahead: float) -> str:
    """Run the doctor with a clock this many seconds ahead of a server that refuses it."""
    server_time = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=ahead)
    date = format_datetime(server_time, usegmt=True)
    async with RawServer((failure(401, date=date),)) as server:
        run = await run_doctor_against(server)
    [line] = [line for line in run.lines if "clock" in line]
    return line


async def test_doctor_reports_a_wrong_clock_after_a_failure() -> None:
    behind = await clock_line(-600)
    assert re.match(r"warn clock: (598|599|600) seconds behind Pipedrive's Set this", behind)
    ahead = await clock_line(4000)
    assert re.match(r"warn clock: 4,00\d seconds ahead of Pipedrive's Set this", ahead)


@pytest.mark.parametrize("ahead", [-50, 50])
async def test_doctor_accepts_a_clock_within_the_tolerance(ahead: int) -> None:
    assert await clock_line(ahead) == "ok clock: agrees with Pipedrive's"


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 23 Nov 2026 10:00:00 +9999999999"])
async def test_doctor_ignores_an_invalid_date_header(date: str) -> None:
    async with RawServer((success(USER, date=date),), (success([], date=date),)) as server:
        run = await run_doctor_against(server)
    assert not [line for line in run.lines if "clock" in line]
    assert run.code == 0


def nowhere() -> str:
    """Return the URL of a port without a listener."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_doctor_names_an_unreachable_host() -> None:
    url = nowhere()
    run = run_doctor(f"--base-url={url}", PIPEDRIVE_API_TOKEN=CANARY)
    [failed] = run.failures
    assert f"the connection to {url.removeprefix('http://')} failed" in failed
    assert "whether a firewall stops this machine" in failed
    assert "HTTPS_PROXY" not in failed
    assert run.code == 1


def test_doctor_mentions_a_proxy_that_the_client_does_not_use() -> None:
    run = run_doctor(
        f"--base-url={nowhere()}",
        PIPEDRIVE_API_TOKEN=CANARY,
        HTTPS_PROXY="http://proxy.example:3128",
    )
    [failed] = run.failures
    assert "The environment has a proxy (HTTPS_PROXY)" in failed
    assert "SessionManager(trust_env=True)" in failed


async def test_doctor_distinguishes_a_proxy_certificate_from_no_connection() -> None:
    async with RawServer((success(),), ssl=server_tls_context()) as server:
        run = await run_doctor_against(server)
    [failed] = run.failures
    assert "TLS failed" in failed
    assert "SessionManager(ssl=ssl.create_default_context(cafile=...))" in failed


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        ((failure(404, "not found"),), "https://<company>.pipedrive.com without a path"),
        ((failure(503),), "Pipedrive has a problem"),
        ((failure(429, retry_after="30"),), "Other programs use up the burst limit"),
        ((http(200, b"<html>Please log in</html>"),), "a network that requires a login"),
        ((http(302, location="https://login.example/"),), "a network that requires a login"),
        ((failure(402, "company not open"),), "Pipedrive returned 402: company not open"),
    ],
    ids=["no such path", "server error", "burst limit", "login page", "redirect", "not paid"],
)
async def test_doctor_reports_each_error_with_advice(answer: ScriptedResponse, advice: str) -> None:
    async with RawServer(answer) as server:
        run = await run_doctor_against(server)
        assert len(server.requests) == 1
    [failed] = run.failures
    assert failed.startswith("FAIL account: GET /v1/users/me: ")
    assert advice in failed
    assert run.code == 1


async def test_doctor_names_an_unreadable_lead_without_its_values() -> None:
    lead = {"id": "8ba414d0-8ad8-11ef-9e9e-07879dd74146", "title": ["Jane Roe"]}
    async with RawServer((success(USER),), (success([lead]),)) as server:
        run = await run_doctor_against(server)
    [failed] = run.failures
    assert "$.data[0].title: expected str, got list" in failed
    assert "get_leads(on_malformed=...)" in failed
    assert "Jane Roe" not in failed
