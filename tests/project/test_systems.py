"""Test which tests are skipped on which system."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests import conftest


class Item:
    """The part of a test that the hook uses."""

    def __init__(self, *marks: str, fixtures: tuple[str, ...] = ()) -> None:
        self.fixturenames = fixtures
        self.marks: list[pytest.MarkDecorator] = [getattr(pytest.mark, name) for name in marks]

    def iter_markers(self) -> list[pytest.MarkDecorator]:
        return self.marks

    def add_marker(self, mark: pytest.MarkDecorator) -> None:
        self.marks.append(mark)


@pytest.mark.parametrize(
    ("item", "runs_on"),
    [
        (Item(), {"linux", "darwin", "win32"}),
        (Item(fixtures=("client",)), {"linux", "darwin", "win32"}),
        (Item("unix"), {"linux", "darwin"}),
        (Item(fixtures=("only_redis_server",)), {"linux", "darwin"}),
        (Item(fixtures=("users_venv",)), {"linux", "darwin"}),
        (Item("linux"), {"linux"}),
        (Item("linux", "unix"), {"linux"}),
    ],
    ids=["plain", "portable fixture", "unix", "redis", "venv", "linux", "both"],
)
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_tests_are_skipped_where_they_cannot_run(
    item: Any, runs_on: set[str], system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = Item(*(mark.name for mark in item.marks), fixtures=item.fixturenames)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", system)
        conftest.pytest_collection_modifyitems([item])
    assert ("skip" in {mark.name for mark in item.marks}) == (system not in runs_on)
