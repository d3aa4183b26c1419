"""What is closed by `async with`, and tells who writes `with` to do so."""

from __future__ import annotations

import abc
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self


class AsyncCloseable(abc.ABC):
    """The base of what has an `aclose`."""

    @abc.abstractmethod
    async def aclose(self) -> None:
        """Close it; a second time does nothing."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    if not TYPE_CHECKING:  # type checkers refuse `with` by themselves

        def __enter__(self) -> NoReturn:
            raise TypeError(f"{type(self).__name__} is async only: write `async with`")

        def __exit__(self, *_: object) -> None: ...
