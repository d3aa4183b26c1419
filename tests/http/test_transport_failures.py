"""What a session says of a request that failed: whether it was sent, and nothing of aiohttp's."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest

from pipedrive_leads_async import SessionManager
from pipedrive_leads_async._http.message import Request
from pipedrive_leads_async._http.transport import Transport
from pipedrive_leads_async.errors import (
    CertificateError,
    ConnectionFailedError,
    RequestTimeoutError,
    TransportError,
)
from tests.support.fake_dns import FakeDNS
from tests.support.network_failures import client_tls_context, server_tls_context
from tests.support.raw_server import End, RawServer, ScriptedResponse, http, success
from tests.support.requests import request_to

# Sent or not


def nobody_listens() -> socket.socket:
    """Take a port on which every connection is refused while the socket is open."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    return taken


async def fails(transport: Transport, request: Request) -> TransportError:
    """Send what must fail, and see that the error keeps nothing of aiohttp's."""
    with pytest.raises(TransportError) as caught:
        await transport.send(request)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "http" not in str(error)
    return error


async def test_a_refused_connection_sent_nothing(transport: Transport) -> None:
    with nobody_listens() as taken:
        port = taken.getsockname()[1]
        error = await fails(transport, request_to(f"http://127.0.0.1:{port}"))
    assert isinstance(error, ConnectionFailedError)
    assert error.sent is False
    began = f"the connection to 127.0.0.1:{port} failed: ClientConnectorError (Connect call failed"
    assert str(error).startswith(began)


async def test_a_name_that_is_not_found_sent_nothing() -> None:
    connector = aiohttp.TCPConnector(resolver=FakeDNS(failures=1))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        SessionManager(session=session) as manager,
    ):
        error = await fails(manager.__transport__(), request_to("http://localhost/v1"))
    assert isinstance(error, ConnectionFailedError)
    assert error.sent is False


async def test_the_connect_timeout_covers_the_name_lookup() -> None:
    connector = aiohttp.TCPConnector(resolver=FakeDNS(hangs=True))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        SessionManager(session=session) as manager,
    ):
        error = await fails(
            manager.__transport__(), request_to("http://localhost/v1", connect=0.02)
        )
        # aiohttp leaves a lookup alone that nobody waits for any more.
        for lookup in asyncio.all_tasks() - {asyncio.current_task()}:
            lookup.cancel()
    assert isinstance(error, RequestTimeoutError)
    assert error.sent is False


async def test_the_connect_timeout_covers_the_tls_handshake(transport: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        error = await fails(transport, request_to(url, connect=0.05))
    assert isinstance(error, RequestTimeoutError)
    assert error.sent is False
    assert "connecting took longer than 0.05 s" in str(error)


@pytest.mark.parametrize(
    "answer",
    [
        (End.HANG,),
        (b"HTTP/1.1 200 OK\r\nx-half", End.HANG),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", End.HANG),
    ],
    ids=["before the headers", "within the headers", "within the body"],
)
async def test_a_pause_in_the_answer_is_a_timeout_of_what_was_sent(
    transport: Transport, answer: ScriptedResponse
) -> None:
    async with RawServer(answer) as server:
        error = await fails(transport, request_to(server.url, read=0.05))
    assert isinstance(error, RequestTimeoutError)
    assert error.sent is True
    assert "no data arrived for 0.05 s" in str(error)


async def test_a_long_answer_without_a_long_pause_is_no_timeout(transport: Transport) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"
    async with RawServer((head, b"d", 0.1, b"r", 0.1, b"i", 0.1, b"p")) as server:
        answer = await transport.send(request_to(server.url, read=0.25))
    assert answer.body == b"drip"


async def test_nor_is_it_called_connecting_over_a_connection_that_was_kept(
    transport: Transport,
) -> None:
    async with RawServer((success(),), (End.HANG,)) as server:
        await transport.send(request_to(server.url))
        error = await fails(transport, request_to(server.url, read=0.03))
    assert "no data arrived for 0.03 s" in str(error)


CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
GZIPPED = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 7\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        (End.FIN,),
        (End.RST,),
        (b"\x16\x03\x01\x02\x00garbage\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\nx-long: " + bytes(100_000).replace(b"\0", b"x") + b"\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}", End.FIN),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}", 0.01, End.RST),
        (CHUNKED + b"2\r\n{}\r\n", End.FIN),
        (CHUNKED + b"zz\r\n{}\r\n", End.FIN),
        (GZIPPED + b"not one", End.FIN),
    ],
    ids=[
        "disconnect",
        "reset",
        "garbage",
        "absurd length",
        "100 kB header",
        "truncated body",
        "reset in the body",
        "truncated chunks",
        "bad chunk",
        "bad gzip",
    ],
)
async def test_half_an_answer_is_an_error_that_says_it_was_sent(
    transport: Transport, answer: ScriptedResponse
) -> None:
    async with RawServer(answer) as server:
        error = await fails(transport, request_to(server.url))
        assert len(server.requests) == 1
    assert isinstance(error, ConnectionFailedError)
    assert error.sent is True


async def test_a_disconnect_is_called_one(transport: Transport) -> None:
    async with RawServer((End.FIN,)) as server:
        error = await fails(transport, request_to(server.url))
    where = server.origin.removeprefix("http://")
    assert str(error) == f"the connection to {where} failed: ServerDisconnectedError"


async def test_who_sends_hears_when_the_request_leaves(transport: Transport) -> None:
    left: list[str] = []
    with nobody_listens() as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ConnectionFailedError):
            await transport.send(request_to(url), lambda: left.append("refused"))
    async with RawServer((End.FIN,)) as server:
        with pytest.raises(ConnectionFailedError):
            await transport.send(request_to(server.url), lambda: left.append("dropped"))
    assert left == ["dropped"]


# TLS


async def test_a_certificate_nobody_vouches_for_is_refused(transport: Transport) -> None:
    async with RawServer((success(),), ssl=server_tls_context()) as server:
        error = await fails(transport, request_to(server.url, token="secret"))
        assert not server.requests
    assert isinstance(error, CertificateError)
    assert error.sent is False
    assert "self-signed" in str(error).replace(" ", "-")


async def test_a_server_that_does_not_speak_tls_is_refused(transport: Transport) -> None:
    async with RawServer(on_connect=(http(), End.FIN)) as server:
        error = await fails(transport, request_to(server.url.replace("http:", "https:")))
    assert isinstance(error, CertificateError)


async def test_a_tls_context_of_ones_own_is_used() -> None:
    async with (
        RawServer((success(),), ssl=server_tls_context()) as server,
        SessionManager(ssl=client_tls_context(any_name=False)) as manager,
    ):
        assert (await manager.__transport__().send(request_to(server.url))).status == 200
