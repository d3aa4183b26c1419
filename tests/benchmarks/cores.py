"""Run the server and the client on different cores, if there is more than one."""

from __future__ import annotations

import os


def pin_client() -> None:
    """Run this process, and the processes that it starts, on the first core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def pin_server() -> None:
    """Run this process on the last core; call this before the client is pinned."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
