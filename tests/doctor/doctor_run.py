"""The doctor, run in this process, and what a person would see of it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import re

import pytest

from pipedrive_leads_async.__main__ import main
from tests.support.calls import CANARY
from tests.support.raw_server import RawServer

USER = {"name": "Ann Roe", "company_name": "Acme", "company_domain": "acme"}
"""Whose account it is, as a raw server may say."""


class Examination:
    """What the doctor printed, and how it ended."""

    def __init__(self, code: int, printed: str) -> None:
        self.code = code
        found = re.split(r"^(ok  |warn|FAIL)  ", printed, flags=re.MULTILINE)
        assert found[0] == ""
        self.lines = [
            f"{mark.strip()} {' '.join(text.split())}"
            for mark, text in zip(found[1::2], found[2::2], strict=True)
        ]

    def line(self, beginning: str) -> str:
        """Give the one finding that begins so."""
        [line] = [line for line in self.lines if line.startswith(beginning)]
        return line

    @property
    def failures(self) -> list[str]:
        """The findings for which it ends with 1."""
        return [line for line in self.lines if line.startswith("FAIL")]


def examined(*arguments: str, **environment: str) -> Examination:
    """Run the doctor with these variables, and no others that it would look at."""
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        for name in os.environ:
            if name.startswith("PIPEDRIVE") or name.upper() == "HTTPS_PROXY":
                patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        code = main(arguments)
    printed.seek(0)
    text = printed.read()
    assert not any(value in text for name, value in environment.items() if "TOKEN" in name)
    return Examination(code, text)


async def examined_at(server: RawServer, **environment: str) -> Examination:
    """Run the doctor at a raw server, with an API token unless another is given."""
    environment = environment or {"PIPEDRIVE_API_TOKEN": CANARY}
    return await asyncio.to_thread(examined, f"--base-url={server.url}", **environment)
