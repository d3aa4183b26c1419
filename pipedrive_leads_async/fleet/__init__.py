"""Share the limits and the OAuth token of one account between processes, on Redis.

It needs an extra: `pip install 'pipedrive-leads-async[redis]'`.
"""

try:
    from ._governor import RedisGovernor
    from ._token_store import RedisTokenStore
except ModuleNotFoundError:
    needs = "pipedrive_leads_async.fleet needs redis: pip install 'pipedrive-leads-async[redis]'"
    raise ModuleNotFoundError(needs, name="redis") from None

__all__ = [
    "RedisGovernor",
    "RedisTokenStore",
]
