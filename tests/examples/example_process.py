"""An example as a process, in the venv of `in_users_venv`, and what it writes."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from tests.support.canaries import canary_in

ROOT = Path(__file__).parents[2]


def run(*arguments: str, cwd: Path = ROOT, **environment: str) -> str:
    """Run Python to its end, and return what it printed."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PIPEDRIVE")}
    return subprocess.run(
        ["python", *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=inherited | environment,
    ).stdout


class ExampleProcess:
    """A process that runs from its construction, once it has said that it is ready, to `stop`."""

    def __init__(self, *arguments: str, ready: str, log: Path, environment: dict[str, str]) -> None:
        self._log = log
        with log.open("w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                # Not with -X dev: Python 3.12.1 crashes with it as aiogram's process ends.
                ["python", *arguments],
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
        assert canary_in(self.log) is None
