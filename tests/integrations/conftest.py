"""Collect these tests only where the frameworks are installed: the extra `integrations`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Final

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.documents.code_blocks import new_sandbox
from tests.documents.frameworks import services_guide

FRAMEWORKS: Final = ("celery", "dishka", "django", "dlt", "duckdb", "fastapi", "litestar")

collect_ignore_glob = [] if all(map(find_spec, FRAMEWORKS)) else ["test_*.py"]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
async def guide(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SimpleNamespace]:
    async with services_guide(sandbox, monkeypatch) as names:
        yield names
