"""Test every operation against every fault: the error, the retries, and a possible change.

The cases are the rows of `fault_matrix.py`; the table of `docs/errors.md` has the same rows.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from pipedrive_leads_async import (
    DecodeError,
    GoneError,
    LeadsClient,
    NotFoundError,
    OutcomeUnknownError,
    TransportError,
)
from pipedrive_leads_async._http.deadline import Deadline
from tests.every_operation.fault_forms import PATIENT, Fault
from tests.every_operation.fault_matrix import (
    ERROR,
    LOOKUP,
    PAUSE,
    RETRY,
    ROWS,
    UNKNOWN,
    Outcome,
    Row,
)
from tests.every_operation.operations import (
    EACH_OPERATION,
    EMPTY_PAGE,
    KEY,
    ONE_OF_EACH_KIND,
    ONE_PAGE,
    OPERATIONS,
)
from tests.every_operation.outcomes import Observed, call, carry_out, serving
from tests.every_operation.table.exchanges import Kind, Operation
from tests.support.raw_server import ScriptedResponse, failure, http

GUIDE: Final = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
DOCUMENTED: Final = GUIDE.partition("| fault |")[2].partition("\n\n")[0]

DELETED_BEFORE: Final = http(410, b'{"success": true, "data": {"id": 11}}')
"""A recorded response of Pipedrive to the deletion of something that was deleted before."""

Check: TypeAlias = Callable[[Row, Fault, Operation], Coroutine[Any, Any, None]]
"""A check of one cell of the table; it is a coroutine, so that the cells run concurrently."""


@pytest.fixture(autouse=True)
def limit_responses_to_128_kib(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower the limit of 32 MiB, so that a response that is too large takes little time."""
    monkeypatch.setattr("pipedrive_leads_async._http.transport.transport._MAX_BODY", 1 << 17)


begun: ContextVar[list[Deadline]] = ContextVar("begun")
"""The deadlines that an operation has begun."""


@pytest.fixture(autouse=True)
def record_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Record the deadlines of each operation in `begun`."""
    original = Deadline.__init__

    def record(deadline: Deadline, seconds: float) -> None:
        original(deadline, seconds)
        begun.get([]).append(deadline)

    monkeypatch.setattr(Deadline, "__init__", record)


async def meet(
    fault: Fault, operation: Operation, *responses: ScriptedResponse, times: int = 1
) -> Observed:
    """Carry out an operation whose first requests meet the fault."""
    faults = [fault.response] * times if fault.is_sent else []
    if fault.expires:
        return await expire(operation, *faults, *responses)
    return await carry_out(
        operation,
        *faults,
        *responses,
        network=fault.network,
        failures=times,
        timeout=fault.timeout,
    )


async def expire(operation: Operation, *responses: ScriptedResponse) -> Observed:
    """Carry out an operation, and move its deadlines to the time at which its response begins.

    A short deadline could pass before a busy machine has sent the request.
    """
    deadlines: list[Deadline] = []
    begun.set(deadlines)
    async with serving(operation, *responses, timeout=PATIENT) as (client, server):
        calling = asyncio.create_task(call(operation, client))
        await server.received(len(operation.before) + 1)
        await asyncio.sleep(0.05)
        for deadline in deadlines:
            deadline.move(time.monotonic(), deadline.seconds)
        result, error = await calling
        return Observed(result, error, len(server.requests[len(operation.before) :]))


def assert_fails(observed: Observed, row: Row, fault: Fault, *, unknown: bool = False) -> None:
    """Check that the error names the fault, and whether the request may have been carried out."""
    error: BaseException | None = observed.error
    if unknown:
        assert isinstance(error, OutcomeUnknownError)
        error = error.__cause__
    assert type(error) is fault.error
    if isinstance(error, TransportError):
        # A deadline can expire before or after the request is sent.
        assert error.sent is (None if row.name == "an expired deadline" else row.maybe_done)


# One check for each outcome


async def recovers(row: Row, fault: Fault, operation: Operation) -> None:
    observed = await meet(fault, operation, operation.response)
    assert observed == Observed(operation.result, None, requests=fault.is_sent + 1)


async def fails_after_three_attempts(row: Row, fault: Fault, operation: Operation) -> None:
    if fault.is_free:
        observed = await meet(fault, operation, operation.response, times=5)
        assert observed == Observed(operation.result, None, requests=6)
    else:
        observed = await meet(fault, operation, times=3)
        assert_fails(observed, row, fault)
        assert observed.requests == 3 * fault.is_sent
        assert observed.error is not None
        assert observed.error.attempts == 3


async def fails_at_once(row: Row, fault: Fault, operation: Operation) -> None:
    observed = await meet(fault, operation, operation.response)
    assert_fails(observed, row, fault, unknown=row.outcome(operation.kind) is UNKNOWN)
    assert observed.requests == fault.is_sent
    assert observed.error is not None
    assert observed.error.attempts == 1


async def finds_the_lead(row: Row, fault: Fault, operation: Operation) -> None:
    observed = await meet(fault, operation, (http(200, ONE_PAGE),))
    assert observed == Observed(operation.result, None, requests=2)


async def finds_no_lead(row: Row, fault: Fault, operation: Operation) -> None:
    observed = await meet(fault, operation, (http(200, EMPTY_PAGE),))
    assert_fails(observed, row, fault, unknown=True)
    assert isinstance(observed.error, OutcomeUnknownError)
    assert observed.error.idempotency_key == KEY
    assert observed.requests == 3


async def fails_the_next_call_unsent(row: Row, fault: Fault, operation: Operation) -> None:
    async with serving(operation, fault.response, operation.response) as (client, server):
        for attempts in (1, 0):
            _, error = await call(operation, client)
            assert type(error) is fault.error
            assert error is not None
            assert error.attempts == attempts
            assert len(server.requests) == len(operation.before) + 1


async def accepts_404_and_410_if_maybe_done(row: Row, fault: Fault, operation: Operation) -> None:
    for gone in (failure(404), failure(410), DELETED_BEFORE):
        observed = await meet(fault, operation, (gone,))
        if row.maybe_done:
            assert observed == Observed(operation.result, None, requests=2)
        else:
            assert isinstance(observed.error, NotFoundError | GoneError)


CHECKS: Final[dict[Outcome, list[Check]]] = {
    RETRY: [recovers, fails_after_three_attempts],
    ERROR: [fails_at_once],
    UNKNOWN: [fails_at_once],
    LOOKUP: [finds_the_lead, finds_no_lead],
    PAUSE: [fails_the_next_call_unsent],
}


WALKS: Final = {
    "get_leads",
    "get_lead_pages",
    "get_archived_leads",
    "get_archived_lead_pages",
    "ensure_lead (found)",
    "watch_lead_pages (one pass)",
    "find_removed_leads (nothing removed)",
}


async def run(check: Check, row: Row, fault: Fault, operation: Operation) -> None:
    try:
        await check(row, fault, operation)
    except BaseException as error:
        error.add_note(f"{operation.name}: {check.__name__}")
        raise


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_every_operation_has_the_outcome_of_the_table(row: Row) -> None:
    turn = asyncio.Semaphore(24)  # more at a time would miss their own timeouts

    async def run_in_turn(check: Check, operation: Operation) -> None:
        async with turn:
            await run(check, row, row.fault, operation)

    async with asyncio.TaskGroup() as checks:
        for operation in OPERATIONS:
            check = CHECKS[row.outcome(operation.kind)][0]
            if row.name == "a response that is too large" and operation.name in WALKS:
                check = recovers  # by requesting a smaller page
            checks.create_task(run_in_turn(check, operation))


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        pytest.param(row, fault, id=f"{row.name} {form}".strip())
        for row in ROWS
        for form, fault in row.faults.items()
    ],
)
async def test_every_form_of_a_fault_has_the_same_outcome(row: Row, fault: Fault) -> None:
    async with asyncio.TaskGroup() as checks:
        for operation in ONE_OF_EACH_KIND:
            for check in CHECKS[row.outcome(operation.kind)]:
                checks.create_task(run(check, row, fault, operation))


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.delete is RETRY], ids=lambda row: row.name
)
async def test_retried_deletion_accepts_404_and_410_only_if_it_may_be_done(row: Row) -> None:
    async with asyncio.TaskGroup() as checks:
        for operation in OPERATIONS:
            if operation.kind is Kind.DELETE:
                checks.create_task(
                    run(accepts_404_and_410_if_maybe_done, row, row.fault, operation)
                )


@pytest.mark.parametrize("status", [204, 205])
@EACH_OPERATION
async def test_success_without_a_body_is_never_retried(operation: Operation, status: int) -> None:
    observed = await carry_out(operation, (http(status),), operation.response)
    assert observed.requests == 1
    if operation.kind is Kind.DELETE:
        assert observed.result == operation.result
    else:
        expected = NotFoundError if operation.kind is Kind.READ else DecodeError
        assert type(observed.error) is expected


# The promises of the table


def test_creation_that_may_be_done_is_never_retried() -> None:
    retried = [row for row in ROWS if RETRY in (row.post, row.keyed_post)]
    assert retried
    assert not [row.name for row in retried if row.maybe_done]


def test_creation_that_may_be_done_has_an_unknown_outcome() -> None:
    for row in ROWS:
        is_unknown = row.post is UNKNOWN and row.keyed_post in (UNKNOWN, LOOKUP)
        assert is_unknown == row.maybe_done, row.name


def test_every_public_operation_is_in_the_table() -> None:
    operations = {
        name
        for name in dir(LeadsClient)
        if name.islower() and not name.startswith("_") and callable(getattr(LeadsClient, name))
    }
    named = {re.split(r"[ ,]", operation.name)[0] for operation in OPERATIONS}
    # `watch_leads` has no end: tests/operations/watch/test_endless_watch.py has its faults.
    assert named == operations - {"aclose", "with_options", "watch_leads"}


def test_guide_to_errors_has_the_same_table() -> None:
    rows = {row.name: row for row in ROWS}
    documented = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", DOCUMENTED, re.MULTILINE)
    assert len(documented) >= 5
    for faults, repeatable, post in documented:
        for fault in re.sub(r".*\((.*)\)", r"\1", faults).split(", "):
            row = rows.pop(fault)
            assert {each.value for each in (row.read, row.patch, row.delete)} == {repeatable}
            assert row.post.value == (repeatable if post == "same" else post)
    assert not rows
