"""`RedisGovernor`: keeps many processes within the limits of one Pipedrive credential."""

from __future__ import annotations

from redis.asyncio import Redis

from .._limits.governor import Governor
from .._shared import checks
from ..errors import ConfigurationError
from ._limiter import FleetLimiter
from ._redis import Script
from ._scripts import ASSIGN_SLOT


class RedisGovernor(Governor):
    """Keeps all processes that share a Redis key within the limits of one Pipedrive credential.

    Create one in each process. Together they send no more than one `Governor` would, on any
    number of hosts. Requests leave evenly, at ten elevenths of the burst limit. Until a response
    has reported it, the limit is that of the smallest plan, 20 in 2 seconds. After a 429, a
    block, or the end of the daily budget all processes pause; requests due within the next tenth
    of a second may still leave. A request takes one call to Redis, and a second one shortly
    before its turn if it has to wait. The governor belongs to the event loop of the Redis client.

    While Redis cannot be reached, each process uses its own part of the last known limit. The
    beginning and the end of this are logged, once each.

    The governor cannot see programs that use the same token without sharing the key. The fleet
    slows down when they use up the limit, and pauses after a 429 that they cause.

    Args:
        redis: A client of Redis 6 or later, or of Valkey. You close it.
        key: A name for the credential, such as `"pipedrive:acme"`: the same in all processes,
            a different one for each token. Not the token itself, because it can be read in Redis.
        keep_daily_tokens: Tokens of the company's daily budget to leave to others, as for
            `Governor`. Processes may keep different numbers.
        max_in_flight: Requests of this process in flight at once, at least 1.
        workers: The largest number of processes that share the key. Without Redis they cannot
            be counted, so each of them then uses 1/`workers` of the limit.
        timeout: Seconds to wait for a reply of Redis.

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
            Script(redis, key, "limits", ASSIGN_SLOT, timeout),
            keep_daily_tokens=keep_daily_tokens,
            max_in_flight=max_in_flight,
            workers=checks.integer("workers", workers, error=ConfigurationError),
            timeout=timeout,
        )
