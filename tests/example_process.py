"""An example that keeps running, as a process, and what it writes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.test_examples import ROOT


class ExampleProcess:
    """A process that runs from its construction, once it has said that it is ready, to `stop`."""

    def __init__(self, *arguments: str, ready: str, log: Path, environment: dict[str, str]) -> None:
        self._log = log
        with log.open("w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                # Not with -X dev: Python 3.12.1 crashes with it as aiogram's process ends.
                [sys.executable, *arguments],
                cwd=ROOT,
                env=os.environ | environment,
                stdout=output,
                stderr=output,
            )
        while ready not in self.log:
            assert self.process.poll() is None, self.log
            time.sleep(0.01)

    @property
    def log(self) -> str:
        """What it wrote."""
        return self._log.read_text(encoding="utf-8")

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self.process.terminate()
        self.process.wait()
