"""No answer that is cut, garbled or hostile is taken for a good one, by any operation."""

from __future__ import annotations

import gzip
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from typing import Final

import pytest
from multidict import CIMultiDict

from pipedrive_leads_async import (
    LeadsClient,
    OutcomeUnknownError,
    PipedriveError,
    RetryPolicy,
    SessionManager,
    TransportError,
    UnexpectedResponseError,
)
from pipedrive_leads_async._codec.json import loads
from pipedrive_leads_async._http.message import Request, Response
from pipedrive_leads_async._http.proxy import ProxySettings
from pipedrive_leads_async._http.transport import Transport
from tests.every_operation.operations import EVERY, OPERATIONS, Operation
from tests.every_operation.outcomes import serving
from tests.support.calls import CANARY
from tests.support.raw_server import End, http

ONCE: Final = RetryPolicy(attempts=1)


class ScriptedTransport(Transport):
    """A transport that returns prepared bodies without a network."""

    def __init__(self, *bodies: bytes) -> None:
        proxies = ProxySettings.read(None, trust_env=False)
        super().__init__(session=None, connections=1, proxies=proxies, ssl=None)
        self._bodies = list(bodies)

    async def send(self, request: Request, on_sent: Callable[[], None] = lambda: None) -> Response:
        on_sent()
        body = self._bodies.pop(0) if self._bodies[1:] else self._bodies[0]
        return Response(request, 200, CIMultiDict(), body)


class ScriptedSessionManager(SessionManager):
    """A session manager with a scripted transport."""

    def __init__(self, *bodies: bytes) -> None:
        super().__init__()
        self._transport = ScriptedTransport(*bodies)


async def told(operation: Operation, body: bytes) -> object:
    """Give what an operation makes of an answer with this body: its result or its error."""
    async with (
        ScriptedSessionManager(*operation.before, body) as manager,
        LeadsClient(CANARY, session=manager, retry=ONCE) as client,
    ):
        return await result_or_error(operation, client)


async def result_or_error(operation: Operation, client: LeadsClient) -> object:
    try:
        return await operation.call(client)
    except PipedriveError as error:
        # Of what could not be told whether it was done, the reason.
        return error.__cause__ if isinstance(error, OutcomeUnknownError) else error


# Cut


@EVERY
async def test_an_answer_that_is_cut_anywhere_is_not_believed(operation: Operation) -> None:
    whole = operation.body
    parts = [whole[:end] for end in range(len(whole))]
    parts += [whole[start:] for start in range(1, len(whole))]
    for part in parts:
        assert isinstance(await told(operation, part), UnexpectedResponseError), part
    assert await told(operation, whole) == operation.gives


def plain(body: bytes) -> bytes:
    return http(200, body)


def chunked(body: bytes) -> bytes:
    middle = len(body) // 2
    parts = [b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:middle], body[middle:], b"")]
    return b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"".join(parts)


def compressed(body: bytes) -> bytes:
    return http(200, gzip.compress(body), content_encoding="gzip")


@pytest.mark.parametrize("end", [End.FIN, End.RST])
@pytest.mark.parametrize("form", [plain, chunked, compressed])
@pytest.mark.parametrize(
    "operation",
    [each for each in OPERATIONS if each.name in ("get_lead", "add_lead")],
    ids=lambda each: each.name,
)
async def test_an_answer_that_the_connection_cuts_anywhere_is_an_error(
    operation: Operation, form: Callable[[bytes], bytes], end: End
) -> None:
    whole = form(operation.body)
    async with serving(operation, operation.answer, retry=ONCE) as (client, server):
        for position in range(len(whole)):
            server.responses[:] = [(whole[:position], end)]
            error = await result_or_error(operation, client)
            assert isinstance(error, TransportError), whole[:position]
        server.responses[:] = [(whole, End.FIN)]
        assert await operation.call(client) == operation.gives


@EVERY
async def test_a_compressed_answer_that_the_server_cuts_is_whole_or_an_error(
    operation: Operation,
) -> None:
    whole = gzip.compress(operation.body)
    async with serving(operation, operation.answer, retry=ONCE) as (client, server):
        for length in range(0, len(whole), 7):
            cut = http(200, whole[:length], content_encoding="gzip")
            server.responses[:] = [*[(http(200, body),) for body in operation.before], (cut,)]
            found = await result_or_error(operation, client)
            assert found == operation.gives or isinstance(found, UnexpectedResponseError)


# Garbled


@pytest.fixture(params=["orjson", "the standard library"])
def reader_of_json(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read JSON as where orjson is installed, and as where it is not."""
    if request.param != "orjson":
        monkeypatch.setitem(sys.modules, "orjson", None)
        spec = importlib.util.find_spec("pipedrive_leads_async._codec.json")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert module.loads is not loads
        monkeypatch.setattr("pipedrive_leads_async._http.envelope.loads", module.loads)


VALUES: Final = {
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "-Infinity": b"-Infinity",
    "a number that overflows": b"1e309",
    "5,000 digits": b"1" * 5000,
    "half of a surrogate pair": b'"\\ud800"',
    "invalid UTF-8": b'"\xff"',
    "Latin-1": '"é"'.encode("latin-1"),
    "200,000 levels of lists": b"[" * 200_000 + b"]" * 200_000,
    "200,000 levels of objects": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "an open text": b'"',
    "nothing": b"",
}
"""Values within an otherwise good answer that make it none."""

WHOLE: Final[dict[str, Callable[[bytes], bytes]]] = {
    "after a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "in UTF-16": lambda body: body.decode().encode("utf-16"),
    "in UTF-32": lambda body: body.decode().encode("utf-32"),
    "twice": lambda body: body * 2,
    "within a list": lambda body: b"[" + body + b"]",
    "within a function": lambda body: b"callback(" + body + b")",
    "within a text": lambda body: b'"' + body.replace(b'"', b'\\"') + b'"',
    "with a null behind it": lambda body: body + b"\0",
    "with a comma too many": lambda body: body[:-1] + b",}",
    "that says last that it failed": lambda body: body[:-1] + b', "success": false}',
}
"""What makes a good answer none."""


@pytest.mark.usefixtures("reader_of_json")
@EVERY
async def test_a_garbled_answer_is_not_believed(operation: Operation) -> None:
    body = operation.body
    garbled = {name: garble(body) for name, garble in WHOLE.items()}
    garbled |= {name: b'{"x":' + value + b"," + body[1:] for name, value in VALUES.items()}
    for name, answer in garbled.items():
        assert isinstance(await told(operation, answer), UnexpectedResponseError), name


@pytest.mark.usefixtures("reader_of_json")
@EVERY
async def test_of_keys_that_come_twice_the_last_counts(operation: Operation) -> None:
    body = b'{"success": false, "data": 5, ' + operation.body[1:]
    assert await told(operation, body) == operation.gives


@pytest.mark.usefixtures("reader_of_json")
@EVERY
async def test_what_is_deep_but_not_too_deep_is_read(operation: Operation) -> None:
    body = b'{"x":' + b"[" * 200 + b"]" * 200 + b"," + operation.body[1:]
    assert await told(operation, body) == operation.gives


# Hostile

GROWTH = """
import asyncio, gc, resource, sys, zlib
from pipedrive_leads_async import LeadsClient, PipedriveError

# A piece that ends with a full flush can follow itself: 512 MiB without ever having them.
compressor = zlib.compressobj(wbits=31)
first, piece = (
    compressor.compress(bytes(1 << 20)) + compressor.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
)
BODIES = {
    "a bomb of 512 MiB": first + piece * 511,
    "30,000 rows that are no leads": zlib.compress(
        b'{"success": true, "data": [' + b"[]," * 30_000 + b"[]]}", wbits=31
    ),
}

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10

async def main(body, times):
    head = f"HTTP/1.1 200 OK\\r\\ncontent-encoding: gzip\\r\\ncontent-length: {len(body)}"

    async def serve(reader, writer):
        while await reader.readline():
            await reader.readuntil(b"\\r\\n\\r\\n")
            writer.write(head.encode() + b"\\r\\n\\r\\n" + body)

    gc.disable()  # it does not count bytes, and may come late
    server = await asyncio.start_server(serve, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    async with LeadsClient("a-canary", base_url=f"http://127.0.0.1:{port}/v1") as client:
        before = peak()
        for _ in range(times):
            try:
                await client.get_lead_page()
            except PipedriveError as error:
                print(type(error).__name__)
        print(peak() - before)
    server.close()

asyncio.run(main(BODIES[sys.argv[1]], int(sys.argv[2])))
"""


@pytest.mark.parametrize(
    ("body", "times", "error"),
    [
        ("a bomb of 512 MiB", 1, "UnexpectedResponseError"),
        ("a bomb of 512 MiB", 10, "UnexpectedResponseError"),
        ("30,000 rows that are no leads", 1, "DecodeError"),
    ],
)
def test_no_answer_takes_more_than_twice_the_memory_that_is_allowed(
    body: str, times: int, error: str
) -> None:
    command = [sys.executable, "-c", GROWTH, body, str(times)]
    process = subprocess.run(command, check=True, capture_output=True, text=True, timeout=50)
    *errors, mebibytes = process.stdout.splitlines()
    assert errors == [error] * times
    assert int(mebibytes) < 2 * 32
