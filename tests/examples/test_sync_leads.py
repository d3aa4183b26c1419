"""Test `examples/sync_leads.py`: it copies every change once."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from pipedrive_leads_async import (
    InvalidRequestError,
    LeadsClient,
    PaginationError,
    UpdateLeadRequest,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.examples.example_process import ROOT, run

pytest_plugins = ["tests.support.installed_wheel"]
pytestmark = pytest.mark.usefixtures("in_users_venv")

Sync: TypeAlias = Callable[..., Awaitable[list[str]]]


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "leads.db")


@pytest.fixture
def sync(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Sync:
    """Return a function that runs the example in this process, and returns what it prints."""
    example = load_example()
    monkeypatch.setenv("PIPEDRIVE_API_TOKEN", sandbox.api_token)
    monkeypatch.setenv("PIPEDRIVE_BASE_URL", sandbox.url)

    async def sync(*arguments: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["sync_leads.py", *arguments])
        await example.main()
        return capsys.readouterr().out.splitlines()

    return sync


def test_example_runs_as_documented(sandbox: Sandbox, file: str) -> None:
    printed = run(
        "examples/sync_leads.py",
        file,
        "--gone",
        PIPEDRIVE_API_TOKEN=sandbox.api_token,
        PIPEDRIVE_BASE_URL=sandbox.url,
    )
    assert printed == "5 new or changed\n0 archived\n0 deleted or converted\n"
    assert len(states(file)) == 5


def states(file: str) -> dict[str, str]:
    copy = sqlite3.connect(file)
    found = dict(copy.execute("select id, state from leads"))
    copy.close()
    return found


def title(file: str, id: str) -> str:
    copy = sqlite3.connect(file)
    [[text]] = copy.execute("select json from leads where id = ?", [id])
    copy.close()
    return str(json.loads(text)["title"])


async def test_each_run_copies_the_changes_since_the_last(
    sandbox: Sandbox, client: LeadsClient, sync: Sync, file: str
) -> None:
    assert await sync(file) == ["5 new or changed"]
    assert await sync(file) == ["0 new or changed"]

    new = sandbox.add_lead(title="New")["id"]
    changed = sandbox.leads[0]["id"]
    await client.update_lead(changed, UpdateLeadRequest(title="Changed"))
    assert await sync(file) == ["2 new or changed"]
    assert title(file, changed) == "Changed"
    assert set(states(file)) == {lead["id"] for lead in sandbox.leads}
    assert states(file)[new] == "open"
    assert await sync(file) == ["0 new or changed"]


async def test_gone_leads_are_found_with_a_request_for_each(
    sandbox: Sandbox, client: LeadsClient, sync: Sync, file: str
) -> None:
    deleted, archived, kept, *_ = (lead["id"] for lead in sandbox.leads)
    await sync(file)
    sandbox.delete_lead(deleted)
    sandbox.archive_lead(archived)
    assert await sync(file) == ["0 new or changed"]
    assert (await sync(file, "--gone"))[1:] == ["1 archived", "1 deleted or converted"]
    assert states(file)[deleted] == "deleted or converted"
    assert states(file)[archived] == "archived"
    assert states(file)[kept] == "open"

    await client.update_lead(archived, UpdateLeadRequest(is_archived=False))
    assert await sync(file, "--gone") == [
        "1 new or changed",
        "0 archived",
        "0 deleted or converted",
    ]
    assert states(file)[archived] == "open"


async def test_token_of_another_company_changes_nothing(
    sandbox: Sandbox, sync: Sync, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sync(file)
    before = states(file)
    monkeypatch.setenv("PIPEDRIVE_API_TOKEN", sandbox.add_account().api_token)
    with pytest.raises(SystemExit, match="leads of company"):
        await sync(file, "--gone")
    assert states(file) == before


async def test_more_missing_leads_than_allowed_are_not_marked(
    sandbox: Sandbox, sync: Sync, file: str
) -> None:
    await sync(file)
    sandbox.delete_lead(sandbox.leads[0]["id"])
    with pytest.raises(InvalidRequestError, match="max_removed"):
        await sync(file, "--gone", "--max-removed", "0")
    assert set(states(file).values()) == {"open"}


async def test_change_during_a_run_is_copied_by_it_or_by_the_next(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    copy = sqlite3.connect(":memory:")
    example = load_example()
    copy.executescript(example.SCHEMA)
    first = sandbox.leads[0]["id"]

    class Interrupted(LeadsClient):
        def watch_lead_pages(self, **options: Any) -> Any:
            async def watch() -> Any:
                async for changes in LeadsClient.watch_lead_pages(self, **options):
                    await self.update_lead(first, UpdateLeadRequest(title="In between"))
                    yield changes

            return watch()

    async with Interrupted(sandbox.api_token, base_url=sandbox.url) as interrupted:
        assert await example.copy_changes(interrupted, copy) == 5
    assert await example.copy_changes(client, copy) == 1
    [[text]] = copy.execute("select json from leads where id = ?", [first])
    assert json.loads(text)["title"] == "In between"
    copy.close()


async def test_run_after_the_place_is_lost_reads_the_list_from_its_start(
    client: LeadsClient,
) -> None:
    copy = sqlite3.connect(":memory:")
    example = load_example()
    copy.executescript(example.SCHEMA)
    lost = PaginationError("lost")
    lost.checkpoint = "its start"

    class Lost(LeadsClient):
        def watch_lead_pages(self, **options: Any) -> Any:
            async def watch() -> Any:
                raise lost
                yield

            return watch()

    with pytest.raises(PaginationError):
        await example.copy_changes(Lost("token"), copy)
    assert copy.execute("select checkpoint from sync").fetchall() == [("its start",)]
    copy.close()


def load_example() -> Any:
    """Import the example from its file, because `examples` is not a package."""
    spec = importlib.util.spec_from_file_location("sync_leads", ROOT / "examples/sync_leads.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
