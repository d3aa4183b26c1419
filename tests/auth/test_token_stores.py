"""Test `MemoryTokenStore` and `FileTokenStore`: the contract, files, locks of processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
import sys
import traceback
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from pipedrive_leads_async.auth import FileTokenStore, MemoryTokenStore, Token, TokenStore
from pipedrive_leads_async.errors import ConfigurationError
from pipedrive_leads_async.token_store_contract import BARE, FIRST, SECOND, TokenStoreContract

pytestmark = pytest.mark.unix


class TestMemoryTokenStore(TokenStoreContract):
    @pytest.fixture
    def store(self) -> TokenStore:
        return MemoryTokenStore()

    @pytest.fixture
    def other(self, store: TokenStore) -> TokenStore:
        return store


class TestFileTokenStore(TokenStoreContract):
    @pytest.fixture
    def store(self, path: Path) -> TokenStore:
        return FileTokenStore(path)

    @pytest.fixture
    def other(self, path: Path) -> TokenStore:
        return FileTokenStore(str(path))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "acme.json"


@pytest.fixture
def store(path: Path) -> FileTokenStore:
    return FileTokenStore(path)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o777, 0o022])
def umask(request: pytest.FixtureRequest) -> Generator[None, None, None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def test_memory_store_works_in_one_loop_after_another() -> None:
    store = MemoryTokenStore()

    async def hold() -> None:
        async with store.lease():
            await asyncio.sleep(0)
            await store.save(FIRST)

    async def both() -> None:
        await asyncio.gather(hold(), hold())

    async def leave() -> None:
        await store.lease().__aenter__()

    asyncio.run(both())
    asyncio.run(leave())
    asyncio.run(both())


def test_memory_stores_differ() -> None:
    assert MemoryTokenStore() != MemoryTokenStore()


@pytest.mark.usefixtures("umask")
async def test_file_is_readable_only_by_its_owner(store: FileTokenStore, path: Path) -> None:
    for token in (FIRST, SECOND):
        await store.save(token)
        assert mode(path) == 0o600


@pytest.fixture
def readable(path: Path) -> None:
    path.touch(mode=0o644)


@pytest.mark.usefixtures("readable")
async def test_temporary_file_is_readable_only_by_its_owner(
    store: FileTokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    fdopen = os.fdopen

    def spy(descriptor: int, mode: str) -> Any:
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return fdopen(descriptor, mode)

    monkeypatch.setattr(os, "fdopen", spy)
    await store.save(FIRST)
    assert modes == [0o600]


async def test_failed_save_keeps_the_old_token_and_no_other_file(
    store: FileTokenStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.save(FIRST)
    before = sorted(path.parent.iterdir())

    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left") as caught:
            await store.save(SECOND)
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "v1u:second" not in "".join(frames.format())
    assert sorted(path.parent.iterdir()) == before
    stored = await store.load()
    assert stored is not None
    assert stored[0] == FIRST


async def test_new_file_is_synced_before_it_replaces_the_old_one(
    store: FileTokenStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []
    fsync = os.fsync

    def spy(descriptor: int) -> None:
        fsync(descriptor)
        is_directory = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        stored = path.read_text() if path.exists() else None
        seen.append("directory" if is_directory else stored)

    monkeypatch.setattr(os, "fsync", spy)
    await store.save(FIRST)
    assert seen == [None, "directory"]


@pytest.fixture(
    params=[
        b"",
        FIRST.to_json().encode()[:-9],
        b"\xff\xfe canary",
        b'{"user": "canary"}',
        b'{"access_token": "canary", "expires_at": "2026-01-01T00:00:00"}',
    ],
    ids=["empty", "truncated", "not UTF-8", "other JSON", "without a time zone"],
)
def foreign(request: pytest.FixtureRequest, path: Path) -> Path:
    path.write_bytes(request.param)
    return path


async def test_file_without_a_token_is_an_error_with_its_path_alone(
    store: FileTokenStore, foreign: Path
) -> None:
    for load in (store.load(), store.save(FIRST, expected="x")):
        with pytest.raises(ConfigurationError) as caught:
            await load
        assert str(caught.value).startswith(f"{foreign} does not contain a token: move it away, or")
        assert caught.value.__cause__ is caught.value.__context__ is None
        frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        assert "canary" not in "".join(frames.format())
    await store.save(FIRST)  # replaces any content
    assert await store.load()


@pytest.fixture
def store_in_missing_directory(tmp_path: Path) -> FileTokenStore:
    return FileTokenStore(tmp_path / "nowhere" / "acme.json")


async def test_missing_directory_is_an_error_with_its_path(
    store_in_missing_directory: FileTokenStore,
) -> None:
    assert await store_in_missing_directory.load() is None
    with pytest.raises(FileNotFoundError, match="nowhere"):
        await store_in_missing_directory.save(FIRST)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        async with store_in_missing_directory.lease():
            pass


def test_stores_of_one_file_are_equal_whatever_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "sub").mkdir()
    names: list[str | Path] = ["a", tmp_path / "a", "sub/../a", "link/a", str(tmp_path / "a")]
    assert len({FileTokenStore(name) for name in names}) == 1
    assert FileTokenStore("a") != FileTokenStore("b")
    assert FileTokenStore("a") != "a"
    assert repr(FileTokenStore("a")) == f"FileTokenStore('{tmp_path}/a')"


@pytest.fixture
def link(path: Path) -> Path:
    link = path.parent / "link.json"
    link.symlink_to(path)
    return link


def test_saving_through_a_link_keeps_the_link(link: Path, store: FileTokenStore) -> None:
    asyncio.run(FileTokenStore(link).save(FIRST))
    assert link.is_symlink()
    assert asyncio.run(store.load())


@pytest.mark.parametrize("path", [5, None, b"acme.json"])
def test_path_of_another_type_is_refused(path: Any) -> None:
    kind = type(path).__name__
    with pytest.raises(TypeError, match=f"^path must be a str or a Path, got {kind}$"):
        FileTokenStore(path)


def test_empty_path_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"^path is empty: pass the path of a file$"):
        FileTokenStore("")


def test_file_store_is_refused_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(
        ConfigurationError, match=r"^FileTokenStore needs the file locks and modes of Linux"
    ):
        FileTokenStore("acme.json")


PROCESS = """
import asyncio, os, signal, sys
from pipedrive_leads_async.auth import FileTokenStore

async def main(path, action):
    async with FileTokenStore(path).lease():
        if action == "hold":
            print("ready", flush=True)
            signal.pause()
        if os.fork() == 0:
            signal.pause()
    print("ready", flush=True)
    signal.pause()

asyncio.run(main(*sys.argv[1:]))
"""


@contextlib.asynccontextmanager
async def run_script(path: Path, action: str) -> AsyncGenerator[Callable[[], None], None]:
    """Run the script until it is ready; yield a function that kills it and its children."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROCESS, path, action),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )

    def kill() -> None:
        os.killpg(process.pid, signal.SIGKILL)

    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield kill
    finally:
        with contextlib.suppress(ProcessLookupError):
            kill()
        await process.communicate()


async def use(store: FileTokenStore) -> None:
    async with store.lease():
        await store.save(BARE)


async def test_lease_ends_when_its_process_is_killed(store: FileTokenStore, path: Path) -> None:
    async with run_script(path, "hold") as kill:
        waiter = asyncio.create_task(use(store))
        done, _ = await asyncio.wait([waiter], timeout=0.1)
        assert not done
        kill()
        await waiter
    assert await store.load()


async def test_forked_process_does_not_keep_the_lease(store: FileTokenStore, path: Path) -> None:
    async with run_script(path, "leave"):
        await use(store)


def test_file_store_implements_the_protocol(store: FileTokenStore) -> None:
    assert isinstance(store, TokenStore)
    assert not isinstance(Token("x"), TokenStore)
