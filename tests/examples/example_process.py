"""Run an example as a process, in the venv of `in_users_venv`, and read its output."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from tests.support.canaries import canary_in

ROOT = Path(__file__).parents[2]


def run(*arguments: str, cwd: Path = ROOT, **environment: str) -> str:
    """Run Python to its end; return its output."""
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
    """A process that runs until `stop`; the constructor waits until it prints `ready`."""

    def __init__(self, *arguments: str, ready: str, log: Path, environment: dict[str, str]) -> None:
        self._log = log
        with log.open("w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                # Not with -X dev: Python 3.12.1 would crash when the process of aiogram ends.
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
        """The output of the process."""
        return self._log.read_text(encoding="utf-8")

    def stop(self) -> None:
        """Terminate the process, and wait until it has ended."""
        self.process.terminate()
        self.process.wait()
        assert canary_in(self.log) is None
