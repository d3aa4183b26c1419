"""Fail a test in which a secret appears in a log record, a warning, an error or an output.

Every secret in the tests contains the word canary. The tokens that a sandbox generates are
recorded as they are drawn. An error that a test expects is searched with its attributes, its
pickle, its causes and the local variables of its traceback.
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

from pipedrive_leads_async import Attempt, PipedriveError
from pipedrive_leads_async._walk.pages import DecodedPage
from tests.support.secrets.scanner import text_of_error

_CANARIES: Final = (
    "canary",
    # The same word in base64, whose text depends on the position modulo three.
    "Y2FuYXJ5",
    "NhbmFye",
    "jYW5hcn",
)
_HEX: Final = re.compile("[0-9a-f]{40,}")

_USUAL: Final = vars(logging.makeLogRecord({})).keys()
"""The attributes of every log record; a handler that writes JSON also writes all others."""

_drawn: set[str] = set()
_leaks: list[str] = []


class _Random(random.Random):
    """The source of a sandbox's tokens, which records them; shorter values are no secrets."""

    def randbytes(self, n: int) -> bytes:
        drawn = super().randbytes(n)
        if n >= 20:
            _drawn.add(drawn.hex())
        return drawn


def canary_in(text: str) -> str | None:
    """Return the text before a secret and its first characters; None if there is no secret."""
    words = (word for word in _CANARIES if word in text)
    drawn = (run for run in _HEX.findall(text) if run in _drawn)
    secret = next(words, None) or next(drawn, None)
    return secret and f"{text.partition(secret)[0][-60:]}{secret[:3]}..."


def _check(where: str, text: str) -> None:
    found = canary_in(text)
    if found is not None:
        _leaks.append(f"a secret appears in {where}: {found}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail the current test if a secret appeared during it."""
    report = yield
    for output in ("stdout", "stderr"):
        for name, text in report.sections:
            if name == f"Captured {output} {report.when}":
                _check(output, text)
    if _leaks:
        report.outcome = "failed"
        report.longrepr = "\n".join([str(report.longrepr or ""), *_leaks]).strip()
        report.sections = [each for each in report.sections if canary_in(each[1]) is None]
        _leaks.clear()
    return report


def pytest_configure(config: pytest.Config) -> None:
    """Check every log record, error, warning and captured output."""
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    sandbox = "pipedrive_leads_async.sandbox._sandbox"
    patch.setattr(f"{sandbox}.random", SimpleNamespace(Random=_Random))
    patch.setattr(logging.Logger, "isEnabledFor", _is_enabled)
    patch.setattr(logging.Logger, "handle", _handle)
    for cls, method, where in (
        (PipedriveError, "__init__", "an error"),
        (Attempt, "__init__", "an attempt"),
        (warnings.WarningMessage, "__init__", "a warning"),
        (pytest.CaptureFixture, "readouterr", "the output"),
        (subprocess.Popen, "communicate", "the output of a process"),
    ):
        patch.setattr(cls, method, _checked(getattr(cls, method), where))
    patch.setattr(pytest.RaisesExc, "__exit__", _checked_exit(pytest.RaisesExc.__exit__))
    patch.setattr(DecodedPage, "__init__", _checked_page(DecodedPage.__init__))


def _checked(method: Callable[..., Any], where: str) -> Callable[..., Any]:
    @functools.wraps(method)
    def checked(self: object, *args: Any, **kwargs: Any) -> Any:
        result = method(self, *args, **kwargs)
        _check(where, str(result or self))
        return result

    return checked


def _checked_exit(leave: Callable[..., bool]) -> Callable[..., bool]:
    @functools.wraps(leave)
    def checked(self: object, kind: object, error: object, traceback: object) -> bool:
        if isinstance(error, PipedriveError):
            _check("an error that a test expects", text_of_error(error))
        return leave(self, kind, error, traceback)

    return checked


def _checked_page(create: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(create)
    def checked(self: DecodedPage[Any], *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        for error in self.errors.values():
            _check("the error of a malformed lead", text_of_error(error))

    return checked


# Every logger makes records as if its level were DEBUG, unless a test sets the level. Its
# handlers get only the records that they would get without this plugin.

_is_really_enabled = logging.Logger.isEnabledFor
_really_handle = logging.Logger.handle


def _is_enabled(self: logging.Logger, level: int) -> bool:
    has_level_of_its_own = self.level and self is not logging.root
    return not has_level_of_its_own or _is_really_enabled(self, level)


def _handle(self: logging.Logger, record: logging.LogRecord) -> None:
    extra = [vars(record)[name] for name in vars(record).keys() - _USUAL]
    _check(f"the log of {self.name}", f"{record.getMessage()} {extra}")
    if record.exc_info:
        _check(f"the log of {self.name}", logging.Formatter().formatException(record.exc_info))
    if _is_really_enabled(self, record.levelno):
        _really_handle(self, record)
