"""Run the doctor in this process and return what it prints."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import re

import pytest

from pipedrive_leads_async._cli.command import main
from tests.support.calls import CANARY
from tests.support.raw_server import RawServer

USER = {"name": "Ann Roe", "company_name": "Acme", "company_domain": "acme"}
"""The account in a response of a raw server."""


class DoctorRun:
    """The output and the exit code of the doctor."""

    def __init__(self, code: int, printed: str) -> None:
        self.code = code
        found = re.split(r"^(ok  |warn|FAIL)  ", printed, flags=re.MULTILINE)
        assert found[0] == ""
        self.lines = [
            f"{mark.strip()} {' '.join(text.split())}"
            for mark, text in zip(found[1::2], found[2::2], strict=True)
        ]

    def line(self, beginning: str) -> str:
        """Return the one finding that begins with this text."""
        [line] = [line for line in self.lines if line.startswith(beginning)]
        return line

    @property
    def failures(self) -> list[str]:
        """The findings that cause exit code 1."""
        return [line for line in self.lines if line.startswith("FAIL")]


def run_doctor(*arguments: str, **environment: str) -> DoctorRun:
    """Run the doctor with these environment variables only."""
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        for name in os.environ:
            if name.startswith("PIPEDRIVE") or name.upper() == "HTTPS_PROXY":
                patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        code = main(["doctor", *arguments])
    printed.seek(0)
    text = printed.read()
    assert not any(value in text for name, value in environment.items() if "TOKEN" in name)
    return DoctorRun(code, text)


async def run_doctor_against(server: RawServer, **environment: str) -> DoctorRun:
    """Run the doctor against a raw server, with an API token by default."""
    environment = environment or {"PIPEDRIVE_API_TOKEN": CANARY}
    return await asyncio.to_thread(run_doctor, f"--base-url={server.url}", **environment)
