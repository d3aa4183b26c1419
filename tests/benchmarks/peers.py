"""Compare a walk with those of other clients, each in a virtual environment made for this run."""

from __future__ import annotations

import asyncio
import json
import platform
import subprocess
import sys
import venv
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from . import paired, peer_walks
from .contenders import CONTENDERS, FLOOR, JSON, OURS, OURS_WITH_CUSTOM_FIELDS, opened
from .figures import Figure
from .paired import Cost, Costs, Run, Work, cpu, wall
from .server import Server

CPU: Final = "other clients, CPU of a walk ÷ floor"
WALL: Final = "other clients, wall time of a walk ÷ floor"

_PEERS: Final = {
    "pipedrive-python-lib": "1.2.3",
    "pipedrive-api": "0.14.1",
    "pypipedrive-client": "1.0.2",
}
_LEADS: Final = 20_000
_SECONDS_TO_INSTALL: Final = 120


def measure(server: Server, *, quick: bool) -> list[Figure]:
    """Walk through 20,000 leads with each client that can be installed."""
    url = server.url(leads=_LEADS)
    with TemporaryDirectory() as folder, ExitStack() as stack:
        pythons = {name: _install(name, Path(folder)) for name in _PEERS}
        peers = {
            f"{name} {_PEERS[name]}": stack.enter_context(_peer(python, name, url))
            for name, python in pythons.items()
            if python
        }
        walks = {name: walk for name, walk in peers.items() if walk}
        if not walks:
            return []
        costs = asyncio.run(_walk(url, walks, cycles=2 if quick else 11))
    return [
        Figure(group, name, costs.ratio(name, FLOOR, part))
        for group, part in ((CPU, cpu), (WALL, wall))
        for name in costs.cycles
    ]


def _install(name: str, folder: Path) -> Path | None:
    """Install a client in an environment of its own; return its Python, or None if that fails.

    Two of the clients have a module `pipedrive`, so they cannot share an environment. pip does not
    check the Python that they require, because one of them runs on older ones than it declares.
    """
    place = folder / name
    venv.create(place)
    python = place / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    options = ["--ignore-requires-python", "--retries=1", "--timeout=15"]
    try:
        subprocess.run(
            [*pip, *options, f"{name}=={_PEERS[name]}"],
            capture_output=True,
            check=True,
            timeout=_SECONDS_TO_INSTALL,
        )
    except subprocess.SubprocessError:
        _skip(name, "it could not be installed")
        return None
    return python


def _skip(name: str, reason: str) -> None:
    sys.stderr.write(f"{name} is not measured, because {reason}.\n")


@contextmanager
def _peer(python: Path, name: str, url: str) -> Generator[Work | None]:
    """Start a process for a client, and yield a function that waits for one of its walks.

    Yield None if the client does not run on this Python.
    """
    command = [str(python), "-I", peer_walks.__file__, name, url.removesuffix("v1")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdin
        assert process.stdout
        requests, results = process.stdin, process.stdout
        if not results.readline():
            _skip(name, f"it does not run on Python {platform.python_version()}")
            yield None
            return

        async def walk() -> Run:
            requests.write("walk\n")
            requests.flush()
            leads, cpu_seconds, wall_seconds = json.loads(results.readline())
            return Run(leads, Cost(cpu_seconds, wall_seconds))

        with requests:  # the process ends when its input is closed
            yield walk


async def _walk(url: str, walks: dict[str, Work], *, cycles: int) -> Costs:
    names = (FLOOR, JSON, OURS, OURS_WITH_CUSTOM_FIELDS)
    async with opened({name: CONTENDERS[name] for name in names}, url) as ours:
        return await paired.measure({**ours, **walks}, cycles=cycles, expect=_LEADS)
