"""Test how forms with files are sent: retries, files that change, large files, and the end."""

from __future__ import annotations

import asyncio
import io
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from inspect import GEN_CLOSED, GEN_RUNNING, getgeneratorstate
from pathlib import Path
from typing import Any, Final

import pytest

from pipedrive_leads_async import (
    ApiError,
    Attempt,
    ConnectionFailedError,
    FormFile,
    InvalidRequestError,
    LeadsClient,
    OutcomeUnknownError,
)
from pipedrive_leads_async._http.body.form import multipart
from pipedrive_leads_async._http.body.multipart import Multipart, Upload
from pipedrive_leads_async._http.body.sources import CHUNK
from tests.http.body.form_parser import parts_of
from tests.support.calls import QUICK, client_of
from tests.support.raw_server import RawServer, failure, success
from tests.support.sandbox_api import until

PATH: Final = "/v1/files"
CONTENT: Final = bytes(range(256)) * (CHUNK // 256) + b"end"
"""Two chunks."""

DONE: Final = (success({"id": 1}),)
LATER: Final = (failure(429, retry_after="0.001"),)


class Pipe(io.BytesIO):
    """A file that cannot be rewound."""

    def seekable(self) -> bool:
        return False


def bytes_of(tmp_path: Path) -> FormFile:
    return FormFile(CONTENT)


def path_of(tmp_path: Path) -> FormFile:
    path = tmp_path / "leads.csv"
    path.write_bytes(CONTENT)
    return FormFile(path)


def open_file_of(tmp_path: Path) -> FormFile:
    return FormFile(io.BytesIO(CONTENT))


async def send(client: LeadsClient, file: FormFile, method: str = "POST") -> object:
    return await client.request(method, PATH, form={"file": file})


def contents(server: RawServer) -> list[bytes]:
    return [part.content for request in server.requests for part in parts_of(request)]


# Retries


@pytest.mark.parametrize("make", [bytes_of, path_of, open_file_of])
async def test_each_attempt_sends_the_file_from_its_beginning(
    make: Callable[[Path], FormFile], tmp_path: Path
) -> None:
    async with RawServer(LATER, (failure(408),), DONE) as server, client_of(server) as client:
        assert await send(client, make(tmp_path)) == {"id": 1}
        assert contents(server) == [CONTENT] * 3


@pytest.mark.parametrize("make", [bytes_of, path_of, open_file_of])
async def test_two_requests_can_send_the_same_file_at_a_time(
    make: Callable[[Path], FormFile], tmp_path: Path
) -> None:
    file = make(tmp_path)
    async with RawServer(DONE) as server, client_of(server) as client:
        await asyncio.gather(send(client, file), send(client, file))
        assert contents(server) == [CONTENT] * 2


async def test_post_that_may_be_done_is_not_sent_again(tmp_path: Path) -> None:
    async with RawServer((failure(500),), DONE) as server, client_of(server) as client:
        with pytest.raises(OutcomeUnknownError):
            await send(client, path_of(tmp_path))
        assert len(server.requests) == 1
        assert await send(client, path_of(tmp_path), "PUT") == {"id": 1}


async def test_file_that_cannot_be_rewound_is_sent_in_chunks() -> None:
    async with RawServer(DONE) as server, client_of(server) as client:
        assert await send(client, FormFile(Pipe(CONTENT))) == {"id": 1}
        [request] = server.requests
    assert request.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in request.headers
    assert contents(server) == [CONTENT]


@pytest.mark.parametrize("status", [429, 408, 401, 503])
async def test_file_that_cannot_be_rewound_is_sent_once(status: int) -> None:
    file = FormFile(Pipe(CONTENT))
    response = failure(status, retry_after="0.001")
    async with RawServer((response,)) as server, client_of(server) as client:
        with pytest.raises(ApiError) as caught:
            await send(client, file, "PUT")
        assert (caught.value.status, caught.value.attempts) == (status, 1)
        with pytest.raises(InvalidRequestError, match=r"^form\['file'\] was already sent"):
            await send(client, file, "PUT")
        assert len(server.requests) == 1


async def test_file_that_was_not_read_yet_is_sent_after_a_refused_connection() -> None:
    attempts: list[Attempt] = []
    async with RawServer(DONE) as server:
        url = server.url
    async with LeadsClient("t", base_url=url, retry=QUICK, on_attempt=attempts.append) as client:
        with pytest.raises(ConnectionFailedError):
            await send(client, FormFile(Pipe(CONTENT)))
    assert [attempt.number for attempt in attempts] == [1, 2, 3]


async def test_stream_is_refused_if_another_request_reads_it() -> None:
    file = FormFile(Pipe(CONTENT))
    async with RawServer(DONE) as server, client_of(server) as client:
        results = await asyncio.gather(
            send(client, file), send(client, file), return_exceptions=True
        )
        assert contents(server)[0] == CONTENT
    [error] = [result for result in results if isinstance(result, Exception)]
    assert isinstance(error, InvalidRequestError)
    assert "was already sent and cannot be rewound" in str(error)


# Files that change or cannot be read


class Faulty(io.BytesIO):
    """A file whose second chunk is this result or error."""

    def __init__(self, second: Any) -> None:
        super().__init__(CONTENT)
        self._second = second

    def read(self, size: int | None = -1, /) -> Any:
        chunk = super().read(size)
        if len(chunk) == CHUNK:
            return chunk
        if isinstance(self._second, Exception):
            raise self._second
        return self._second


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (b"", "became shorter while it was sent: send it when it is complete"),
        ("end", "returns str instead of bytes: open it in binary mode"),
        (None, "returns NoneType instead of bytes"),
        (OSError(5, "Input/output error"), r"cannot be read \(OSError: Input/output error\), so"),
        (TimeoutError("slow"), r"cannot be read \(TimeoutError: slow\)"),
        (ValueError("closed"), r"cannot be read \(ValueError: closed\)"),
        (RuntimeError("x"), r"cannot be read \(RuntimeError: x\)"),
    ],
    ids=lambda value: repr(value)[:20],
)
async def test_request_with_a_file_that_fails_is_not_completed(second: Any, message: str) -> None:
    async with RawServer(DONE) as server, client_of(server) as client:
        with pytest.raises(InvalidRequestError, match=rf"^POST .*: form\['file'\] {message}"):
            await send(client, FormFile(Faulty(second)))
        assert server.connections == 1
        assert server.requests == []
        assert await send(client, FormFile(b"x")) == {"id": 1}


def test_file_that_is_deleted_before_a_retry_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes(CONTENT)
    body = multipart({"file": FormFile(path)})
    assert len(b"".join(body.chunks())) == body.size
    path.unlink()
    with pytest.raises(InvalidRequestError, match="FileNotFoundError: No such file") as caught:
        list(body.chunks())
    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_file_that_grows_is_sent_as_long_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"one\n")
    body = multipart({"file": FormFile(path)})
    path.write_bytes(b"one\ntwo\n")
    sent = b"".join(body.chunks())
    assert len(sent) == body.size
    assert b"one\n\r\n--" in sent


# Responses before the end of the request, and requests that end early


@asynccontextmanager
async def refusing_early() -> AsyncGenerator[LeadsClient, None]:
    """Yield a client of a server that responds to the head of a request, and reads no more."""
    is_over = asyncio.Event()

    async def refuse(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(failure(413, "too large"))
        await is_over.wait()
        writer.transport.abort()

    server = await asyncio.start_server(refuse, "127.0.0.1", limit=1024)
    port = server.sockets[0].getsockname()[1]
    async with server, LeadsClient("t", base_url=f"http://127.0.0.1:{port}/v1") as client:
        yield client
        is_over.set()


async def test_response_before_the_end_of_the_request_is_read() -> None:
    async with refusing_early() as client:
        with pytest.raises(ApiError, match="413: too large") as caught:
            await send(client, FormFile(bytes(20 << 20)))
    assert caught.value.attempts == 1


class Slow(io.BytesIO):
    """A file that a thread reads until it is released."""

    def __init__(self) -> None:
        super().__init__(CONTENT)
        self.is_read = threading.Event()
        self.release = threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        self.is_read.set()
        self.release.wait(10)
        return super().read(size)


async def test_event_loop_runs_while_a_file_is_read() -> None:
    file = Slow()
    async with RawServer(DONE) as server, client_of(server) as client:
        call = asyncio.create_task(send(client, FormFile(file)))
        await until(file.is_read.is_set)
        file.release.set()
        assert await call == {"id": 1}


async def test_cancelled_request_does_not_wait_for_the_file() -> None:
    file = Slow()
    form_file = FormFile(file)
    async with RawServer(DONE) as server, client_of(server) as client:
        call = asyncio.create_task(send(client, form_file))
        await until(file.is_read.is_set)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert not file.release.is_set()
        file.release.set()
        assert await send(client, form_file) == {"id": 1}
        assert contents(server) == [CONTENT]


async def test_file_is_closed_if_the_server_does_not_read_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[Generator[bytes, None, None]] = []
    chunks = Multipart.chunks

    def record(body: Multipart) -> Generator[bytes, None, None]:
        started.append(chunks(body))
        return started[-1]

    monkeypatch.setattr(Multipart, "chunks", record)
    async with refusing_early() as client:
        with pytest.raises(ApiError):
            await send(client, FormFile(bytes(20 << 20)))
    assert [getgeneratorstate(each) for each in started] == [GEN_CLOSED]


async def test_file_is_closed_by_the_thread_that_reads_it() -> None:
    file = Slow()
    upload = Upload(multipart({"file": FormFile(file)}))
    assert await anext(upload)  # the headers
    chunks: Generator[bytes, None, None] = vars(upload)["_chunks"]
    reading = asyncio.ensure_future(anext(upload))
    await until(file.is_read.is_set)
    upload.close()
    assert getgeneratorstate(chunks) == GEN_RUNNING
    file.release.set()
    await reading
    assert getgeneratorstate(chunks) == GEN_CLOSED
