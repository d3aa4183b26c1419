"""Share the limits and the OAuth grant of one account between processes, on Redis."""

from ._redis import RedisGovernor, RedisTokenStore

__all__ = [
    "RedisGovernor",
    "RedisTokenStore",
]
