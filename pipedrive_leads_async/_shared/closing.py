"""The base of classes that are closed by `async with`."""

from __future__ import annotations

import abc
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self


class AsyncCloseable(abc.ABC):
    """An object that `async with` or `aclose` closes; a plain `with` raises a TypeError."""

    @abc.abstractmethod
    async def aclose(self) -> None:
        """Close the object. Further calls do nothing."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    if not TYPE_CHECKING:  # type checkers already reject `with`

        def __enter__(self) -> NoReturn:
            raise TypeError(f"{type(self).__name__} is async only: write `async with`")

        def __exit__(self, *_: object) -> None: ...
