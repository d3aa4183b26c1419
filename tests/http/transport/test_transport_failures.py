"""Test the errors of failed requests: whether the request was sent, and no trace of aiohttp."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest

from pipedrive_leads_async import SessionManager
from pipedrive_leads_async._http.message import Request
from pipedrive_leads_async._http.transport.transport import Transport
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

# Whether the request was sent


def closed_port() -> socket.socket:
    """Reserve a port that refuses every connection while the returned socket is open."""
    reserved = socket.socket()
    reserved.bind(("127.0.0.1", 0))
    return reserved


async def send_failing(transport: Transport, request: Request) -> TransportError:
    """Send a request that must fail, and check that the error keeps nothing of aiohttp."""
    with pytest.raises(TransportError) as caught:
        await transport.send(request)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "http" not in str(error)
    return error


async def test_refused_connection_is_unsent(transport: Transport) -> None:
    with closed_port() as reserved:
        port = reserved.getsockname()[1]
        error = await send_failing(transport, request_to(f"http://127.0.0.1:{port}"))
    assert isinstance(error, ConnectionFailedError)
    assert error.sent is False
    start = f"the connection to 127.0.0.1:{port} failed: ClientConnectorError (Connect call failed"
    assert str(error).startswith(start)


async def test_unknown_host_is_unsent() -> None:
    connector = aiohttp.TCPConnector(resolver=FakeDNS(failures=1))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        SessionManager(session=session) as manager,
    ):
        error = await send_failing(manager.__transport__(), request_to("http://localhost/v1"))
    assert isinstance(error, ConnectionFailedError)
    assert error.sent is False


async def test_connect_timeout_includes_the_name_lookup() -> None:
    connector = aiohttp.TCPConnector(resolver=FakeDNS(hangs=True))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        SessionManager(session=session) as manager,
    ):
        error = await send_failing(
            manager.__transport__(), request_to("http://localhost/v1", connect=0.02)
        )
        # aiohttp does not cancel a lookup when its last waiter is gone.
        for lookup in asyncio.all_tasks() - {asyncio.current_task()}:
            lookup.cancel()
    assert isinstance(error, RequestTimeoutError)
    assert error.sent is False


async def test_connect_timeout_includes_the_tls_handshake(transport: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        error = await send_failing(transport, request_to(url, connect=0.05))
    assert isinstance(error, RequestTimeoutError)
    assert error.sent is False
    assert "connecting took longer than 0.05 s" in str(error)


@pytest.mark.parametrize(
    "response",
    [
        (End.HANG,),
        (b"HTTP/1.1 200 OK\r\nx-half", End.HANG),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", End.HANG),
    ],
    ids=["before the headers", "within the headers", "within the body"],
)
async def test_pause_in_the_response_is_a_timeout_of_a_sent_request(
    transport: Transport, response: ScriptedResponse
) -> None:
    async with RawServer(response) as server:
        error = await send_failing(transport, request_to(server.url, read=0.05))
    assert isinstance(error, RequestTimeoutError)
    assert error.sent is True
    assert "no data arrived for 0.05 s" in str(error)


async def test_slow_response_without_a_long_pause_is_read(transport: Transport) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"
    async with RawServer((head, b"d", 0.1, b"r", 0.1, b"i", 0.1, b"p")) as server:
        response = await transport.send(request_to(server.url, read=0.25))
    assert response.body == b"drip"


async def test_timeout_on_a_reused_connection_is_a_read_timeout(
    transport: Transport,
) -> None:
    async with RawServer((success(),), (End.HANG,)) as server:
        await transport.send(request_to(server.url))
        error = await send_failing(transport, request_to(server.url, read=0.03))
    assert "no data arrived for 0.03 s" in str(error)


CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
GZIPPED = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 7\r\n\r\n"


@pytest.mark.parametrize(
    "response",
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
async def test_incomplete_response_is_an_error_of_a_sent_request(
    transport: Transport, response: ScriptedResponse
) -> None:
    async with RawServer(response) as server:
        error = await send_failing(transport, request_to(server.url))
        assert len(server.requests) == 1
    assert isinstance(error, ConnectionFailedError)
    assert error.sent is True


async def test_disconnect_is_named_in_the_error(transport: Transport) -> None:
    async with RawServer((End.FIN,)) as server:
        error = await send_failing(transport, request_to(server.url))
    host = server.origin.removeprefix("http://")
    assert str(error) == f"the connection to {host} failed: ServerDisconnectedError"


async def test_on_sent_is_called_when_the_request_leaves(transport: Transport) -> None:
    sent: list[str] = []
    with closed_port() as reserved:
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        with pytest.raises(ConnectionFailedError):
            await transport.send(request_to(url), lambda: sent.append("refused"))
    async with RawServer((End.FIN,)) as server:
        with pytest.raises(ConnectionFailedError):
            await transport.send(request_to(server.url), lambda: sent.append("dropped"))
    assert sent == ["dropped"]


# TLS


async def test_self_signed_certificate_is_refused(transport: Transport) -> None:
    async with RawServer((success(),), ssl=server_tls_context()) as server:
        error = await send_failing(transport, request_to(server.url, token="secret"))
        assert not server.requests
    assert isinstance(error, CertificateError)
    assert error.sent is False
    assert "self-signed" in str(error).replace(" ", "-")


async def test_server_without_tls_is_refused(transport: Transport) -> None:
    async with RawServer(on_connect=(http(), End.FIN)) as server:
        error = await send_failing(transport, request_to(server.url.replace("http:", "https:")))
    assert isinstance(error, CertificateError)


async def test_users_tls_context_is_used() -> None:
    async with (
        RawServer((success(),), ssl=server_tls_context()) as server,
        SessionManager(ssl=client_tls_context(any_name=False)) as manager,
    ):
        assert (await manager.__transport__().send(request_to(server.url))).status == 200
