"""Test `AsyncCloseable`: `async with` closes an object, a plain `with` is refused."""

from __future__ import annotations

from typing import Any

import pytest

from pipedrive_leads_async._shared.closing import AsyncCloseable


class Door(AsyncCloseable):
    """An object that records its calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    async def aclose(self) -> None:
        self.calls.append("aclose")


async def test_async_with_returns_the_object_and_closes_it() -> None:
    door = Door()
    async with door as entered:
        assert entered is door
        door.calls.append("body")
    assert door.calls == ["body", "aclose"]


async def test_async_with_closes_the_object_after_an_error() -> None:
    door = Door()
    with pytest.raises(ZeroDivisionError):
        async with door:
            raise ZeroDivisionError
    assert door.calls == ["aclose"]


def test_plain_with_is_a_type_error() -> None:
    door: Any = Door()
    with pytest.raises(TypeError, match=r"^Door is async only: write `async with`$"), door:
        pass
