"""What many processes share of one Pipedrive account, on Redis: its limits, and its OAuth token.

It needs an extra: `pip install pipedrive-leads-async[redis]`. No other module imports Redis.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

try:
    from redis.asyncio import Redis
    from redis.exceptions import RedisError
except ModuleNotFoundError:
    needs = "pipedrive_leads_async.fleet needs redis: pip install 'pipedrive-leads-async[redis]'"
    raise ModuleNotFoundError(needs, name="redis") from None

from .._limits.governor import Governor
from .._shared import checks
from .._shared.secrets import SecretHeader
from ..auth import Token
from ..errors import (
    AuthUnavailableError,
    ConfigurationError,
    PipedriveError,
    WrongLoopError,
)
from . import _scripts
from ._governor import FleetLimiter
from ._scripts import UnreachableError

__all__ = ["RedisGovernor", "RedisTokenStore"]

_LEASE: Final = 10.0
"""Seconds until a lease ends whose holder is gone."""

_POLL: Final = 0.05
"""Seconds between looks at a lease that another holds."""


class RedisGovernor(Governor):
    """Keeps all processes that share a Redis key within the limits of one Pipedrive credential.

    Give one to the client of each process, and all of them, on whatever hosts, send together
    what one `Governor` would let through. Requests leave evenly, at ten elevenths of the burst
    limit; until an answer has told it, at that of the smallest plan, 20 in 2 seconds. After a
    429, a block, or the end of the daily budget all pause, except for what leaves within a
    tenth of a second. A request asks Redis once, and once more shortly before its turn where
    that is not near. The governor belongs to the event loop of the Redis client.

    While Redis cannot be reached, each process keeps to its part of the limit as it was last
    known, and the log says so, once, and once more when Redis is back.

    Not promised: to see who uses the same token without sharing the key. The fleet slows down
    when such others leave it nothing, and pauses after a 429 that they brought about.

    Args:
        redis: A client of Redis 6 or later, or of Valkey. It stays yours to close.
        key: A name for the credential, such as `"pipedrive:acme"`: the same in all processes,
            another for another token. Not the token itself, as it can be read in Redis.
        keep_daily_tokens: Tokens of the company's daily budget to leave to others, as for
            `Governor`; each process may keep another number.
        max_in_flight: Requests of this process in flight at once, at least 1.
        workers: How many processes share the key at most. Without Redis nobody can count
            them, and each keeps to one part in so many.
        timeout: Seconds after which an answer of Redis is waited for no longer.

    Raises:
        ConfigurationError: An argument is out of its bounds.

    Example:
        >>> from redis.asyncio import Redis
        >>> from pipedrive_leads_async import LeadsClient
        >>> from pipedrive_leads_async.fleet import RedisGovernor
        >>> governor = RedisGovernor(Redis(), "pipedrive:acme", workers=4)
        >>> client = LeadsClient("api-token", governor=governor)
    """

    def __init__(
        self,
        redis: Redis,
        key: str,
        *,
        keep_daily_tokens: int = 0,
        max_in_flight: int = 16,
        workers: int = 8,
        timeout: float = 0.5,
    ) -> None:
        super().__init__(keep_daily_tokens=keep_daily_tokens, max_in_flight=max_in_flight)
        self._limiter = FleetLimiter(
            _Script(redis, key, "limits", _scripts.ADMIT, timeout),
            keep_daily_tokens=keep_daily_tokens,
            max_in_flight=max_in_flight,
            workers=checks.integer("workers", workers, error=ConfigurationError),
            timeout=timeout,
        )


class RedisTokenStore:
    """Keeps the OAuth token of an account in Redis, for any number of processes and hosts.

    One of them at a time refreshes it. Should it crash, another does ten seconds later; should
    it only have been slow, it overwrites nothing that is newer. Whoever can read Redis can read
    the token. If Redis forgets it, the user has to grant access again, so let it persist.

    Args:
        redis: A client of Redis 6 or later, or of Valkey. It stays yours to close.
        key: A name for the account, such as `"pipedrive:acme"`.
        timeout: Seconds after which an answer of Redis is waited for no longer.

    Raises:
        ConfigurationError: An argument is out of its bounds.

    Example:
        >>> from redis.asyncio import Redis
        >>> from pipedrive_leads_async.fleet import RedisTokenStore
        >>> store = RedisTokenStore(Redis(), "pipedrive:acme")
    """

    def __init__(self, redis: Redis, key: str, *, timeout: float = 5.0) -> None:
        self._place = (redis, key)
        self._load = _Script(redis, key, "token", _scripts.LOAD, timeout)
        self._save = _Script(redis, key, "token", _scripts.SAVE, timeout)
        self._lease = _Script(redis, key, "lease", _scripts.LEASE, timeout)
        self._release = _Script(redis, key, "lease", _scripts.RELEASE, timeout)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RedisTokenStore) and self._place == other._place

    def __hash__(self) -> int:
        return hash(self._place)

    async def load(self) -> tuple[Token, int] | None:
        """Give the token and its version, None if there is none.

        Raises:
            AuthUnavailableError: Redis does not answer.
            ConfigurationError: The key holds something else.
        """
        text, version = await _reach(self._load)
        if text is None:
            return None
        try:
            return Token.from_json(text if isinstance(text, str) else text.decode()), version
        except ValueError:
            del text  # so that a traceback with locals does not show it
        raise ConfigurationError(f"the key {self._place[1]!r} does not hold a token: name another")

    async def save(self, token: Token, *, expected: int | None = None) -> bool:
        """Store a token if the version is the expected one, or None is.

        Raises:
            AuthUnavailableError: Redis does not answer: it may be stored, or not.
            ConfigurationError: The key holds something else.
        """
        # No traceback shows it.
        text = SecretHeader(token.to_json())
        return bool(await _reach(self._save, text, "" if expected is None else expected))

    @asynccontextmanager
    async def lease(self) -> AsyncGenerator[None]:
        """Let one task of all processes at a time refresh.

        Raises:
            AuthUnavailableError: Redis does not answer.
            ConfigurationError: The key holds something else.
        """
        owner = uuid.uuid4().hex
        try:
            await self._take(owner)
            keeping = asyncio.create_task(self._keep(owner))
            try:
                yield
            finally:
                keeping.cancel()
                await asyncio.wait([keeping])
        finally:
            # Also where nobody heard that it was taken; of another owner it takes nothing.
            with contextlib.suppress(UnreachableError):
                await self._release(owner)

    async def _take(self, owner: str) -> None:
        while True:
            if await _reach(self._lease, owner, int(_LEASE * 1000)):
                return
            await asyncio.sleep(_POLL)

    async def _keep(self, owner: str) -> None:
        while True:
            await asyncio.sleep(_LEASE / 3)
            with contextlib.suppress(UnreachableError):
                await self._lease(owner, int(_LEASE * 1000))


async def _reach(script: _Script, *args: str | int) -> Any:
    failure: PipedriveError
    try:
        return await script(*args)
    except UnreachableError as error:
        failure = (
            ConfigurationError(f"the key {script.key!r} holds something else: name another")
            if "WRONGTYPE" in str(error)
            else AuthUnavailableError(f"Redis, which keeps the token, cannot be used: {error}")
        )
    raise failure


class _Script:
    """A Lua script for one key: the one place where Redis is called."""

    def __init__(self, redis: Redis, key: str, purpose: str, text: str, timeout: float) -> None:
        if not isinstance(redis, Redis):
            kind = f"{type(redis).__module__}.{type(redis).__name__}"
            raise TypeError(f"redis must be a redis.asyncio.Redis, got {kind}")
        if not checks.instance("key", key, str).strip():
            raise ConfigurationError("key is empty: name the account, such as pipedrive:acme")
        self.key = f"{key}:{purpose}"
        self._timeout = checks.number("timeout", timeout, above=0, error=ConfigurationError)
        self._script = redis.register_script(text)

    async def __call__(self, *args: bytes | str | int) -> Any:
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        cancellations = task.cancelling()
        reply: Any = None
        failure: Exception | None = None
        try:
            async with asyncio.timeout(self._timeout):
                reply = await self._script(keys=[self.key], args=args)
        except (RedisError, OSError) as error:
            failure = UnreachableError(f"{type(error).__name__}: {error}".rstrip(": "))
        except RuntimeError as error:
            failure = WrongLoopError(
                f"the Redis client belongs to another event loop ({error}): make one for each"
            )
        if task.cancelling() > cancellations:
            # Python 3.11's wait_for, by which redis-py sends, swallows one that comes as it ends.
            # https://github.com/python/cpython/issues/86296
            del reply  # no traceback with locals shows it
            raise asyncio.CancelledError
        if failure:
            # Outside the handler: the frames of redis-py hold what was sent, maybe a token.
            raise failure
        return reply
