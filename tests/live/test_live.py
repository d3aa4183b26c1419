"""Test the live check against sandboxes: what it reports, and that it removes its data."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pipedrive_leads_async._http import reference
from pipedrive_leads_async.sandbox import Sandbox
from pipedrive_leads_async.sandbox._operations.open_questions import OPEN_QUESTIONS
from pipedrive_leads_async.sandbox._operations.routes import OPERATIONS
from pipedrive_leads_async.sandbox._state.account import Account

from .check import Result, check, rehearse
from .questions import EXPERIMENTS
from .relay import Exchange
from .report import anonymous, lines
from .shapes import differences

# searchLeads and deletePerson have another cost in v1, which comes first.
_COSTS = {operation.id: operation.cost for operation in OPERATIONS}

pytestmark = pytest.mark.timeout(180)  # a check sends 100 requests, and a rehearsal as many


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(leads=3, burst=(80, 0.1), daily_tokens=100_000, seed=7) as sandbox:
        yield sandbox


def account_of(sandbox: Sandbox) -> Account:
    account: Account = vars(sandbox)["_tenant"].account
    return account


def state(sandbox: Sandbox) -> list[Any]:
    """Return the data of a sandbox that a check could change."""
    account = account_of(sandbox)
    return [
        sandbox.leads,
        sandbox.deals,
        list(account.persons.values()),
        list(account.organizations.values()),
        list(account.webhooks.values()),
        list(account.labels.values()),
        list(account.custom_fields),
    ]


async def start(sandbox: Sandbox, *arguments: str, token: str = "") -> asyncio.subprocess.Process:
    """Start the check of a sandbox in a process."""
    command = ("-m", "tests.live", "--base-url", sandbox.url, *arguments)
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        env=os.environ | {"PIPEDRIVE_API_TOKEN": token or sandbox.api_token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def output(process: asyncio.subprocess.Process) -> str:
    """Return what a process prints until its end."""
    printed, _ = await process.communicate()
    return printed.decode()


_rehearsals: list[Result] = []


async def report(sandbox: Sandbox) -> str:
    """Check a sandbox in this process, and return the report; all share one rehearsal."""
    if not _rehearsals:
        _rehearsals.append(await rehearse())
    result = await check(sandbox.api_token, sandbox.url, max_leads=None)
    return "\n".join(lines(result, _rehearsals[0]))


def private(sandbox: Sandbox) -> set[str]:
    """Return the secrets, and the personal data, of a sandbox."""
    account = account_of(sandbox)
    users = {str(user[key]) for user in account.users.values() for key in ("id", "name", "email")}
    people = {str(person["name"]) for person in account.persons.values()}
    return {sandbox.api_token, account.company["name"], *users, *people}


async def test_check_of_a_sandbox_finds_no_difference_and_removes_its_data(
    sandbox: Sandbox,
) -> None:
    before = state(sandbox)
    process = await start(sandbox)
    printed = await output(process)
    assert process.returncode == 0, printed
    assert not re.search(r"FAIL|differs|DIFFERS|not reached|NOT REMOVED|Traceback", printed)
    assert printed.count("as the sandbox: ") == len(OPEN_QUESTIONS) - 7
    assert printed.count(": not settled") == 7
    assert printed.endswith("All data that the check made is removed.\n")
    assert state(sandbox) == before
    assert not [word for word in private(sandbox) if word in printed]

    announced = re.match(r".* about (\d+) requests.* about (\d+) tokens", printed)
    assert announced is not None
    assert abs(len(sandbox.requests) - int(announced[1])) <= 5
    spent = sum(_COSTS[request.operation or ""] for request in sandbox.requests)
    assert abs(spent - int(announced[2])) <= 50
    operations = {
        value.id for value in vars(reference).values() if isinstance(value, reference.Operation)
    }
    assert operations <= {request.operation for request in sandbox.requests}


@pytest.mark.unix
@pytest.mark.parametrize("operation", ["addPerson", "addLead", "convertLeadToDeal"])
async def test_interrupted_check_removes_its_data(sandbox: Sandbox, operation: str) -> None:
    before = state(sandbox)
    process = await start(sandbox, "--any-size")
    async with asyncio.timeout(120):
        await until_requested(sandbox, operation)
    process.send_signal(signal.SIGINT)
    printed = await output(process)
    assert process.returncode == 130, printed
    assert "The check was interrupted." in printed
    assert "Traceback" not in printed
    assert state(sandbox) == before
    assert len(sandbox.requests) < 95


async def until_requested(sandbox: Sandbox, operation: str) -> None:
    """Wait until the sandbox has received a request of this operation."""
    for _ in range(100_000):
        if operation in {request.operation for request in sandbox.requests}:
            return
        await asyncio.sleep(0.005)


async def test_check_refuses_an_account_with_many_leads() -> None:
    async with Sandbox(leads=50, burst=None) as sandbox:
        sandbox.archive_lead(sandbox.leads[0]["id"])
        sandbox.add_lead()
        process = await start(sandbox)
        printed = await output(process)
        assert process.returncode == 2
        assert "more than 50 leads" in printed
        assert "--any-size" in printed
        assert {request.method for request in sandbox.requests} == {"GET"}


@pytest.mark.parametrize(
    ("arguments", "token", "words"),
    [
        ((), "wrong", "The account cannot be read: AuthenticationError"),
        (("--base-url", "http://pipedrive.example/v1"), "", "base_url"),
    ],
    ids=["wrong token", "no https"],
)
async def test_check_that_cannot_start_prints_the_reason(
    sandbox: Sandbox, arguments: tuple[str, ...], token: str, words: str
) -> None:
    process = await start(sandbox, *arguments, token=token)
    printed = await output(process)
    assert process.returncode == 2
    assert words in printed
    assert sandbox.api_token not in printed
    assert "Traceback" not in printed


async def test_check_reports_how_another_server_differs() -> None:
    async with Sandbox(leads=51, burst=None, honours_archived_status=True) as sandbox:
        before = state(sandbox)
        printed = await report(sandbox)
        line = "archived-status: DIFFERS: selects the leads; the sandbox: ignored\n"
        assert line in printed
        assert "cost-of-refusal: not settled" in printed  # the server has no daily budget
        assert state(sandbox) == before


async def test_failing_operation_is_reported_and_the_check_continues(sandbox: Sandbox) -> None:
    before = state(sandbox)
    sandbox.fail("getLeadSources", status=403)
    sandbox.fail("addDealField", status=404)
    printed = await report(sandbox)
    assert re.search(r"FAIL +sources and fields: PermissionDeniedError", printed)
    assert re.search(r"FAIL +new custom fields: NotFoundError", printed)
    assert "GET /v1/leadSources: status 403, in the sandbox 200" in printed
    assert "option-label: unexpected result: KeyError 'enum'" in printed
    assert "second-deletion: as the sandbox" in printed
    assert state(sandbox) == before


async def test_data_that_cannot_be_removed_is_reported(sandbox: Sandbox) -> None:
    before = state(sandbox)
    sandbox.fail("deletePerson", status=403, times=5)
    assert "NOT REMOVED: person (PermissionDeniedError)" in await report(sandbox)
    assert "All data that the check made is removed." in await report(sandbox)
    assert state(sandbox) == before


def test_every_question_has_an_experiment() -> None:
    assert list(EXPERIMENTS) == [question.id for question in OPEN_QUESTIONS]


def exchange(body: Any, *, endpoint: str = "GET /v1/leads", status: int = 200) -> Exchange:
    return Exchange("lists", endpoint, status, body, {})


LEAD = {"id": "8ba414d0-8ad8-11ef-9e9e-07879dd74146", "value": None, "f" * 40: "x"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"data": [LEAD]}, []),
        ({"data": [LEAD, LEAD]}, []),
        ({"data": []}, []),
        ({"data": [LEAD | {"value": {"amount": 5}}]}, []),
        ({"data": [LEAD | {"a" * 40: 5}]}, []),
        ({"data": [LEAD | {"new": 5}]}, ["body.data[].new is missing in the sandbox"]),
        ({"data": [{"id": "x"}]}, ["body.data[].value is only in the sandbox"]),
        ({"data": [LEAD | {"id": 5}]}, ["body.data[].id is number, in the sandbox text"]),
        ({"data": [LEAD | {"id": None}]}, []),
        ([], ["body is list, in the sandbox object"]),
    ],
)
def test_shapes_differ_in_keys_and_types(body: Any, expected: list[str]) -> None:
    found = differences([exchange(body)], [exchange({"data": [LEAD]})])
    assert found == [f"GET /v1/leads (200): {line}" for line in expected]


def test_statuses_and_endpoints_differ() -> None:
    real = [exchange({}, status=201), exchange({}, endpoint="GET /v1/users/me")]
    assert differences(real, [exchange({})]) == [
        "GET /v1/leads: status 201, in the sandbox 200",
        "GET /v1/users/me: status 200, in the sandbox not requested",
    ]


def test_429_is_no_difference() -> None:
    assert differences([exchange({}), exchange({}, status=429)], [exchange({})]) == []


@pytest.mark.parametrize(
    "secret",
    [
        "ann@example.com",
        "https://acme.pipedrive.com/leads",
        "8ba414d0-8ad8-11ef-9e9e-07879dd74146",
        "3ce5b1409718d65a8adc965be1f0da8821d8b9ab",
        "11884360",
    ],
)
def test_report_has_no_addresses_ids_or_tokens(secret: str) -> None:
    assert anonymous(f"The lead of {secret} is odd") == "The lead of … is odd"
