"""Run a command in this process, and return what it prints."""

from __future__ import annotations

import contextlib
import io
import os
from typing import NamedTuple

import pytest

from pipedrive_leads_async._cli.command import main
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.canaries import canary_in


class CommandRun(NamedTuple):
    """The exit code of a command, and what it has written to stdout and stderr."""

    code: int
    printed: str
    errors: str


def run_command(*arguments: object, **environment: str) -> CommandRun:
    """Run a command with these environment variables only."""
    printed, errors = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(errors),
    ):
        for name in os.environ:
            if name.startswith("PIPEDRIVE") or name.upper().endswith("_PROXY"):
                patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        code = main([str(argument) for argument in arguments])
    run = CommandRun(code, printed.getvalue(), errors.getvalue())
    assert canary_in(run.printed + run.errors) is None
    return run


def account(sandbox: Sandbox) -> dict[str, str]:
    """Return the environment variables for the account of a sandbox."""
    return {"PIPEDRIVE_API_TOKEN": sandbox.api_token, "PIPEDRIVE_BASE_URL": sandbox.url}
