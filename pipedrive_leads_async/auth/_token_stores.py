"""Where the token of an account is kept, so that a restart or another process finds it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from ..errors import ConfigurationError
from ._token import Token

_POLL: Final = 0.02
"""Seconds between looks at a lease that another holds."""


@runtime_checkable
class TokenStore(Protocol):
    """The place of one account's token: implement it over your own database.

    Two stores of the same place are equal and hash alike, so that what uses them knows.
    """

    async def load(self) -> tuple[Token, Any] | None:
        """Give the token and its version, None if there is none.

        The version is whatever the store compares, such as the number of a row's change.
        """
        ...

    async def save(self, token: Token, *, expected: Any = None) -> bool:
        """Store a token, and tell whether it was.

        Args:
            token: The token.
            expected: The version that is to be replaced: where the store has another, or
                nothing, it stays as it is and the answer is False. None: whatever is there.
        """
        ...

    def lease(self) -> AbstractAsyncContextManager[Any]:
        """Let one holder at a time refresh: the others wait here.

        It ends with its holder, also one that crashed; `load` and `save` work inside it.
        """
        ...


class MemoryTokenStore:
    """Keeps a token as long as the process lives, for one event loop at a time.

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
        """Give the token and its version, None if there is none."""
        return None if self._token is None else (self._token, self._version)

    async def save(self, token: Token, *, expected: int | None = None) -> bool:
        """Store a token if the version is the expected one, or None is."""
        if expected is not None and expected != self._version:
            return False
        self._token = token
        self._version += 1
        return True

    def lease(self) -> AbstractAsyncContextManager[None]:
        """Let one task at a time refresh."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # a lock cannot move, and whoever held it is gone
            self._loop, self._lock = loop, asyncio.Lock()
        return self._lock


class FileTokenStore:
    """Keeps a token in a file that its owner alone can read, for any number of processes.

    A save is all or nothing, and on the disk before it returns. Beside the file stand two
    empty ones, `.lease` and `.lock`, that tell processes from one another: let them stay.
    It works on Linux and macOS.

    Args:
        path: The file; its directory exists.

    Raises:
        ConfigurationError: The path is empty, or this is Windows.

    Example:
        >>> from pipedrive_leads_async import FileTokenStore, OAuth2
        >>> store = FileTokenStore("/var/lib/example/acme.json")
        >>> oauth = OAuth2("client-id", "client-secret", "https://example.com/cb", store=store)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if not isinstance(path, str | os.PathLike):
            raise TypeError(f"path must be a str or a Path, got {type(path).__name__}")
        if not os.fspath(path):
            raise ConfigurationError("path is empty: name a file")
        if sys.platform == "win32":
            raise ConfigurationError("FileTokenStore needs the locks of Unix: write a TokenStore")
        self._path = Path(os.path.realpath(path))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FileTokenStore) and self._path == other._path

    def __hash__(self) -> int:
        return hash(self._path)

    def __repr__(self) -> str:
        return f"FileTokenStore({str(self._path)!r})"

    async def load(self) -> tuple[Token, str] | None:
        """Give the token and its version, None if there is no file.

        Raises:
            ConfigurationError: The file holds something else; the message names it.
        """
        return await asyncio.to_thread(self._load)

    async def save(self, token: Token, *, expected: str | None = None) -> bool:
        """Store a token if the version is the expected one, or None is."""
        return await asyncio.to_thread(self._save, token, expected)

    @contextlib.asynccontextmanager
    async def lease(self) -> AsyncGenerator[None, None]:
        """Let one task of all processes at a time refresh."""
        # Not in a thread: a lock that a thread took for somebody who was cancelled meanwhile
        # would stay. None of this waits for a disk.
        with _opened(f"{self._path}.lease") as descriptor:
            while not _is_locked(descriptor):  # noqa: ASYNC110 - Unix tells nobody when it is free
                await asyncio.sleep(_POLL)
            yield

    def _load(self) -> tuple[Token, str] | None:
        try:
            return _parse(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except ValueError:
            pass
        # Outside the handler, so that what was read is in no traceback.
        raise ConfigurationError(
            f"{self._path} does not hold a token: move it away, or name another file"
        )

    def _save(self, token: Token, expected: str | None) -> bool:
        with _opened(f"{self._path}.lock") as descriptor:
            _is_locked(descriptor, wait=True)
            if expected is not None:
                stored = self._load()
                if stored is None or stored[1] != expected:
                    return False
            self._replace(token)
        return True

    def _replace(self, token: Token) -> None:
        # mkstemp makes it readable for its owner alone.
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        draft = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, 0o600)  # a umask may have taken even that
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


def _parse(content: bytes) -> tuple[Token, str]:
    return Token.from_json(content.decode()), hashlib.sha256(content).hexdigest()


@contextlib.contextmanager
def _opened(path: str) -> Generator[int, None, None]:
    """Open a file to lock it; the lock ends with the process, if not before."""
    import fcntl  # noqa: PLC0415 - Windows has none

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        # Closing alone would leave the lock to a process that was forked meanwhile.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _is_locked(descriptor: int, *, wait: bool = False) -> bool:
    import fcntl  # noqa: PLC0415 - Windows has none

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
