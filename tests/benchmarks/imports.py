"""Measure the import of the library, without the import of aiohttp."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from .figures import Figure
from .server import Server

GROUP: Final = "import"
_PROGRAM: Final = """
import time
import aiohttp
began = time.process_time()
import pipedrive_leads_async
print(time.process_time() - began)
"""


def measure(_: Server, *, quick: bool) -> list[Figure]:
    """Import the compiled library in new processes."""
    command = [sys.executable, "-c", _PROGRAM]
    with TemporaryDirectory() as cache:
        places = {"PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        environment = {**os.environ, **places}
        times = [
            float(subprocess.check_output(command, env=environment))
            for _ in range(4 if quick else 31)
        ]
    return [
        Figure(
            GROUP,
            "pipedrive_leads_async, beyond aiohttp",
            1000 * median(times[1:]),
            unit="ms",
            must=60.0,
            stretch=25.0,
        )
    ]
