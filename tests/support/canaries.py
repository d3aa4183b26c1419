"""A guard over every test: no secret shows in a log record, a warning, an error or an output.

Every secret that a test makes up has the word canary in it; what a sandbox draws is noted.
"""

from __future__ import annotations

import functools
import logging
import random
import re
import subprocess
import warnings
from collections.abc import Callable, Generator
from types import SimpleNamespace
from typing import Any, Final

import pytest

from pipedrive_leads_async import PipedriveError

_CANARIES: Final = (
    "canary",
    # and in base64, which has three ways to write it, by where it begins
    "Y2FuYXJ5",
    "NhbmFye",
    "jYW5hcn",
)
_HEX: Final = re.compile("[0-9a-f]{40,}")

_USUAL: Final = vars(logging.makeLogRecord({})).keys()
"""What every log record has; a handler that writes JSON writes whatever else there is."""

_drawn: set[str] = set()
_seen: list[str] = []


class _Random(random.Random):
    """What a sandbox draws its tokens from; what is shorter is no secret."""

    def randbytes(self, n: int) -> bytes:
        drawn = super().randbytes(n)
        if n >= 20:
            _drawn.add(drawn.hex())
        return drawn


def canary_in(text: str) -> str | None:
    """Tell what stands before a secret in a text, and how it begins; None if there is none."""
    words = (word for word in _CANARIES if word in text)
    drawn = (run for run in _HEX.findall(text) if run in _drawn)
    secret = next(words, None) or next(drawn, None)
    return secret and f"{text.partition(secret)[0][-60:]}{secret[:3]}..."


def _look(where: str, text: str) -> None:
    found = canary_in(text)
    if found is not None:
        _seen.append(f"a secret shows in {where}: {found}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the test fail during which a secret showed."""
    report = yield
    for output in ("stdout", "stderr"):
        for name, text in report.sections:
            if name == f"Captured {output} {report.when}":
                _look(output, text)
    if _seen:
        report.outcome = "failed"
        report.longrepr = "\n".join([str(report.longrepr or ""), *_seen]).strip()
        report.sections = [each for each in report.sections if canary_in(each[1]) is None]
        _seen.clear()
    return report


def pytest_configure(config: pytest.Config) -> None:
    """Look at all that is logged, raised, shown as a warning, or read as an output."""
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    sandbox = "pipedrive_leads_async.sandbox._sandbox"
    patch.setattr(f"{sandbox}.random", SimpleNamespace(Random=_Random))
    patch.setattr(logging.Logger, "isEnabledFor", _is_enabled)
    patch.setattr(logging.Logger, "handle", _handle)
    for cls, method, where in (
        (PipedriveError, "__init__", "an error"),
        (warnings.WarningMessage, "__init__", "a warning"),
        (pytest.CaptureFixture, "readouterr", "the output"),
        (subprocess.Popen, "communicate", "the output of a process"),
    ):
        patch.setattr(cls, method, _watched(getattr(cls, method), where))


def _watched(method: Callable[..., Any], where: str) -> Callable[..., Any]:
    @functools.wraps(method)
    def watched(self: object, *args: Any, **kwargs: Any) -> Any:
        result = method(self, *args, **kwargs)
        _look(where, str(result or self))
        return result

    return watched


# Every logger works as if at DEBUG, unless a test gave it a level; and it hands on what it
# would have handed on without a guard, so that tests and pytest hear nothing more.

_is_really_enabled = logging.Logger.isEnabledFor
_hand_on = logging.Logger.handle


def _is_enabled(self: logging.Logger, level: int) -> bool:
    has_level_of_its_own = self.level and self is not logging.root
    return not has_level_of_its_own or _is_really_enabled(self, level)


def _handle(self: logging.Logger, record: logging.LogRecord) -> None:
    extra = [vars(record)[name] for name in vars(record).keys() - _USUAL]
    _look(f"the log of {self.name}", f"{record.getMessage()} {extra}")
    if record.exc_info:
        _look(f"the log of {self.name}", logging.Formatter().formatException(record.exc_info))
    if _is_really_enabled(self, record.levelno):
        _hand_on(self, record)
