"""Processes of a fleet that make calls to the same account, starting together."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import Counter
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import attrs
from redis.asyncio import Redis

from pipedrive_leads_async import Attempt, LeadsClient
from pipedrive_leads_async.fleet import RedisGovernor

if TYPE_CHECKING:
    from collections.abc import Generator
    from multiprocessing.connection import Connection

    from pipedrive_leads_async.sandbox import Sandbox

# The fork server imports the modules once, and no process inherits the threads of this one.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["pytest", __name__])


@attrs.frozen(kw_only=True)
class Job:
    """The task of one process.

    Attributes:
        url: The base URL of the account.
        token: Its API token.
        redis: The path of Redis's socket.
        workers: The number of processes.
        calls: The number of calls that each process makes.
        at_once: How many of them run at once.
        timeout: The governor's timeout.
    """

    url: str
    token: str
    redis: str
    workers: int
    calls: int
    at_once: int = 4
    timeout: float = 0.5


class Fleet:
    """Processes that are ready to start."""

    def __init__(self, connections: list[Connection[Any, Any]]) -> None:
        self._connections = connections

    def start(self) -> None:
        for connection in self._connections:
            connection.send("start")

    def join(self) -> Counter[int | None]:
        """Wait for all processes, and count their attempts by status."""
        statuses = [status for connection in self._connections for status in connection.recv()]
        return Counter(statuses)


@contextmanager
def fleet(
    sandbox: Sandbox, redis: str, *, workers: int, calls: int, **options: Any
) -> Generator[Fleet]:
    """Create processes that make this many calls together, and wait until they are ready."""
    job = Job(
        url=sandbox.url,
        token=sandbox.api_token,
        redis=redis,
        workers=workers,
        calls=calls // workers,
        **options,
    )
    with ExitStack() as stack:
        connections: list[Connection[Any, Any]] = []
        for _ in range(workers):
            ours, theirs = _PROCESSES.Pipe()
            process = _PROCESSES.Process(target=_run, args=(job, theirs))
            process.start()
            theirs.close()
            connections.append(stack.enter_context(ours))
            stack.callback(process.join)
            stack.callback(process.kill)
        for connection in connections:
            connection.recv()
        yield Fleet(connections)


def _run(job: Job, connection: Connection[Any, Any]) -> None:
    connection.send(asyncio.run(_work(job, connection)))


async def _work(job: Job, connection: Connection[Any, Any]) -> list[int | None]:
    statuses: list[int | None] = []
    calls = iter(range(job.calls))

    def on_attempt(attempt: Attempt) -> None:
        statuses.append(attempt.status)

    async with Redis(unix_socket_path=job.redis) as redis:
        governor = RedisGovernor(redis, "acme", workers=job.workers, timeout=job.timeout)
        async with LeadsClient(
            job.token, base_url=job.url, governor=governor, on_attempt=on_attempt
        ) as client:

            async def make_calls() -> None:
                for _ in calls:
                    await client.get_lead_page(limit=1)

            connection.send("ready")
            await asyncio.to_thread(connection.recv)
            await asyncio.gather(*[make_calls() for _ in range(job.at_once)])
    return statuses
