"""`RedisTokenStore`: keeps the OAuth token of an account in Redis."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

from redis.asyncio import Redis

from .._shared.secrets import SecretHeader
from ..auth import Token
from ..errors import AuthUnavailableError, ConfigurationError, PipedriveError
from . import _scripts
from ._redis import Script, UnreachableError, WrongValueError

_LEASE: Final = 2.0
"""Seconds after which a lease ends that its holder no longer extends.

Some OAuth hosts accept a refresh token for 5 seconds after they issued the next one. If a process
is killed before it has saved the new one, another process must refresh within that time.
"""

_POLL_INTERVAL: Final = 0.05
"""Seconds between attempts to take a lease that another task holds."""


class RedisTokenStore:
    """Keeps the OAuth token of an account in Redis, for any number of processes and hosts.

    One process at a time refreshes the token. If it is killed, another one refreshes two seconds
    later, because many OAuth hosts accept the old refresh token for some seconds more. A process
    whose event loop was blocked for longer than that does not overwrite a newer token. The token
    can be read by every client of this Redis. If Redis loses it, the user has to grant access
    again: configure Redis to persist its data.

    Args:
        redis: A client of Redis 6 or later, or of Valkey. You close it.
        key: A name for the account, such as `"pipedrive:acme"`.
        timeout: Seconds to wait for a reply of Redis.

    Raises:
        ConfigurationError: An argument is out of its bounds.

    Example:
        >>> from redis.asyncio import Redis
        >>> from pipedrive_leads_async.fleet import RedisTokenStore
        >>> store = RedisTokenStore(Redis(), "pipedrive:acme")
    """

    def __init__(self, redis: Redis, key: str, *, timeout: float = 5.0) -> None:
        self._place = (redis, key)
        self._load = Script(redis, key, "token", _scripts.LOAD, timeout)
        self._save = Script(redis, key, "token", _scripts.SAVE, timeout)
        self._lease = Script(redis, key, "lease", _scripts.TAKE_LEASE, timeout)
        self._release = Script(redis, key, "lease", _scripts.RELEASE_LEASE, timeout)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RedisTokenStore) and self._place == other._place

    def __hash__(self) -> int:
        return hash(self._place)

    async def load(self) -> tuple[Token, int] | None:
        """Return the token and its version, None if none is stored.

        Raises:
            AuthUnavailableError: Redis cannot be reached.
            ConfigurationError: The key holds something else than a token.
        """
        text, version = await _run(self._load)
        if text is None:
            return None
        try:
            return Token.from_json(text if isinstance(text, str) else text.decode()), version
        except ValueError:
            del text  # no traceback with locals shows it
        raise ConfigurationError(
            f"the key {self._place[1]!r} does not hold a token: name another key"
        )

    async def save(self, token: Token, *, expected: int | None = None) -> bool:
        """Save a token if the stored version is `expected`; return whether it was saved.

        Args:
            token: The token.
            expected: The version that the token replaces; None replaces any.

        Raises:
            AuthUnavailableError: Redis cannot be reached: the token may have been saved.
            ConfigurationError: The key holds something else than a token.
        """
        text = SecretHeader(token.to_json())  # no traceback with locals shows it
        return bool(await _run(self._save, text, "" if expected is None else expected))

    @asynccontextmanager
    async def lease(self) -> AsyncGenerator[None]:
        """Hold the lease for a refresh; only one task of all processes has it at a time.

        Raises:
            AuthUnavailableError: Redis cannot be reached.
            ConfigurationError: The key holds something else than a lease.
        """
        owner = uuid.uuid4().hex
        try:
            await self._take(owner)
            extending = asyncio.create_task(self._extend(owner))
            try:
                yield
            finally:
                extending.cancel()
                await asyncio.wait([extending])
        finally:
            # Also if the lease may have been taken and the reply was lost. A lease of another
            # owner stays.
            with contextlib.suppress(UnreachableError):
                await self._release(owner)

    async def _take(self, owner: str) -> None:
        while True:
            if await _run(self._lease, owner, int(_LEASE * 1000)):
                return
            await asyncio.sleep(_POLL_INTERVAL)

    async def _extend(self, owner: str) -> None:
        while True:
            await asyncio.sleep(_LEASE / 4)
            with contextlib.suppress(UnreachableError):
                await self._lease(owner, int(_LEASE * 1000))


async def _run(script: Script, *args: str | int) -> Any:
    """Run a script; raise its failure as an error that callers of a token store catch."""
    failure: PipedriveError
    try:
        return await script(*args)
    except UnreachableError as error:
        failure = (
            ConfigurationError(f"the key {script.key!r} holds something else: name another key")
            if isinstance(error, WrongValueError)
            else AuthUnavailableError(f"Redis, which stores the token, cannot be used: {error}")
        )
    raise failure
