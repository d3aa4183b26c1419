"""Test that `Transport` sends one request once, and reads its response whole."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
import tracemalloc
import zlib

import pytest

from pipedrive_leads_async import SessionManager
from pipedrive_leads_async._http.transport.transport import Transport
from pipedrive_leads_async.errors import (
    ClientClosedError,
    ConnectionFailedError,
    UnexpectedResponseError,
    WrongLoopError,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.raw_server import End, RawServer, failure, http, success
from tests.support.requests import request_to

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"

# One request


async def test_response_has_status_headers_and_whole_body(transport: Transport) -> None:
    async with RawServer((failure(418, x_correlation_id="42"),)) as server:
        response = await transport.send(request_to(server.url))
    assert response.status == 418
    assert response.request_id == "42"
    assert response.body == b'{"success": false, "error": "no"}'


async def test_request_is_sent_with_its_url_body_and_headers(transport: Transport) -> None:
    async with RawServer((success(),)) as server:
        url = f"{server.url}/leads?sort=add_time+DESC"
        await transport.send(request_to(url, "POST", body=b'{"a":1}', color="blue"))
        [request] = server.requests
    assert (request.method, request.target) == ("POST", "/v1/leads?sort=add_time+DESC")
    assert request.json == {"a": 1}
    assert request.headers["color"] == "blue"
    assert request.headers["accept"] == "application/json"
    assert request.headers["accept-encoding"] == "gzip"
    assert request.headers["user-agent"].startswith("pipedrive-leads-async/")


async def test_connection_is_reused(transport: Transport) -> None:
    async with RawServer((success(),)) as server:
        for _ in range(5):
            await transport.send(request_to(server.url))
        assert (len(server.requests), server.connections) == (5, 1)


@pytest.mark.parametrize("end", [End.FIN, End.RST])
@pytest.mark.parametrize("method", METHODS)
async def test_request_is_not_resent_after_a_disconnect(
    transport: Transport, method: str, end: End
) -> None:
    async with RawServer((end,)) as server:
        with pytest.raises(ConnectionFailedError) as caught:
            await transport.send(request_to(server.url, method, body=b"{}"))
        assert len(server.requests) == 1
    assert caught.value.sent is True


@pytest.mark.parametrize("method", METHODS)
async def test_request_is_not_resent_on_a_reused_connection(
    transport: Transport, method: str
) -> None:
    async with RawServer((success(),), (End.FIN,)) as server:
        await transport.send(request_to(server.url))
        with pytest.raises(ConnectionFailedError):
            await transport.send(request_to(server.url, method))
        assert [request.method for request in server.requests] == ["GET", method]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", METHODS)
async def test_redirect_is_not_followed(transport: Transport, method: str, status: int) -> None:
    async with RawServer((success(),)) as other:
        for location in ("/v1/elsewhere", f"{other.url}/leads"):
            async with RawServer((http(status, location=location),)) as server:
                response = await transport.send(request_to(server.url, method, body=b"{}"))
                assert response.status == status
                assert len(server.requests) == 1
        assert not other.connections


# Bodies


async def test_gzip_body_is_decompressed(transport: Transport) -> None:
    body = gzip.compress(b'{"success":true}')
    async with RawServer((http(200, body, content_encoding="gzip"),)) as server:
        assert (await transport.send(request_to(server.url))).body == b'{"success":true}'


async def test_chunked_body_is_joined(transport: Transport) -> None:
    async with RawServer((CHUNKED + b"1\r\n{\r\n", 0.01, b"1\r\n}\r\n0\r\n\r\n")) as server:
        assert (await transport.send(request_to(server.url))).body == b"{}"


def bomb(size: int) -> bytes:
    """Return `size` zeros compressed, without holding all of them in memory."""
    mebibyte = bytes(1 << 20)
    compressor = zlib.compressobj(level=1, wbits=31)
    return b"".join(compressor.compress(mebibyte) for _ in range(size >> 20)) + compressor.flush()


async def test_decompression_bomb_is_refused_before_it_fills_the_memory(
    transport: Transport,
) -> None:
    raw = http(200, bomb(200 << 20), content_encoding="gzip")
    async with RawServer((raw,)) as server:
        tracemalloc.start()
        try:
            with pytest.raises(
                UnexpectedResponseError, match="response is larger than 32 MiB"
            ) as caught:
                await transport.send(request_to(server.url))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (caught.value.status, caught.value.too_large) == (200, True)
    assert peak < 48 << 20


async def test_body_of_8_mib_is_read_whole(transport: Transport) -> None:
    body = bytes(8 << 20)
    async with RawServer((http(200, body),)) as server:
        assert (await transport.send(request_to(server.url))).body == body


async def test_body_of_an_error_is_read_whole_up_to_64_kib(transport: Transport) -> None:
    raw = http(500, bytes(64 << 10))
    async with RawServer((raw[:1000], 0.01, raw[1000:-1], 0.01, raw[-1:])) as server:
        assert (await transport.send(request_to(server.url))).body == bytes(64 << 10)


async def test_body_of_an_error_is_cut_above_64_kib(transport: Transport) -> None:
    raw = http(500, bomb(100 << 20), content_encoding="gzip")
    async with RawServer((raw,)) as server:
        response = await transport.send(request_to(server.url))
    assert response.status == 500
    assert 64 << 10 <= len(response.body) < 2 << 20


# Between accounts


async def test_cookies_and_headers_are_not_kept_for_the_next_request(
    transport: Transport,
) -> None:
    async with RawServer((success(set_cookie="session=first; Path=/"),)) as server:
        # By name, because no cookie jar keeps the cookies of an IP address.
        url = server.url.replace("127.0.0.1", "localhost")
        await transport.send(request_to(url, x_api_token="first"))
        await transport.send(request_to(url))
        first, second = server.requests
    assert first.headers["x_api_token"] == "first"
    assert not {"cookie", "x_api_token"} & set(second.headers)


# Time


async def test_connect_timeout_excludes_the_wait_for_a_free_connection() -> None:
    async with (
        RawServer((0.8, success())) as server,
        SessionManager(connections=1) as manager,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(2):
            group.create_task(manager.__transport__().send(request_to(server.url, connect=0.6)))
    assert (len(server.requests), server.connections) == (2, 1)


async def test_connect_timeout_excludes_the_wait_for_the_response(transport: Transport) -> None:
    async with RawServer((0.8, success())) as server:
        assert (await transport.send(request_to(server.url, connect=0.6))).status == 200


async def test_cancelled_request_ends_at_once_and_releases_its_connection() -> None:
    async with RawServer((End.HANG,), (success(),)) as server, SessionManager(connections=1) as m:
        task = asyncio.create_task(m.__transport__().send(request_to(server.url)))
        await server.received(1)
        task.cancel()
        await asyncio.wait([task], timeout=0.0)
        assert task.cancelled()
        assert (await m.__transport__().send(request_to(server.url))).status == 200


# Event loops, processes, closing


def test_request_in_another_event_loop_is_refused(sandbox: Sandbox) -> None:
    manager = SessionManager()
    request = request_to(sandbox.url)
    with asyncio.Runner() as runner:
        assert runner.run(manager.__transport__().send(request)).status == 401
        with pytest.raises(WrongLoopError, match="TestClient"):
            asyncio.run(manager.__transport__().send(request))
        assert runner.run(manager.__transport__().send(request)).status == 401
        runner.run(manager.aclose())


FORK = """
import asyncio, os, sys
from pipedrive_leads_async import SessionManager
from pipedrive_leads_async._http.message import Request
from pipedrive_leads_async.errors import WrongLoopError

manager, request = SessionManager(), Request("GET", sys.argv[1], {}, None, 5.0, 5.0)
loop = asyncio.new_event_loop()
loop.run_until_complete(manager.__transport__().send(request))
if not (child := os.fork()):
    try:
        loop.run_until_complete(manager.__transport__().send(request))
    except WrongLoopError as error:
        os.write(1, type(error).__name__.encode())
    os._exit(0)
os.waitpid(child, 0)
loop.run_until_complete(manager.__transport__().send(request))
loop.run_until_complete(manager.aclose())
loop.close()
"""


@pytest.mark.unix
def test_forked_process_is_refused_and_its_parent_continues(sandbox: Sandbox) -> None:
    command = [sys.executable, "-c", FORK, sandbox.url]
    done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=30)
    assert done.stdout == "WrongLoopError"
    assert not done.stderr
    assert len(sandbox.requests) == 2


async def test_closed_transport_sends_nothing(transport: Transport) -> None:
    async with RawServer((success(),)) as server:
        await transport.send(request_to(server.url))
        await transport.aclose()
        await transport.aclose()
        assert transport.closed
        with pytest.raises(ClientClosedError, match="create a new one"):
            await transport.send(request_to(server.url))
        assert len(server.requests) == 1


async def test_closing_ends_the_requests_in_progress(transport: Transport) -> None:
    async with RawServer((End.HANG,)) as server:
        task = asyncio.create_task(transport.send(request_to(server.url)))
        await server.received(1)
        await transport.aclose()
        with pytest.raises(ConnectionFailedError):
            await task
