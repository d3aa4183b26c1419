"""Test that `FileTokenStore` leaves no tokens behind, and follows no links to other files."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import signal
import stat
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipedrive_leads_async.auth import FileTokenStore
from pipedrive_leads_async.errors import ConfigurationError
from pipedrive_leads_async.token_store_contract import FIRST, SECOND

pytestmark = pytest.mark.unix

PROCESS = """
import asyncio, os, signal, sys
from pipedrive_leads_async.auth import FileTokenStore, Token

fsync = os.fsync

def stop(descriptor):
    print("written", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
    fsync(descriptor)

os.fsync = stop
asyncio.run(FileTokenStore(sys.argv[1]).save(Token("v1u:another")))
"""


@pytest.fixture(params=["acme.json", "a*[me].json"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path.joinpath(request.param)


@pytest.fixture
def store(path: Path) -> FileTokenStore:
    return FileTokenStore(path)


async def stopped_writer(path: Path) -> Process:
    """Start a process that has written a draft, and stop it there."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROCESS, path), stdout=PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"written\n"
    return process


def files_with_tokens(path: Path) -> list[str]:
    """Return the names of the files in the directory that hold tokens."""
    return sorted(each.name for each in path.parent.iterdir() if b"v1u:" in each.read_bytes())


# --- Drafts


async def test_drafts_of_killed_writers_are_deleted(store: FileTokenStore, path: Path) -> None:
    for use in (store.load, lambda: store.save(FIRST), store.load, lambda: store.save(SECOND)):
        before = files_with_tokens(path)
        writer = await stopped_writer(path)
        writer.kill()
        await writer.communicate()
        assert len(files_with_tokens(path)) == len(before) + 1
        await use()
        assert set(files_with_tokens(path)) <= {path.name}
    assert files_with_tokens(path) == [path.name]
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}


async def test_draft_of_a_living_writer_is_kept(store: FileTokenStore, path: Path) -> None:
    await store.save(FIRST)
    writer = await stopped_writer(path)
    saving = asyncio.create_task(FileTokenStore(path).save(SECOND, expected="another version"))
    try:
        for _ in range(3):
            stored = await store.load()
            assert stored is not None
            assert stored[0] == FIRST
        assert len(files_with_tokens(path)) == 2
        assert not saving.done()
        while writer.returncode is None:  # it stops again to sync the directory
            writer.send_signal(signal.SIGCONT)
            await asyncio.sleep(0.01)
    finally:
        if writer.returncode is None:
            writer.kill()  # a stopped writer would keep the lock, and the other save in its thread
    await writer.communicate()
    assert not await saving
    stored = await store.load()
    assert stored is not None
    assert stored[0].access_token.reveal() == "v1u:another"
    assert files_with_tokens(path) == [path.name]


async def test_other_files_in_the_directory_are_kept(store: FileTokenStore, path: Path) -> None:
    names = [
        f"{path.name}.abcd1234.draft",
        f".{path.name}.draft",
        f".{path.name}.abcd123.draft",
        f".{path.name}.abcd1234.json",
        f".{path.name}.eu.abcd1234.draft",  # of a store beside this one
        f".other.{path.name}.abcd1234.draft",
        f".{path.name.replace('m', 'n')}.abcd1234.draft",
    ]
    for name in names:
        path.with_name(name).touch()
    await store.save(FIRST)
    await store.load()
    assert {each.name for each in path.parent.iterdir()} >= {*names}


async def test_draft_that_cannot_be_deleted_does_not_stop_the_store(
    store: FileTokenStore, path: Path
) -> None:
    path.with_name(f".{path.name}.abcd1234.draft").mkdir()
    await store.save(FIRST)
    assert await store.load()


# --- Links


async def save_first(store: FileTokenStore) -> None:
    await store.save(FIRST)


async def take_lease(store: FileTokenStore) -> None:
    async with store.lease():
        pass


@pytest.mark.parametrize(
    ("suffix", "use"),
    [
        (".lock", FileTokenStore.load),
        (".lock", save_first),
        (".lease", take_lease),
    ],
    ids=["load", "save", "lease"],
)
@pytest.mark.parametrize("content", ["mine", None])
def test_lock_that_is_a_link_is_refused_and_its_target_untouched(
    path: Path, suffix: str, use: Callable[[FileTokenStore], Any], content: str | None
) -> None:
    link, target = Path(f"{path}{suffix}"), path.with_name("target")
    if content:
        target.write_text(content)
    link.symlink_to(target)
    with pytest.raises(ConfigurationError) as caught:
        asyncio.run(use(FileTokenStore(path)))
    assert str(caught.value) == f"{link} is a symbolic link, not a lock: delete it"
    assert (target.read_text() if target.exists() else None) == content
    link.unlink()
    asyncio.run(use(FileTokenStore(path)))


def test_draft_that_is_a_link_is_deleted_and_its_target_untouched(path: Path) -> None:
    target = path.with_name("target")
    target.write_text("mine")
    path.with_name(f".{path.name}.abcd1234.draft").symlink_to(target)
    asyncio.run(FileTokenStore(path).save(FIRST))
    assert target.read_text() == "mine"
    assert {each.name for each in path.parent.iterdir()} == {
        *(path.name, f"{path.name}.lock", "target")
    }


# --- Access of other users


def set_mode(path: Path, mode: int) -> None:
    path.chmod(mode)


def owner_of(path: Path) -> int:
    return path.stat().st_uid


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    assert {record.levelno for record in caplog.records} <= {logging.WARNING}
    messages = [record.getMessage() for record in caplog.records]
    caplog.clear()
    return messages


@pytest.mark.parametrize("mode", [0o666, 0o644, 0o640, 0o620, 0o604, 0o777])
async def test_file_that_other_users_can_access_is_reported_until_it_is_saved(
    store: FileTokenStore, path: Path, caplog: pytest.LogCaptureFixture, mode: int
) -> None:
    await store.save(FIRST)
    assert not warnings(caplog)
    set_mode(path, mode)
    stored = await store.load()
    assert stored is not None
    (message,) = warnings(caplog)
    assert f"(mode {mode:04o})" in message
    assert message.endswith(f": run chmod 600 {shlex.quote(str(path))}")
    await store.save(SECOND, expected=stored[1])
    await store.load()
    assert not warnings(caplog)


@pytest.mark.parametrize("mode", [0o600, 0o400])
async def test_file_that_only_its_owner_can_access_is_not_reported(
    store: FileTokenStore, path: Path, caplog: pytest.LogCaptureFixture, mode: int
) -> None:
    await store.save(FIRST)
    set_mode(path, mode)
    assert await store.load()
    assert not warnings(caplog)


async def test_file_of_another_user_is_reported(
    store: FileTokenStore,
    path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await store.save(FIRST)
    if os.geteuid() == 0:
        os.chown(path, 65534, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: owner_of(path) + 1)
    assert await store.load()
    (message,) = warnings(caplog)
    assert f"{path} belongs to another user (uid {owner_of(path)})" in message
