"""Show the progress of an export, if stderr is a terminal and rich is installed."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Generator
from typing import Any, Final

from .. import output

_INSTALL: Final = 'For a progress bar: pip install "pipedrive-leads-async[cli]"'


class Progress:
    """The progress of an export. This class shows nothing."""

    def start(self, name: str, *, total: int | None = None, done: int = 0) -> None:
        """Start the next part of the work.

        Args:
            name: The name of the part.
            total: The number of leads, None if it is unknown.
            done: The number of leads that are already done.
        """

    def advance(self, count: int = 1) -> None:
        """Show that more leads are done."""


class _Bar(Progress):
    """A progress bar of rich in a terminal."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._task: Any = None

    def start(self, name: str, *, total: int | None = None, done: int = 0) -> None:
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(name, total=total, completed=done)

    def advance(self, count: int = 1) -> None:
        self._bar.advance(self._task, count)


@contextlib.contextmanager
def progress_bar() -> Generator[Progress, None, None]:
    """Show a progress bar in a terminal; without rich, report there how to install it."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield Progress()
        return
    try:
        rich: Any = importlib.import_module("rich.progress")
    except ImportError:
        output.report(_INSTALL)
        yield Progress()
        return
    console = importlib.import_module("rich.console").Console(stderr=True)
    columns = [
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.TextColumn("{task.completed} leads"),
        rich.TimeElapsedColumn(),
    ]
    with rich.Progress(*columns, console=console, transient=True) as bar:
        yield _Bar(bar)
