"""Test the reports of the doctor about tokens, permissions and limits."""

from __future__ import annotations

import asyncio
import importlib.metadata
import io
import os
import re
import subprocess
import sys

import pytest

from pipedrive_leads_async import LeadsClient, __version__
from pipedrive_leads_async._cli.command import main
from pipedrive_leads_async._doctor.examination import account
from pipedrive_leads_async._http.base_url import DEFAULT_BASE_URL, BaseUrl
from pipedrive_leads_async.sandbox import Sandbox
from tests.doctor.doctor_run import USER, DoctorRun, run_doctor, run_doctor_against
from tests.support.calls import CANARY
from tests.support.raw_server import RawServer, failure, success

# The command line


def command(**environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PIPEDRIVE")}
    return subprocess.run(
        # Not `-X dev`, with which asyncio reports a task that a busy machine made slow.
        [sys.executable, "-W", "default", "-m", "pipedrive_leads_async", "doctor"],
        check=False,
        capture_output=True,
        text=True,
        env=inherited | environment,
    )


def test_doctor_reports_ok_and_exits_with_0_without_problems(sandbox: Sandbox) -> None:
    done = command(PIPEDRIVE_API_TOKEN=sandbox.api_token, PIPEDRIVE_BASE_URL=sandbox.url)
    assert (done.returncode, done.stderr) == (0, "")
    ours, msgspec, token, place, account, *lines = DoctorRun(0, done.stdout).lines
    assert ours.startswith(f"ok pipedrive-leads-async {__version__}, Python 3.")
    assert f", aiohttp {importlib.metadata.version('aiohttp')}" in ours
    assert msgspec == f"ok msgspec {importlib.metadata.version('msgspec')}"
    assert token == "ok token: PIPEDRIVE_API_TOKEN"
    assert place == f"ok base URL: {sandbox.url}"
    assert re.fullmatch(r"ok account: [\w ]+ at [\w ]+", account)
    assert lines == [
        "ok leads: can be read; writing was not tested",
        "ok labels: 3",
        "ok burst limit: unknown",
        "ok daily budget: unknown",
        "ok clock: agrees with Pipedrive's",
    ]
    assert sandbox.api_token not in done.stdout


def test_doctor_without_a_token_reports_where_to_find_one() -> None:
    run = run_doctor()
    assert run.code == 1
    [failure] = run.failures
    assert failure.startswith("FAIL token: PIPEDRIVE_API_TOKEN is not set. Set it to the token")
    assert "Settings > Personal preferences > API" in failure


def test_doctor_refuses_a_token_argument_without_repeating_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["doctor", CANARY]) == 2
    printed, errors = capsys.readouterr()
    assert printed == ""
    assert "set the token in PIPEDRIVE_API_TOKEN" in errors
    assert CANARY not in errors


@pytest.mark.parametrize(
    ("terminal", "name"),
    [(io.TextIOWrapper(io.BytesIO(), encoding="ascii"), r"J\xfcrgen"), (io.StringIO(), "Jürgen")],
    ids=["a terminal", "a text in its place"],
)
async def test_doctor_escapes_letters_that_the_terminal_lacks(
    terminal: io.TextIOBase, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("PIPEDRIVE_API_TOKEN", CANARY)
    user = {**USER, "name": "J\N{LATIN SMALL LETTER U WITH DIAERESIS}rgen"}
    async with RawServer((success(user),), (success([]),)) as server:
        assert await asyncio.to_thread(main, ["doctor", f"--base-url={server.url}"]) == 0
    terminal.seek(0)
    assert f"account: {name} at Acme" in terminal.read()


def test_base_url_argument_wins_over_the_environment(sandbox: Sandbox) -> None:
    run = run_doctor(
        f"--base-url={sandbox.url}",
        PIPEDRIVE_API_TOKEN=sandbox.api_token,
        PIPEDRIVE_BASE_URL="https://elsewhere.example",
    )
    assert run.line("ok base URL") == f"ok base URL: {sandbox.url}"
    assert run.code == 0


# Problems found before a request


def test_doctor_recognises_an_oauth_token_in_the_api_token_variable(sandbox: Sandbox) -> None:
    run = run_doctor(PIPEDRIVE_API_TOKEN=sandbox.access_token)
    [failure] = run.failures
    assert "is an OAuth access token" in failure
    assert "Set it as PIPEDRIVE_ACCESS_TOKEN" in failure
    assert run.code == 1


@pytest.mark.parametrize("name", ["PIPEDRIVE_API_TOKEN", "PIPEDRIVE_ACCESS_TOKEN"])
def test_doctor_asks_to_copy_a_token_with_a_line_break_again(name: str) -> None:
    run = run_doctor(**{name: f"{CANARY}\n"})
    assert "copy it again, without the characters around it" in run.lines[-1]
    assert not [line for line in run.lines if line.startswith("ok token")]
    assert run.code == 1


@pytest.mark.parametrize(
    ("base_url", "reason"),
    [
        ("http://acme.pipedrive.com", "base_url is not https"),
        ("https://acme.pipedrive.com/api/v2", "base_url must end in /v1 or /api/v1"),
        (f"https://me:{CANARY}@acme.pipedrive.com", "base_url has user info"),
    ],
)
def test_doctor_names_an_invalid_base_url(base_url: str, reason: str) -> None:
    run = run_doctor(f"--base-url={base_url}", PIPEDRIVE_API_TOKEN=CANARY)
    [failure] = run.failures
    assert reason in failure
    assert run.code == 1


def test_doctor_uses_the_api_token_if_both_variables_are_set(sandbox: Sandbox) -> None:
    run = run_doctor(
        f"--base-url={sandbox.url}",
        PIPEDRIVE_API_TOKEN=sandbox.api_token,
        PIPEDRIVE_ACCESS_TOKEN=CANARY,
    )
    assert "Unset one" in run.line("warn token: PIPEDRIVE_API_TOKEN and PIPEDRIVE_ACCESS_TOKEN")
    assert run.code == 0


def test_doctor_reports_how_to_install_msgspec(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipedrive_leads_async._doctor.examination.msgspec", None)
    run = run_doctor(f"--base-url={sandbox.url}", PIPEDRIVE_API_TOKEN=sandbox.api_token)
    found = run.line("ok msgspec is not installed, or older than 0.21.1")
    assert 'pip install -U "pipedrive-leads-async[speed]"' in found
    assert run.code == 0


# Responses of the account


def test_doctor_accepts_an_access_token(sandbox: Sandbox) -> None:
    run = run_doctor(f"--base-url={sandbox.url}", PIPEDRIVE_ACCESS_TOKEN=sandbox.access_token)
    assert run.line("ok token") == "ok token: PIPEDRIVE_ACCESS_TOKEN"
    assert run.code == 0


def test_doctor_ends_after_a_refused_token(sandbox: Sandbox) -> None:
    sandbox.revoke()
    run = run_doctor(f"--base-url={sandbox.url}", PIPEDRIVE_API_TOKEN=sandbox.api_token)
    [failure] = run.failures
    assert failure.startswith("FAIL account: GET /v1/users/me: Pipedrive returned 401")
    assert "Copy the token again" in failure
    assert "to find out" not in failure
    assert "check the base URL" in failure
    assert run.code == 1
    assert len(sandbox.requests) == 1
    assert not [line for line in run.lines if "leads:" in line or "limit" in line]


def test_doctor_advises_to_renew_an_expired_access_token(sandbox: Sandbox) -> None:
    token = sandbox.access_token
    sandbox.revoke()
    [failure] = run_doctor(f"--base-url={sandbox.url}", PIPEDRIVE_ACCESS_TOKEN=token).failures
    assert "An access token is valid for an hour" in failure
    assert "OAuth2 to the client, which refreshes it" in failure


def test_doctor_recognises_an_api_token_in_the_oauth_variable(sandbox: Sandbox) -> None:
    token = sandbox.api_token
    [failure] = run_doctor(f"--base-url={sandbox.url}", PIPEDRIVE_ACCESS_TOKEN=token).failures
    assert "It looks like an API token" in failure
    assert "set it as PIPEDRIVE_API_TOKEN" in failure


async def test_doctor_names_a_missing_scope_and_continues() -> None:
    mismatch = (failure(403, "Scope and URL mismatch"),)
    async with RawServer((success(USER),), mismatch, (success([]),)) as server:
        run = await run_doctor_against(server, PIPEDRIVE_ACCESS_TOKEN=CANARY)
    [failed] = run.failures
    assert failed.startswith("FAIL leads: getLeads: Pipedrive returned 403: Scope and URL mismatch")
    assert "leads:read is needed to read" in failed
    assert run.line("ok labels") == "ok labels: 0"
    assert run.code == 1


def test_doctor_advises_a_user_without_permission(sandbox: Sandbox) -> None:
    sandbox.fail("getLeads", status=403)
    run = run_doctor(f"--base-url={sandbox.url}", PIPEDRIVE_API_TOKEN=sandbox.api_token)
    assert "an administrator grants it in the permission sets" in run.line("FAIL leads")


def test_doctor_advises_a_blocked_client_to_send_nothing(sandbox: Sandbox) -> None:
    sandbox.block()
    run = run_doctor(f"--base-url={sandbox.url}", PIPEDRIVE_API_TOKEN=sandbox.api_token)
    [failed] = run.failures
    assert "Send nothing for some minutes" in failed
    assert len(sandbox.requests) == 1


def test_doctor_reports_an_exhausted_daily_budget() -> None:
    with Sandbox(leads=0, daily_tokens=0) as sandbox:
        run = run_doctor(f"--base-url={sandbox.url}", PIPEDRIVE_API_TOKEN=sandbox.api_token)
    [failed] = run.failures
    assert "daily request budget exceeded" in failed
    assert "Wait until midnight in Pipedrive's time zone" in failed


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        (
            150_000,
            "ok daily budget: 149,968 of 150,000 tokens left, enough to read 3,749,000 leads",
        ),
        (35, "warn daily budget: 3 of 35 tokens left, enough to read 0 leads"),
    ],
)
def test_doctor_reports_the_limits_and_the_leads_they_allow(tokens: int, said: str) -> None:
    with Sandbox(leads=1, daily_tokens=tokens) as sandbox:
        run = run_doctor(f"--base-url={sandbox.url}", PIPEDRIVE_API_TOKEN=sandbox.api_token)
    assert run.line("ok burst limit") == "ok burst limit: 20 requests in 2 seconds"
    assert run.line(said.split(":", maxsplit=1)[0]).startswith(said)
    assert run.code == 0


async def test_doctor_reports_a_daily_budget_without_its_limit() -> None:
    left = {"x_daily_ratelimit_token_remaining": "40"}
    async with RawServer((success(USER),), (success([], **left),)) as server:
        run = await run_doctor_against(server)
    said = "ok daily budget: 40 tokens left, enough to read 1,000 leads"
    assert run.line("ok daily budget") == said


async def test_doctor_warns_about_a_user_of_another_form() -> None:
    async with RawServer((success(None),), (success([]),)) as server:
        run = await run_doctor_against(server)
    assert run.line("warn account") == (
        "warn account: the token is valid, but the response names no user"
    )
    assert run.code == 0


async def test_doctor_proposes_the_host_of_the_company() -> None:
    async with (
        RawServer((success(USER),)) as server,
        LeadsClient(CANARY, base_url=server.url) as client,
    ):
        for base_url in ("https://acme.pipedrive.com", server.url):
            assert (await account(BaseUrl.parse(base_url), client)).advice == ""
        proposed = (await account(BaseUrl.parse(DEFAULT_BASE_URL), client)).advice
    assert proposed == 'Its own host answers faster: base_url="https://acme.pipedrive.com".'
