"""Which core runs what, so that the server's work does not slow the client's.

Where there is one core only, they share it.
"""

from __future__ import annotations

import os


def pin_client() -> None:
    """Keep this process, and those that it starts, on one core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def pin_server() -> None:
    """Keep this process off the client's core; to be called before that one is pinned."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
