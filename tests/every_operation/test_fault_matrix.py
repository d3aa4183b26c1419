"""Every fault, met by every operation: what is raised, what is sent again, what may be done."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from pipedrive_leads_async import (
    LeadsClient,
    NotFoundError,
    OutcomeUnknownError,
    TransportError,
)
from tests.every_operation.fault_forms import Fault
from tests.every_operation.fault_matrix import (
    AGAIN,
    ERROR,
    LOOKS,
    ROWS,
    STOPS,
    UNKNOWN,
    Outcome,
    Row,
)
from tests.every_operation.operations import (
    KEY,
    LEADS,
    NO_LEADS,
    ONE_OF_EACH_KIND,
    OPERATIONS,
    Kind,
    Operation,
)
from tests.every_operation.outcomes import Seen, call, carry_out, serving
from tests.support.raw_server import ScriptedResponse, failure, http

README: Final = (Path(__file__).parents[2] / "README.md").read_text()
README_TABLE: Final = README.partition("| what happened |")[2].partition("\n\n")[0]

Cell: TypeAlias = Callable[[Row, Fault, Operation], Coroutine[Any, Any, None]]


@pytest.fixture(autouse=True)
def what_is_larger_than_128_kib_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is too large take no time."""
    monkeypatch.setattr("pipedrive_leads_async._http.transport._MAX_BODY", 1 << 17)


async def meet(
    fault: Fault, operation: Operation, *answers: ScriptedResponse, times: int = 1
) -> Seen:
    """Carry out an operation whose first requests meet a fault, and the others an answer."""
    faults = [fault.answer] * times if fault.is_sent else []
    return await carry_out(
        operation, *faults, *answers, road=fault.road, astray=times, timeout=fault.timeout
    )


def assert_fails(seen: Seen, row: Row, fault: Fault, *, unknown: bool = False) -> None:
    """See that an error says what happened, and whether it may be done."""
    error: BaseException | None = seen.error
    if unknown:
        assert isinstance(error, OutcomeUnknownError)
        error = error.__cause__
    assert type(error) is fault.error
    if isinstance(error, TransportError):
        # Whether the deadline came before or after sending, nobody says.
        assert error.sent is (None if row.what == "the deadline" else row.maybe_done)


async def recovers(row: Row, fault: Fault, operation: Operation) -> None:
    seen = await meet(fault, operation, operation.answer)
    assert seen == Seen(operation.gives, None, requests=fault.is_sent + 1)


async def gives_up(row: Row, fault: Fault, operation: Operation) -> None:
    if fault.is_free:
        seen = await meet(fault, operation, operation.answer, times=5)
        assert seen == Seen(operation.gives, None, requests=6)
    else:
        seen = await meet(fault, operation, times=3)
        assert_fails(seen, row, fault)
        assert seen.requests == 3 * fault.is_sent
        assert seen.error is not None
        assert seen.error.attempts == 3


async def fails(row: Row, fault: Fault, operation: Operation) -> None:
    seen = await meet(fault, operation, operation.answer)
    assert_fails(seen, row, fault, unknown=row.outcome(operation.kind) is UNKNOWN)
    assert seen.requests == fault.is_sent
    assert seen.error is not None
    assert seen.error.attempts == 1


async def finds_it(row: Row, fault: Fault, operation: Operation) -> None:
    seen = await meet(fault, operation, (http(200, LEADS),))
    assert seen == Seen(operation.gives, None, requests=2)


async def does_not_find_it(row: Row, fault: Fault, operation: Operation) -> None:
    seen = await meet(fault, operation, (http(200, NO_LEADS),))
    assert_fails(seen, row, fault, unknown=True)
    assert isinstance(seen.error, OutcomeUnknownError)
    assert seen.error.idempotency_key == KEY
    assert seen.requests == 3


async def stops(row: Row, fault: Fault, operation: Operation) -> None:
    async with serving(operation, fault.answer, operation.answer) as (client, server):
        for attempts in (1, 0):
            _, error = await call(operation, client)
            assert type(error) is fault.error
            assert error is not None
            assert error.attempts == attempts
            assert len(server.requests) == len(operation.before) + 1


async def is_gone(row: Row, fault: Fault, operation: Operation) -> None:
    seen = await meet(fault, operation, (failure(404),))
    if row.maybe_done:
        assert seen == Seen(operation.gives, None, requests=2)
    else:
        assert isinstance(seen.error, NotFoundError)


CELLS: Final[dict[Outcome, list[Cell]]] = {
    AGAIN: [recovers, gives_up],
    ERROR: [fails],
    UNKNOWN: [fails],
    LOOKS: [finds_it, does_not_find_it],
    STOPS: [stops],
}


async def meets(cell: Cell, row: Row, fault: Fault, operation: Operation) -> None:
    try:
        await cell(row, fault, operation)
    except BaseException as error:
        error.add_note(f"{operation.name}: {cell.__name__}")
        raise


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
async def test_every_operation_meets_every_fault(row: Row) -> None:
    async with asyncio.TaskGroup() as cells:
        for operation in OPERATIONS:
            cell = CELLS[row.outcome(operation.kind)][0]
            cells.create_task(meets(cell, row, row.fault, operation))


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        pytest.param(row, fault, id=f"{row.what} {form}".strip())
        for row in ROWS
        for form, fault in row.faults.items()
    ],
)
async def test_every_form_of_a_fault_has_the_same_outcome(row: Row, fault: Fault) -> None:
    async with asyncio.TaskGroup() as cells:
        for operation in ONE_OF_EACH_KIND:
            for cell in CELLS[row.outcome(operation.kind)]:
                cells.create_task(meets(cell, row, fault, operation))


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.delete is AGAIN], ids=lambda row: row.what
)
async def test_a_deletion_that_finds_nothing_any_more_is_done_only_if_it_may_have_been(
    row: Row,
) -> None:
    async with asyncio.TaskGroup() as cells:
        for operation in OPERATIONS:
            if operation.kind is Kind.DELETE:
                cells.create_task(meets(is_gone, row, row.fault, operation))


# What the table promises, and to whom


def test_no_creation_that_may_be_done_is_sent_again() -> None:
    sent_again = [row for row in ROWS if AGAIN in (row.post, row.keyed_post)]
    assert sent_again
    assert not [row.what for row in sent_again if row.maybe_done]


def test_an_error_of_a_creation_that_may_be_done_says_so() -> None:
    for row in ROWS:
        says_so = row.post is UNKNOWN and row.keyed_post in (UNKNOWN, LOOKS)
        assert says_so == row.maybe_done, row.what


def test_every_public_operation_is_in_the_table() -> None:
    operations = {
        name
        for name in dir(LeadsClient)
        if name.islower() and not name.startswith("_") and callable(getattr(LeadsClient, name))
    }
    named = {re.split(r"[ ,]", operation.name)[0] for operation in OPERATIONS}
    assert named == operations - {"aclose"}


def test_the_readme_says_what_the_table_says() -> None:
    rows = {row.what: row for row in ROWS}
    said = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", README_TABLE, re.MULTILINE)
    assert len(said) >= 5
    for what, repeatable, post in said:
        for fault in re.sub(r".*\((.*)\)", r"\1", what).split(", "):
            row = rows.pop(fault)
            assert {each.value for each in (row.read, row.patch, row.delete)} == {repeatable}
            assert row.post.value == (repeatable if post == "same" else post)
    assert not rows
