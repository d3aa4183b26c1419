"""Test that no operation accepts a truncated, invalid or hostile response."""

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
from pipedrive_leads_async._http.transport.proxy import ProxySettings
from pipedrive_leads_async._http.transport.transport import Transport
from tests.codec.ways import no_struct_decoder
from tests.every_operation.operations import EACH_OPERATION, OPERATIONS
from tests.every_operation.outcomes import serving
from tests.every_operation.table.exchanges import Kind, Operation
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


async def outcome_of(operation: Operation, body: bytes) -> object:
    """Return the result or the error of an operation whose response has this body."""
    async with (
        ScriptedSessionManager(*operation.before, body) as manager,
        LeadsClient(CANARY, session=manager, retry=ONCE) as client,
    ):
        return await result_or_error(operation, client)


async def result_or_error(operation: Operation, client: LeadsClient) -> object:
    try:
        return await operation.call(client)
    except PipedriveError as error:
        # The cause of an unknown outcome is the error under test.
        return error.__cause__ if isinstance(error, OutcomeUnknownError) else error


# Truncated responses


@EACH_OPERATION
async def test_truncated_body_is_refused_at_every_length(operation: Operation) -> None:
    whole = operation.body
    # The other operations parse their responses with the same code.
    step = 1 if operation.name in ("get_lead", "get_leads") else 19
    parts = [whole[:end] for end in range(0, len(whole), step)]
    parts += [whole[start:] for start in range(1, len(whole), step)]
    for part in parts:
        assert isinstance(await outcome_of(operation, part), UnexpectedResponseError), part
    assert await outcome_of(operation, whole) == operation.result


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
async def test_connection_lost_at_any_byte_of_a_response_is_an_error(
    operation: Operation, form: Callable[[bytes], bytes], end: End
) -> None:
    whole = form(operation.body)
    async with serving(operation, operation.response, retry=ONCE) as (client, server):
        for position in range(0, len(whole), 1 if form is plain else 7):
            server.responses[:] = [(whole[:position], end)]
            error = await result_or_error(operation, client)
            assert isinstance(error, TransportError), whole[:position]
        server.responses[:] = [(whole, End.FIN)]
        assert await operation.call(client) == operation.result


@EACH_OPERATION
async def test_truncated_gzip_is_complete_or_an_error(operation: Operation) -> None:
    whole = gzip.compress(operation.body)
    async with serving(operation, operation.response) as (_, server):
        for length in range(0, len(whole), 7):
            cut = http(200, whole[:length], content_encoding="gzip")
            server.responses[:] = [*[(http(200, body),) for body in operation.before], (cut,)]
            # A client does not repeat a key whose outcome is unknown.
            async with LeadsClient(CANARY, base_url=server.url, retry=ONCE) as client:
                found = await result_or_error(operation, client)
            assert found == operation.result or isinstance(found, UnexpectedResponseError)


# Invalid JSON


@pytest.fixture(params=["msgspec", "the standard library"])
def json_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse JSON with msgspec, and as if msgspec were not installed."""
    if request.param != "msgspec":
        monkeypatch.setitem(sys.modules, "msgspec", None)
        spec = importlib.util.find_spec("pipedrive_leads_async._codec.json")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert module.loads is not loads
        monkeypatch.setattr("pipedrive_leads_async._http.envelope.loads", module.loads)
        codec = "pipedrive_leads_async._codec.codec"
        monkeypatch.setattr(f"{codec}.struct_decoder_of", no_struct_decoder)


VALUES: Final = {
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "-Infinity": b"-Infinity",
    "number that overflows": b"1e309",
    "5,000 digits": b"1" * 5000,
    "invalid UTF-8": b'"\xff"',
    "Latin-1": '"é"'.encode("latin-1"),
    "200,000 nested lists": b"[" * 200_000 + b"]" * 200_000,
    "200,000 nested objects": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "unterminated string": b'"',
    "no value": b"",
}
"""Values that make an otherwise valid body invalid."""

CHANGES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "two byte order marks": lambda body: b"\xef\xbb\xbf" * 2 + body,
    "UTF-16": lambda body: body.decode().encode("utf-16"),
    "UTF-32": lambda body: body.decode().encode("utf-32"),
    "repeated": lambda body: body * 2,
    "in a list": lambda body: b"[" + body + b"]",
    "in a function call": lambda body: b"callback(" + body + b")",
    "in a string": lambda body: b'"' + body.replace(b'"', b'\\"') + b'"',
    "null byte at the end": lambda body: body + b"\0",
    "extra comma": lambda body: body[:-1] + b",}",
    "second success key with false": lambda body: body[:-1] + b', "success": false}',
}
"""Changes that make a valid body invalid."""

READ_TITLES: Final = [
    operation
    for operation in OPERATIONS
    if operation.kind is Kind.READ and b"title" in operation.body
]


@pytest.mark.usefixtures("json_parser")
@EACH_OPERATION
async def test_invalid_body_is_refused(operation: Operation) -> None:
    body = operation.body
    invalid = {name: change(body) for name, change in CHANGES.items()}
    invalid |= {name: b'{"x":' + value + b"," + body[1:] for name, value in VALUES.items()}
    for name, changed in invalid.items():
        assert isinstance(await outcome_of(operation, changed), UnexpectedResponseError), name


@pytest.mark.usefixtures("json_parser")
@EACH_OPERATION
async def test_byte_order_mark_and_half_of_a_surrogate_pair_are_accepted(
    operation: Operation,
) -> None:
    for text in (b'"cut \\ud83d"', b'"cut \xed\xa0\xbd"'):
        body = b'\xef\xbb\xbf{"x":' + text + b"," + operation.body[1:]
        assert await outcome_of(operation, body) == operation.result


@pytest.mark.usefixtures("json_parser")
@pytest.mark.parametrize("operation", READ_TITLES, ids=lambda operation: operation.name)
async def test_half_of_a_surrogate_pair_in_a_title_is_replaced(operation: Operation) -> None:
    outcome = await outcome_of(operation, operation.body.replace(b"Big order", b"Big \\ud83d"))
    assert repr(outcome) == repr(operation.result).replace("Big order", "Big \ufffd")


@pytest.mark.usefixtures("json_parser")
@EACH_OPERATION
async def test_last_one_of_duplicate_keys_counts(operation: Operation) -> None:
    body = b'{"success": false, "data": 5, ' + operation.body[1:]
    assert await outcome_of(operation, body) == operation.result


@pytest.mark.usefixtures("json_parser")
@EACH_OPERATION
async def test_json_of_200_levels_is_accepted(operation: Operation) -> None:
    body = b'{"x":' + b"[" * 200 + b"]" * 200 + b"," + operation.body[1:]
    assert await outcome_of(operation, body) == operation.result


# Hostile responses

GROWTH = """
import asyncio, gc, resource, sys, zlib
from pipedrive_leads_async import LeadsClient, PipedriveError

# A piece that ends with a full flush can be repeated: 512 MiB that are never held in memory.
compressor = zlib.compressobj(wbits=31)
first, piece = (
    compressor.compress(bytes(1 << 20)) + compressor.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
)
BODIES = {
    "compressed 512 MiB": first + piece * 511,
    "30,000 invalid rows": zlib.compress(
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

    gc.disable()  # the limit must hold without the garbage collector
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


@pytest.mark.linux  # other systems count the memory in bytes, or do not
@pytest.mark.parametrize(
    ("body", "times", "error"),
    [
        ("compressed 512 MiB", 1, "UnexpectedResponseError"),
        ("compressed 512 MiB", 10, "UnexpectedResponseError"),
        ("30,000 invalid rows", 1, "UnexpectedResponseError"),
    ],
)
def test_response_takes_at_most_twice_the_memory_of_its_size_limit(
    body: str, times: int, error: str
) -> None:
    command = [sys.executable, "-c", GROWTH, body, str(times)]
    process = subprocess.run(command, check=True, capture_output=True, text=True, timeout=50)
    *errors, mebibytes = process.stdout.splitlines()
    assert errors == [error] * times
    assert int(mebibytes) < 2 * 32
