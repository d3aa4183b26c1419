"""A resolver for tests: its lookups fail, hang or return 127.0.0.1."""

from __future__ import annotations

import asyncio
import socket

from aiohttp.abc import AbstractResolver, ResolveResult


class FakeDNS(AbstractResolver):
    """A resolver for `aiohttp.TCPConnector(resolver=…)`.

    Args:
        failures: The number of lookups that fail.
        hangs: Whether all later lookups hang.

    Attributes:
        names: The names that were looked up.
    """

    def __init__(self, *, failures: int = 0, hangs: bool = False) -> None:
        self._failures = failures
        self._hangs = hangs
        self.names: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.names.append(host)
        if len(self.names) <= self._failures:
            raise OSError(None, "no such host")
        if self._hangs:
            await asyncio.Event().wait()
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        """Do nothing: no resource is open."""
