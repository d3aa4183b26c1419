"""Test that no response blocks the event loop, fills the memory or outlasts the deadline.

Each body is served to some of the operations, so that each operation gets several bodies, in a
process of their own: there the growth of the process is the growth by one call.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest

from tests.every_operation.measured_calls import DEADLINE, Measured
from tests.every_operation.operations import LEAD_ROW, OPERATIONS
from tests.every_operation.table.exchanges import Operation
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

LONGEST_BLOCK: Final = 0.3
"""In seconds of CPU time, which a busy machine doubles: on an idle one it is below 0.2."""


def data(value: bytes) -> bytes:
    """Return an envelope with this data. The data is a page, a search result and a lead."""
    return b'{"success": true, "data": %b, "additional_data": {"next_cursor": null}}' % value


def rows(row: bytes, count: int) -> bytes:
    return data(b"[" + (row + b",") * (count - 1) + row + b"]")


def lead(title: bytes, **more: object) -> bytes:
    """Return the data of one lead, label or conversion with a long text everywhere."""
    begin = json.dumps({**LEAD_ROW, **more})[:-1].encode()
    return begin + b"".join(b', "%b": "%b"' % (key, title) for key in (b"title", b"name")) + b"}"


REFUSED: Final[dict[str, Callable[[], bytes]]] = {
    "empty rows": lambda: rows(b"{}", 2_000_000),
    "empty lists": lambda: rows(b"[]", LARGEST // 3),
    "nested lists": lambda: rows(b"[" * 900 + b"]" * 900, LARGEST // 1801),
    "small keys": lambda: data(b"{" + b'"a":1,' * (LARGEST // 6) + b'"a":1}'),
    "numbers": lambda: rows(b"1.5", LARGEST // 4),
    "a text with an emoji": lambda: data(b'"' + b"a" * LARGEST + "😀".encode() + b'"'),
    "escaped letters": lambda: data(b'"' + b"\\u0041" * (LARGEST // 6) + b'"'),
    "pairs of surrogates": lambda: data(b'"' + b"\\ud83d\\ude00" * (LARGEST // 12) + b'"'),
    "more rows than requested": lambda: rows(b"{}", 20_000),
}
"""Bodies that are refused by every operation."""

BOUNDED: Final[dict[str, Callable[[], bytes]]] = {
    "a long text": lambda: data(lead(b"a" * (LARGEST // 2))),
    "the longest text": lambda: data(b'"' + b"a" * LARGEST + b'"'),
    "a page with a long text": lambda: data(b"[" + lead(b"a" * (LARGEST // 3)) + b"]"),
    "malformed rows": lambda: rows(b'{"id": 5}', 10_000),
    "deep nesting": lambda: data(b"[" * (LARGEST // 2)),
    "an int of a million digits": lambda: data(b"9" * MIB),
    "long ints": lambda: rows(b"9" * 4300, LARGEST // 4301),
    "half pairs in UTF-8": lambda: data(b'"' + b"\xed\xa0\xbd" * (LARGEST // 3) + b'"'),
    "not JSON": lambda: b"<" * LARGEST,
    "many distinct keys": lambda: data(
        b"{" + b",".join(b'"%x":1' % i for i in range(60_000)) + b"}"
    ),
    "many malformed options": lambda: rows(
        b'{"key": "x", "name": "x", "options": [' + b"{}," * 20_000 + b"{}]}", 1
    ),
}
"""Bodies that are read or refused, within the bounds."""


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


async def measure_table(
    bodies: dict[str, Callable[[], bytes]], *, status: int = 200
) -> AsyncGenerator[tuple[str, Measured], None]:
    """Serve each body to some of the operations; check the bounds of each call, and yield it."""
    calls: list[tuple[str, Operation, bytes]] = []
    for number, (name, body) in enumerate(bodies.items()):
        content = body()
        assert len(content) <= 32 * MIB
        response = http(status, gzip.compress(content, 1), content_encoding="gzip")
        calls += ((name, each, response) for each in OPERATIONS[number :: len(bodies)])
    results = await measure(*(call[1:] for call in calls))
    for (name, _, _), measured in zip(calls, results, strict=True):
        assert measured.block < LONGEST_BLOCK, (name, measured)
        assert measured.growth < 150, (name, measured)
        yield name, measured


async def test_response_over_a_bound_is_refused_before_it_is_parsed() -> None:
    async for name, measured in measure_table(REFUSED):
        found = (measured.error, measured.too_large, measured.attempts)
        assert found == ("UnexpectedResponseError", True, 1), (name, measured)


async def test_any_response_is_read_or_refused_within_the_bounds() -> None:
    async for name, measured in measure_table(BOUNDED):
        # A walk tries nine sizes of a page after responses that are too large.
        assert measured.too_large or measured.seconds < DEADLINE + 0.5, (name, measured)


async def test_error_with_a_large_body_is_raised_within_the_bounds() -> None:
    async for name, measured in measure_table({"small keys": REFUSED["small keys"]}, status=400):
        assert measured.error == "BadRequestError", (name, measured)


async def test_large_response_that_is_not_compressed_is_refused() -> None:
    response = http(200, REFUSED["small keys"]())
    [measured] = await measure((OPERATIONS[0], response))
    assert (measured.error, measured.too_large) == ("UnexpectedResponseError", True)
    assert (measured.block < LONGEST_BLOCK, measured.growth < 150) == (True, True)
