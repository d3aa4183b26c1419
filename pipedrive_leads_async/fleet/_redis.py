"""`Script`: a Lua script in Redis, and the one place where Redis is called."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from .._shared import checks
from ..errors import ConfigurationError, WrongLoopError


class UnreachableError(Exception):
    """Redis did not reply in time, or its reply is an error or malformed."""


class WrongValueError(UnreachableError):
    """The key holds a value of another type, or a text that is not UTF-8."""


class Script:
    """A Lua script that works on one key.

    Args:
        redis: The client of Redis.
        key: The name of the account.
        purpose: The second part of the key in Redis.
        text: The Lua code.
        timeout: Seconds to wait for a reply.

    Raises:
        ConfigurationError: An argument is out of its bounds.
    """

    def __init__(self, redis: Redis, key: str, purpose: str, text: str, timeout: float) -> None:
        if not isinstance(redis, Redis):
            kind = f"{type(redis).__module__}.{type(redis).__name__}"
            raise TypeError(f"redis must be a redis.asyncio.Redis, got {kind}")
        if not checks.instance("key", key, str).strip():
            raise ConfigurationError("key is empty: name the account, such as pipedrive:acme")
        self.key = f"{key}:{purpose}"
        self._timeout = checks.number("timeout", timeout, above=0, error=ConfigurationError)
        self._script = redis.register_script(text)
        self._home: asyncio.AbstractEventLoop | None = None
        self._belongs_to_home = False

    async def __call__(self, *args: bytes | str | int) -> Any:
        """Run the script and return its reply.

        Raises:
            UnreachableError: Redis did not reply in time, or replied with an error;
                `WrongValueError` if the key holds something else.
            WrongLoopError: The client of Redis belongs to another event loop.
        """
        loop = asyncio.get_running_loop()
        if self._belongs_to_home and loop is not self._home:
            # redis-py connects again after the first failure, and would fail the time after that.
            raise _wrong_loop("an earlier call failed in another loop")
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        cancellations = task.cancelling()
        reply: Any = None
        failure: Exception | None = None
        try:
            async with asyncio.timeout(self._timeout):
                reply = await self._script(keys=[self.key], args=args)
        except (RedisError, OSError) as error:
            kind = WrongValueError if "WRONGTYPE" in str(error) else UnreachableError
            failure = kind(f"{type(error).__name__}: {error}".rstrip(": "))
        except UnicodeDecodeError:
            # A client with decode_responses=True. The error holds the reply, maybe a token.
            failure = WrongValueError("the reply is not UTF-8")
        except RuntimeError as error:
            self._belongs_to_home = self._home is not None
            failure = _wrong_loop(str(error))
        else:
            self._home = loop
        if task.cancelling() > cancellations:
            # redis-py sends with asyncio.wait_for, which in Python 3.11 swallows a cancellation
            # that arrives as it ends. https://github.com/python/cpython/issues/86296
            del reply  # no traceback with locals shows it
            raise asyncio.CancelledError
        if failure:
            # Outside the handler: the frames of redis-py hold the arguments, maybe a token.
            raise failure
        return reply


def _wrong_loop(reason: str) -> WrongLoopError:
    return WrongLoopError(
        f"the Redis client belongs to another event loop ({reason}): make one for each loop, and "
        "with it the governor or the token store that uses it"
    )
