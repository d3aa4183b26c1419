"""A server in a process of its own that spends as little CPU as possible on a response.

The path selects the account: `/20000/50/200/gzip` has 20,000 leads, a latency of 50 ms, 200 custom
fields and compressed responses.
"""

from __future__ import annotations

import asyncio
import functools
import gzip
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final
from urllib.parse import parse_qs, urlsplit

import attrs

from . import data
from .cores import pin_server

_HEAD: Final = (
    "HTTP/1.1 200 OK\r\n"
    "date: Mon, 02 Mar 2026 09:33:33 GMT\r\n"
    "content-type: application/json; charset=utf-8\r\n"
    "{encoding}"
    "content-length: {length}\r\n"
    "connection: keep-alive\r\n"
    "server: cloudflare\r\n"
    "cf-ray: 8d2f1c5a7e4b9d3f-FRA\r\n"
    "cf-cache-status: DYNAMIC\r\n"
    "access-control-allow-origin: *\r\n"
    "access-control-expose-headers: X-RateLimit-Limit,X-RateLimit-Remaining,X-RateLimit-Reset\r\n"
    "strict-transport-security: max-age=31536000; includeSubDomains\r\n"
    "referrer-policy: strict-origin-when-cross-origin\r\n"
    "vary: Accept-Encoding\r\n"
    "x-content-type-options: nosniff\r\n"
    "x-frame-options: SAMEORIGIN\r\n"
    "x-xss-protection: 1; mode=block\r\n"
    "x-correlation-id: 5b1f0a8e-2c64-4d1e-9f1c-0e2a6f7f5c11\r\n"
    # A limit so high that the client never waits.
    "x-ratelimit-limit: 10000\r\n"
    "x-ratelimit-remaining: 9999\r\n"
    "x-ratelimit-reset: 2\r\n"
    "x-daily-ratelimit-token-limit: 150000000\r\n"
    "x-daily-ratelimit-token-remaining: 149999000\r\n"
    "\r\n"
)


@attrs.frozen
class Server:
    """A running server."""

    root: str

    def url(
        self, *, leads: int, latency_ms: int = 0, fields: int = 0, compress: bool = False
    ) -> str:
        """Return the base URL of an account.

        Args:
            leads: The number of leads.
            latency_ms: The time until a response is sent, in milliseconds.
            fields: The number of custom fields that are defined; 0 for the usual account.
            compress: Whether responses are compressed with gzip.
        """
        encoding = "gzip" if compress else "identity"
        return f"{self.root}/{leads}/{latency_ms}/{fields}/{encoding}/v1"


@contextmanager
def serving() -> Generator[Server]:
    """Run a server in another process, on another core if there is one."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        with process.stdin:  # the server ends when its input is closed
            yield Server(f"http://127.0.0.1:{int(process.stdout.readline())}")


class _Connection(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            latency, response = _respond(head.split(b" ", 2)[1])
            if latency:
                loop = asyncio.get_running_loop()
                loop.call_later(latency, self._transport.write, response)
            else:
                self._transport.write(response)


def _respond(target: bytes) -> tuple[float, bytes]:
    """Return the latency in seconds, and the response."""
    _, leads, latency_ms, fields, encoding, rest = target.split(b"/", 5)
    # Pages of a large account are requested once, so they are not cached.
    make = _make if int(leads) > 100_000 else _make_once
    return int(latency_ms) / 1000, make(int(leads), int(fields), encoding, rest)


def _make(leads: int, fields: int, encoding: bytes, target: bytes) -> bytes:
    parts = urlsplit(target.decode())
    lead_id = parts.path.removeprefix("v1/leads").removeprefix("/")
    if lead_id:
        number = int(lead_id.partition("-")[0], 16)
        body = b'{"success":true,"data":%b}' % data.lead(number, fields=fields)
    else:
        query = parse_qs(parts.query)
        start, limit = (int(query.get(name, [other])[0]) for name, other in _DEFAULTS.items())
        body = data.page(start, limit, leads, fields=fields)
    header = ""
    if encoding == b"gzip":
        header, body = "content-encoding: gzip\r\n", gzip.compress(body, 6)
    return _HEAD.format(encoding=header, length=len(body)).encode() + body


_DEFAULTS: Final = {"start": "0", "limit": "100"}

_make_once = functools.cache(_make)


async def _serve() -> None:
    pin_server()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    input_ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), input_ended.set)
    await input_ended.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
