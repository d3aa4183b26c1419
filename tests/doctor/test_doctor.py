"""The doctor: what a person sees who asks why the library does not reach an account."""

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
from pipedrive_leads_async.__main__ import main
from pipedrive_leads_async._doctor.examination import account
from pipedrive_leads_async._http.base_url import DEFAULT_BASE_URL, BaseUrl
from pipedrive_leads_async.sandbox import Sandbox
from tests.doctor.doctor_run import USER, Examination, examined, examined_at
from tests.support.calls import CANARY
from tests.support.raw_server import RawServer, failure, success

# As a person starts it


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PIPEDRIVE")}
    return subprocess.run(
        [sys.executable, "-X", "dev", "-m", "pipedrive_leads_async", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=inherited | environment,
    )


def test_where_all_is_well_every_line_is_ok_and_the_exit_code_0(sandbox: Sandbox) -> None:
    done = command(PIPEDRIVE_API_TOKEN=sandbox.api_token, PIPEDRIVE_BASE_URL=sandbox.url)
    assert (done.returncode, done.stderr) == (0, "")
    ours, orjson, token, place, account, *lines = Examination(0, done.stdout).lines
    assert ours.startswith(f"ok pipedrive-leads-async {__version__}, Python 3.")
    assert f", aiohttp {importlib.metadata.version('aiohttp')}" in ours
    assert orjson == f"ok orjson {importlib.metadata.version('orjson')}"
    assert token == "ok token: PIPEDRIVE_API_TOKEN"
    assert place == f"ok base URL: {sandbox.url}"
    assert re.fullmatch(r"ok account: [\w ]+ at [\w ]+", account)
    assert lines == [
        "ok leads: can be read; whether they can be changed was not tried",
        "ok labels: 3",
        "ok burst limit: not told",
        "ok daily budget: not told",
        "ok clock: agrees with Pipedrive's",
    ]
    assert sandbox.api_token not in done.stdout


def test_without_a_token_it_says_where_there_is_one() -> None:
    done = command()
    assert (done.returncode, done.stderr) == (1, "")
    [failure] = Examination(1, done.stdout).failures
    assert failure.startswith("FAIL token: PIPEDRIVE_API_TOKEN is not set. Set it to the token")
    assert "Settings > Personal preferences > API" in failure


def test_a_token_as_an_argument_is_refused_and_not_repeated(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([CANARY])
    printed, errors = capsys.readouterr()
    assert printed == ""
    assert "tokens are not given here" in errors
    assert CANARY not in errors


@pytest.mark.parametrize(
    ("terminal", "name"),
    [(io.TextIOWrapper(io.BytesIO(), encoding="ascii"), r"J\xfcrgen"), (io.StringIO(), "Jürgen")],
    ids=["a terminal", "a text in its place"],
)
async def test_a_name_that_the_terminal_cannot_show_is_no_trouble(
    terminal: io.TextIOBase, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("PIPEDRIVE_API_TOKEN", CANARY)
    user = {**USER, "name": "J\N{LATIN SMALL LETTER U WITH DIAERESIS}rgen"}
    async with RawServer((success(user),), (success([]),)) as server:
        assert await asyncio.to_thread(main, [f"--base-url={server.url}"]) == 0
    terminal.seek(0)
    assert f"account: {name} at Acme" in terminal.read()


def test_the_base_url_of_the_command_line_wins(sandbox: Sandbox) -> None:
    there = examined(
        f"--base-url={sandbox.url}",
        PIPEDRIVE_API_TOKEN=sandbox.api_token,
        PIPEDRIVE_BASE_URL="https://elsewhere.example",
    )
    assert there.line("ok base URL") == f"ok base URL: {sandbox.url}"
    assert there.code == 0


# Before anything is sent


def test_an_oauth_token_in_the_variable_of_the_api_token_is_recognised(sandbox: Sandbox) -> None:
    there = examined(PIPEDRIVE_API_TOKEN=sandbox.access_token)
    [failure] = there.failures
    assert "holds an OAuth access token" in failure
    assert "belongs in PIPEDRIVE_ACCESS_TOKEN" in failure
    assert there.code == 1


@pytest.mark.parametrize("name", ["PIPEDRIVE_API_TOKEN", "PIPEDRIVE_ACCESS_TOKEN"])
def test_a_token_with_a_line_break_is_to_be_copied_again(name: str) -> None:
    there = examined(**{name: f"{CANARY}\n"})
    assert "copy it again, without what is around it" in there.lines[-1]
    assert not [line for line in there.lines if line.startswith("ok token")]
    assert there.code == 1


@pytest.mark.parametrize(
    ("base_url", "reason"),
    [
        ("http://acme.pipedrive.com", "a credential is not sent in clear"),
        ("https://acme.pipedrive.com/api/v2", "base_url must be the root of version 1"),
        (f"https://me:{CANARY}@acme.pipedrive.com", "base_url has user info"),
    ],
)
def test_a_base_url_that_cannot_be_is_named(base_url: str, reason: str) -> None:
    there = examined(f"--base-url={base_url}", PIPEDRIVE_API_TOKEN=CANARY)
    [failure] = there.failures
    assert reason in failure
    assert there.code == 1


def test_of_two_tokens_the_one_is_examined_that_a_client_takes(sandbox: Sandbox) -> None:
    there = examined(
        f"--base-url={sandbox.url}",
        PIPEDRIVE_API_TOKEN=sandbox.api_token,
        PIPEDRIVE_ACCESS_TOKEN=CANARY,
    )
    assert "Unset one" in there.line("warn token: PIPEDRIVE_API_TOKEN and PIPEDRIVE_ACCESS_TOKEN")
    assert there.code == 0


def test_without_orjson_it_says_how_to_get_it(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        if name == "orjson":
            raise importlib.metadata.PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr("pipedrive_leads_async._doctor.examination.version", version)
    there = examined(f"--base-url={sandbox.url}", PIPEDRIVE_API_TOKEN=sandbox.api_token)
    assert 'pip install "pipedrive-leads-async[speed]"' in there.line("ok orjson is not installed")
    assert there.code == 0


# What the account says


def test_an_access_token_is_examined_like_an_api_token(sandbox: Sandbox) -> None:
    there = examined(f"--base-url={sandbox.url}", PIPEDRIVE_ACCESS_TOKEN=sandbox.access_token)
    assert there.line("ok token") == "ok token: PIPEDRIVE_ACCESS_TOKEN"
    assert there.code == 0


def test_a_token_that_is_not_accepted_ends_the_examination(sandbox: Sandbox) -> None:
    sandbox.revoke()
    there = examined(f"--base-url={sandbox.url}", PIPEDRIVE_API_TOKEN=sandbox.api_token)
    [failure] = there.failures
    assert failure.startswith("FAIL account: GET /v1/users/me: Pipedrive answered 401")
    assert "Copy the token again" in failure
    assert "look at the base URL" in failure
    assert there.code == 1
    assert len(sandbox.requests) == 1
    assert not [line for line in there.lines if "leads:" in line or "limit" in line]


def test_an_access_token_that_expired_is_to_be_renewed(sandbox: Sandbox) -> None:
    token = sandbox.access_token
    sandbox.revoke()
    [failure] = examined(f"--base-url={sandbox.url}", PIPEDRIVE_ACCESS_TOKEN=token).failures
    assert "An access token is good for an hour" in failure
    assert "OAuth2, which renews it" in failure


def test_an_api_token_in_the_variable_of_oauth_is_recognised(sandbox: Sandbox) -> None:
    token = sandbox.api_token
    [failure] = examined(f"--base-url={sandbox.url}", PIPEDRIVE_ACCESS_TOKEN=token).failures
    assert "It looks like an API token" in failure
    assert "it belongs in PIPEDRIVE_API_TOKEN" in failure


async def test_a_scope_that_the_app_lacks_is_named_and_the_rest_examined() -> None:
    mismatch = (failure(403, "Scope and URL mismatch"),)
    async with RawServer((success(USER),), mismatch, (success([]),)) as server:
        there = await examined_at(server, PIPEDRIVE_ACCESS_TOKEN=CANARY)
    [failed] = there.failures
    assert failed.startswith("FAIL leads: getLeads: Pipedrive answered 403: Scope and URL mismatch")
    assert "leads:read is needed to read" in failed
    assert there.line("ok labels") == "ok labels: 0"
    assert there.code == 1


def test_a_user_who_may_not_see_leads_is_told_who_can_change_that(sandbox: Sandbox) -> None:
    sandbox.fail("getLeads", status=403)
    there = examined(f"--base-url={sandbox.url}", PIPEDRIVE_API_TOKEN=sandbox.api_token)
    assert "an administrator changes that in the permission sets" in there.line("FAIL leads")


def test_a_client_that_is_blocked_is_told_to_send_nothing(sandbox: Sandbox) -> None:
    sandbox.block()
    there = examined(f"--base-url={sandbox.url}", PIPEDRIVE_API_TOKEN=sandbox.api_token)
    [failed] = there.failures
    assert "Send nothing for some minutes" in failed
    assert len(sandbox.requests) == 1


def test_a_budget_that_is_used_up_is_named() -> None:
    with Sandbox(leads=0, daily_tokens=0) as sandbox:
        there = examined(f"--base-url={sandbox.url}", PIPEDRIVE_API_TOKEN=sandbox.api_token)
    [failed] = there.failures
    assert "daily request budget exceeded" in failed
    assert "Wait until Pipedrive's midnight" in failed


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
def test_the_limits_are_told_and_what_they_are_enough_for(tokens: int, said: str) -> None:
    with Sandbox(leads=1, daily_tokens=tokens) as sandbox:
        there = examined(f"--base-url={sandbox.url}", PIPEDRIVE_API_TOKEN=sandbox.api_token)
    assert there.line("ok burst limit") == "ok burst limit: 20 requests in 2 seconds"
    assert there.line(said.split(":", maxsplit=1)[0]).startswith(said)
    assert there.code == 0


async def test_a_budget_may_be_told_without_its_size() -> None:
    left = {"x_daily_ratelimit_token_remaining": "40"}
    async with RawServer((success(USER),), (success([], **left),)) as server:
        there = await examined_at(server)
    said = "ok daily budget: 40 tokens left, enough to read 1,000 leads"
    assert there.line("ok daily budget") == said


async def test_a_user_of_another_form_is_no_failure() -> None:
    async with RawServer((success(None),), (success([]),)) as server:
        there = await examined_at(server)
    assert there.line("warn account") == (
        "warn account: the token is good, but not told whose it is"
    )
    assert there.code == 0


async def test_the_host_of_the_company_is_proposed_to_who_does_not_use_it() -> None:
    async with (
        RawServer((success(USER),)) as server,
        LeadsClient(CANARY, base_url=server.url) as client,
    ):
        for base_url in ("https://acme.pipedrive.com", server.url):
            assert (await account(BaseUrl.parse(base_url), client)).advice == ""
        proposed = (await account(BaseUrl.parse(DEFAULT_BASE_URL), client)).advice
    assert proposed == 'Its own host answers faster: base_url="https://acme.pipedrive.com".'
