"""Describe the machine and the date of a measurement in one line."""

from __future__ import annotations

import datetime as dt
import os
import platform
from importlib.metadata import version
from pathlib import Path


def machine() -> str:
    """Return the processor, the versions of Python and the libraries, and the date."""
    _, _, model = Path("/proc/cpuinfo").read_text().partition("model name")
    processor = model.partition("\n")[0].strip("\t :") or platform.machine()
    libraries = ", ".join(f"{name} {version(name)}" for name in ("aiohttp", "msgspec", "orjson"))
    today = dt.datetime.now(dt.UTC).date()
    return (
        f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}, {libraries}; "
        f"{today}"
    )
