"""Stores of the token of an account, in memory or in a file."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import re
import shlex
import stat
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from .._shared.log import log
from ..errors import ConfigurationError
from ._token import Token

_POLL: Final = 0.02
"""Seconds between two attempts to take a lease."""


@runtime_checkable
class TokenStore(Protocol):
    """The store of one account's token. Implement it for your own database.

    Two stores of the same place are equal and have the same hash: clients that use them share
    their refreshes.
    """

    async def load(self) -> tuple[Token, Any] | None:
        """Return the token and its version, or None if there is no token.

        The version is any value that changes with the token, such as a row's version number.
        """
        ...

    async def save(self, token: Token, *, expected: Any = None) -> bool:
        """Save a token; return whether it was saved.

        Args:
            token: The token.
            expected: The version to replace. If the store has another version or no token, it
                is not changed, and False is returned. None replaces any version.
        """
        ...

    def lease(self) -> AbstractAsyncContextManager[Any]:
        """Return an async context manager that has one holder at a time.

        The lease ends with its holder, even if the holder's process crashes. `load` and `save`
        can be called inside it.
        """
        ...


class MemoryTokenStore:
    """A token store in memory, for one process and one event loop at a time.

    Example:
        >>> from pipedrive_leads_async import MemoryTokenStore, OAuth2
        >>> store = MemoryTokenStore()
        >>> oauth = OAuth2("client-id", "client-secret", "https://example.com/cb", store=store)
    """

    def __init__(self) -> None:
        self._token: Token | None = None
        self._version = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = asyncio.Lock()

    async def load(self) -> tuple[Token, int] | None:
        """Return the token and its version, or None if there is no token."""
        return None if self._token is None else (self._token, self._version)

    async def save(self, token: Token, *, expected: int | None = None) -> bool:
        """Save a token if `expected` is the stored version or None; return whether it was saved."""
        if expected is not None and expected != self._version:
            return False
        self._token = token
        self._version += 1
        return True

    def lease(self) -> AbstractAsyncContextManager[None]:
        """Return an async context manager that has one holder at a time."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # the tasks of the old loop have ended
            self._loop, self._lock = loop, asyncio.Lock()
        return self._lock


class FileTokenStore:
    """A token store in a file that only its owner can read, for any number of processes.

    A save is atomic, and the file is on the disk before it returns. Two empty files beside it,
    `.lease` and `.lock`, hold the locks between processes: do not delete them, and do not replace
    them by links. A draft that a killed process has left beside it is deleted by the next load or
    save. It works on Linux and macOS: Windows has other locks, and no modes that hide a file.

    A file that other users can read or write, or that belongs to another user, is used and
    reported with a warning. It is not refused, because that would stop a service without making
    the tokens secret again. The next save replaces it with a file of mode 0600.

    Args:
        path: The file, in an existing directory.

    Raises:
        ConfigurationError: The path is empty, or the system is Windows.

    Example:
        >>> from pipedrive_leads_async import FileTokenStore, OAuth2
        >>> store = FileTokenStore("/var/lib/example/acme.json")
        >>> oauth = OAuth2("client-id", "client-secret", "https://example.com/cb", store=store)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if not isinstance(path, str | os.PathLike):
            raise TypeError(f"path must be a str or a Path, got {type(path).__name__}")
        if not os.fspath(path):
            raise ConfigurationError("path is empty: pass the path of a file")
        if sys.platform == "win32":
            raise ConfigurationError(
                "FileTokenStore needs the file locks and modes of Linux and macOS: on Windows, use "
                "RedisTokenStore, or implement TokenStore for your database"
            )
        self._path = Path(os.path.realpath(path))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FileTokenStore) and self._path == other._path

    def __hash__(self) -> int:
        return hash(self._path)

    def __repr__(self) -> str:
        return f"FileTokenStore({str(self._path)!r})"

    async def load(self) -> tuple[Token, str] | None:
        """Return the token and its version, or None if the file does not exist.

        Raises:
            ConfigurationError: The file does not contain a token, or the lock beside it is a
                link; the message has the path.
        """
        return await asyncio.to_thread(self._load)

    async def save(self, token: Token, *, expected: str | None = None) -> bool:
        """Save a token if `expected` is the stored version or None; return whether it was saved."""
        return await asyncio.to_thread(self._save, token, expected)

    @contextlib.asynccontextmanager
    async def lease(self) -> AsyncGenerator[None, None]:
        """Return an async context manager that has one holder at a time, in all processes."""
        # Not in a thread: if the task were cancelled meanwhile, the thread would still take the
        # lock and never release it. These calls do not wait for the disk.
        with _open(f"{self._path}.lease") as descriptor:
            while not _lock(descriptor):  # noqa: ASYNC110 - file locks have no event
                await asyncio.sleep(_POLL)
            yield

    def _load(self) -> tuple[Token, str] | None:
        # The directory may be read-only.
        with contextlib.suppress(OSError), _open(f"{self._path}.lock") as descriptor:
            if _lock(descriptor):
                self._delete_drafts()
        with contextlib.suppress(FileNotFoundError):
            _warn_if_exposed(self._path, self._path.stat())
        return self._read()

    def _read(self) -> tuple[Token, str] | None:
        try:
            return _parse(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except ValueError:
            pass
        # Outside the handler, so that no traceback has the content of the file.
        raise ConfigurationError(
            f"{self._path} does not contain a token: move it away, or pass another path"
        )

    def _save(self, token: Token, expected: str | None) -> bool:
        with _open(f"{self._path}.lock") as descriptor:
            _lock(descriptor, wait=True)
            self._delete_drafts()
            if expected is not None:
                stored = self._read()
                if stored is None or stored[1] != expected:
                    return False
            self._replace(token)
        return True

    def _delete_drafts(self) -> None:
        """Delete the drafts of killed processes.

        The caller holds the lock, so no other process is writing.
        """
        is_draft = re.compile(rf"\.{re.escape(self._path.name)}\.[a-z0-9_]{{8}}\.draft").fullmatch
        for path in self._path.parent.iterdir():
            if is_draft(path.name):
                with contextlib.suppress(OSError):
                    path.unlink()

    def _replace(self, token: Token) -> None:
        # mkstemp creates a new file, not one behind a link, that only its owner can read.
        descriptor, name = tempfile.mkstemp(
            dir=self._path.parent, prefix=f".{self._path.name}.", suffix=".draft"
        )
        draft = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, 0o600)  # the umask may have removed even these bits
                file.write(token.to_json().encode())
                file.flush()
                os.fsync(descriptor)
            draft.replace(self._path)
        except BaseException:
            draft.unlink()
            raise
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _warn_if_exposed(path: Path, status: os.stat_result) -> None:
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        log.warning(
            "other users can access the tokens in %s (mode %04o): run chmod 600 %s",
            *(path, mode, shlex.quote(str(path))),
        )
    if status.st_uid not in (0, os.geteuid()):
        log.warning(
            "%s belongs to another user (uid %d), who can replace its tokens: run chown %d %s",
            *(path, status.st_uid, os.geteuid(), shlex.quote(str(path))),
        )


def _parse(content: bytes) -> tuple[Token, str]:
    return Token.from_json(content.decode()), hashlib.sha256(content).hexdigest()


@contextlib.contextmanager
def _open(path: str) -> Generator[int, None, None]:
    """Open a file for locking; its lock ends with the block or with the process.

    Raises:
        ConfigurationError: It is a symbolic link.
    """
    import fcntl  # noqa: PLC0415 - Windows has none

    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise ConfigurationError(f"{path} is a symbolic link, not a lock: delete it") from None
    try:
        yield descriptor
    finally:
        # Closing alone would not release the lock if a forked process has the file open too.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _lock(descriptor: int, *, wait: bool = False) -> bool:
    """Lock a file; return whether it was locked."""
    import fcntl  # noqa: PLC0415 - Windows has none

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
