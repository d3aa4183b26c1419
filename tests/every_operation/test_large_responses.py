"""Test that no response blocks the event loop, fills the memory or outlasts the deadline.

The largest bodies are served to one operation each, the most expensive ones of those that are read
to the operations that take longest to read them, and one of either kind to every operation. The
calls run in a process of their own: its growth is that of one call, and its CPU time does not
depend on what else the machine does.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from tests.every_operation.measured_calls import DEADLINE, Measured
from tests.every_operation.operations import (
    CONVERSION_ROW,
    FIELD_ROW,
    LABEL_ROW,
    LEAD_ROW,
    OPERATIONS,
)
from tests.every_operation.table.exchanges import Kind, Operation
from tests.support.raw_server import RawServer, http

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="the memory of a process is read from /proc"
)

MIB: Final = 1 << 20
LARGEST: Final = 31 * MIB

ENVIRONMENT: Final = {
    name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")
}
"""Coverage would double the CPU time of the measured calls."""

LONGEST_BLOCK: Final = 0.2
"""In seconds of CPU time."""

MOST_GROWTH: Final = 150
"""In mebibytes."""

BY_NAME: Final = {operation.name: operation for operation in OPERATIONS}

ROW: Final = {**FIELD_ROW, **CONVERSION_ROW, **LABEL_ROW, **LEAD_ROW}
"""A row of every kind."""

MALFORMED: Final = b'"status": 5, "name": 5, "title": 5'
"""Properties that make it malformed, for its last reader."""


def data(value: bytes) -> bytes:
    """Return an envelope with this data. The data is a page, a search result and a lead."""
    return b'{"success": true, "data": %b, "additional_data": {"next_cursor": null}}' % value


def rows(row: bytes, count: int) -> bytes:
    return data(b"[" + (row + b",") * (count - 1) + row + b"]")


def row(*properties: bytes) -> bytes:
    """Return a row with more properties."""
    return b"{" + b",".join((json.dumps(ROW)[1:-1].encode(), *properties)) + b"}"


def keys(count: int, form: bytes = b'"%x":1') -> bytes:
    return b",".join(form % number for number in range(count))


def options(last: bytes) -> bytes:
    return b'"options":[' + b'{"id":1,"label":"a"},' * 33_000 + last + b"]"


REFUSED: Final[dict[str, Callable[[], bytes]]] = {
    "empty rows": lambda: rows(b"{}", 2_000_000),
    "nested lists": lambda: rows(b"[" * 900 + b"]" * 900, LARGEST // 1801),
    "small keys": lambda: data(b"{" + b'"a":1,' * (LARGEST // 6) + b'"a":1}'),
    "a text with an emoji": lambda: data(b'"' + b"a" * LARGEST + "😀".encode() + b'"'),
    "escaped letters": lambda: data(b'"' + b"\\u0041" * (LARGEST // 6) + b'"'),
    "pairs of surrogates": lambda: data(b'"' + b"\\ud83d\\ude00" * (LARGEST // 12) + b'"'),
    "the longest text": lambda: data(b'"' + b"a" * LARGEST + b'"'),
}
"""The largest bodies. They are refused before they are parsed, and are served to one operation."""

REFUSED_EVERYWHERE: Final = {
    "more values than allowed": lambda: rows(b"{}", 180_000),
    "more rows than requested": lambda: rows(b"{}", 20_000),
}
"""Bodies that are served to every operation, in turn."""

READ: Final[dict[str, Callable[[], bytes]]] = {
    "an object of many keys": lambda: data(row(keys(98_000))),
    "a malformed object of many keys": lambda: data(row(keys(98_000), MALFORMED)),
    "a row of many keys": lambda: rows(row(keys(98_000)), 1),
    "a malformed row of many keys": lambda: rows(row(keys(98_000), MALFORMED), 1),
    "an object of many custom fields": lambda: data(row(keys(98_000, b'"%040x":1'))),
    "a malformed row of many custom fields": lambda: rows(
        row(keys(98_000, b'"%040x":1'), MALFORMED), 1
    ),
    "many options": lambda: rows(row(options(b'{"id":1,"label":"a"}')), 1),
    "a malformed last option": lambda: rows(row(options(b"{}")), 1),
    "many lists in a lead": lambda: data(row(b'"x":[' + b"[]," * 98_000 + b"1]")),
    "a malformed lead with the longest texts": lambda: data(
        row(b'"x":"%b"' % (b"a" * (22 * MIB)), MALFORMED)
    ),
    "malformed rows": lambda: rows(row(MALFORMED), 900),
    "ten thousand rows": lambda: rows(b'{"id": 5}', 10_000),
    "half pairs": lambda: data(b'"' + b"\\ud83d" * 99_000 + b'"'),
    "not JSON": lambda: b"<" * (23 * MIB),
}
"""The bodies that take longest of those that are parsed."""

READ_EVERYWHERE: Final = {
    "deep nesting": lambda: data(b"[" * 500_000),
    "an int of a million digits": lambda: data(b"9" * 500_000),
    "long ints": lambda: rows(b"9" * 4300, 500),
    "half pairs in UTF-8": lambda: data(b'"' + b"\xed\xa0\xbd" * 100_000 + b'"'),
    "a malformed object": lambda: data(row(keys(10_000), MALFORMED)),
    "a malformed row": lambda: rows(row(keys(10_000), MALFORMED), 1),
    "many malformed options": lambda: rows(row(b'"options":[' + b"{}," * 20_000 + b"{}]"), 1),
}
"""Bodies that are served to every operation, in turn."""

SLOWEST: Final = [
    ("get_lead", "an object of many custom fields"),
    ("get_lead", "a malformed object of many keys"),
    ("get_lead", "half pairs"),
    ("delete_lead", "not JSON"),
    ("update_lead", "a malformed lead with the longest texts"),
    ("add_lead with a key", "an object of many keys"),
    ("add_lead with a key", "a malformed object of many keys"),
    ("add_lead with a key", "many lists in a lead"),
    ("ensure_lead (found)", "a row of many keys"),
    ("ensure_lead (found)", "a malformed row of many keys"),
    ("get_leads", "a malformed row of many custom fields"),
    ("get_leads", "malformed rows"),
    ("get_lead_page", "a malformed row of many keys"),
    ("get_lead_labels", "ten thousand rows"),
    ("get_lead_labels", "a malformed row of many keys"),
    ("get_lead_fields", "many options"),
    ("get_lead_fields", "a malformed last option"),
    ("get_custom_fields", "malformed rows"),
    ("get_lead_conversion_status", "a malformed object of many keys"),
    ("request GET", "an object of many keys"),
]
"""The operations that take longest to read these bodies."""


PROGRAM: Final = """
import asyncio, sys, tests
tests.__path__ = [sys.argv[1]]  # another package of this name may be installed
from tests.every_operation import measured_calls
asyncio.run(measured_calls.main(*sys.argv[2:]))
"""


async def measure(*calls: tuple[Operation, bytes]) -> list[Measured]:
    """Call operations in a new process, on servers with these responses to their step."""
    async with AsyncExitStack() as stack:
        arguments: list[str] = []
        for operation, response in calls:
            befores = [(http(200, body),) for body in operation.before]
            server = await stack.enter_async_context(RawServer(*befores, (response,)))
            arguments += operation.name, server.url
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            PROGRAM,
            str(Path(__file__).parents[1]),
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            env=ENVIRONMENT,
        )
        output, _ = await process.communicate()
    assert process.returncode == 0
    return [Measured(**json.loads(line)) for line in output.splitlines()]


Call: TypeAlias = tuple[str, Operation, bytes]
"""The name of a body, the operation to which it is served, and the body."""


def for_every_operation(bodies: dict[str, Callable[[], bytes]]) -> Iterator[Call]:
    for number, (name, body) in enumerate(bodies.items()):
        content = body()
        for operation in OPERATIONS[number :: len(bodies)]:
            yield name, operation, content


def largest() -> Iterator[Call]:
    operations = [each for each in OPERATIONS if each.kind is not Kind.READ]  # no walks
    for (name, body), operation in zip(REFUSED.items(), operations, strict=False):
        yield name, operation, body()


def slowest() -> Iterator[Call]:
    bodies = {name: READ[name]() for _, name in SLOWEST}
    for operation, name in SLOWEST:
        yield name, BY_NAME[operation], bodies[name]


async def measure_calls(calls: list[Call]) -> list[tuple[str, Measured]]:
    responses = {
        body: http(200, gzip.compress(body, 1), content_encoding="gzip")
        for body in {body for _, _, body in calls}
    }
    results = await measure(*((operation, responses[body]) for _, operation, body in calls))
    return [(name, measured) for (name, _, _), measured in zip(calls, results, strict=True)]


@pytest.mark.timeout(180)
async def test_every_operation_reads_or_refuses_responses_within_the_bounds() -> None:
    refused = [*largest(), *for_every_operation(REFUSED_EVERYWHERE)]
    read = [*slowest(), *for_every_operation(READ_EVERYWHERE)]
    calls = [*refused, *read]
    results = await measure_calls(calls)
    for _ in range(2):  # the CPU time of the same work doubles if a core is shared
        slow = [i for i, (_, measured) in enumerate(results) if measured.block >= LONGEST_BLOCK]
        again = await measure_calls([calls[i] for i in slow])
        results = [*results]
        for i, result in zip(slow, again, strict=True):
            results[i] = result
    for number, (name, measured) in enumerate(results):
        found = (measured.error, measured.too_large, measured.attempts)
        is_refused = found == ("UnexpectedResponseError", True, 1)
        assert is_refused == (number < len(refused)), (name, measured)
        assert measured.block < LONGEST_BLOCK, (name, measured)
        assert measured.growth < MOST_GROWTH, (name, measured)
        assert measured.seconds < DEADLINE + 0.5, (name, measured)


async def test_large_responses_that_are_not_compressed_are_refused() -> None:
    body = REFUSED["small keys"]()
    results = await measure(*((OPERATIONS[0], http(status, body)) for status in (200, 400)))
    found = [(measured.error, measured.too_large) for measured in results]
    assert found == [("UnexpectedResponseError", True), ("BadRequestError", False)]
    assert max(measured.block for measured in results) < LONGEST_BLOCK
    assert max(measured.growth for measured in results) < MOST_GROWTH
