"""Copy a JSON value however deeply it is nested: `copy.deepcopy` fails at some 300 levels."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final, cast

from .steps import Steps

_MOST_VALUES: Final = 5_000
"""The maximum number of values of an excerpt."""

_MOST_CHARACTERS: Final = 1 << 20
"""The maximum number of characters of all texts of an excerpt; a long text can have 65,000."""


_CONTAINERS: Final = (dict, list)


def copy_json(value: Any, text: Callable[[str], str] | None = None) -> Any:
    """Return a copy of a JSON value.

    Args:
        value: The value. Parts of it that are no JSON are not copied.
        text: Returns the text that replaces a key or a value; None keeps them all.
    """
    root: list[Any] = [value]
    for _ in _copy_inner(root, text):
        pass
    return root[0]


async def copy_in_steps(value: Any) -> Any:
    """Return a copy of a JSON value as `copy_json` does, and let other tasks run meanwhile."""
    root: list[Any] = [value]
    steps = Steps()
    for _ in _copy_inner(root, None):
        await steps.next()
    return root[0]


def _copy_inner(root: list[Any], text: Callable[[str], str] | None) -> Iterator[None]:
    """Replace the values in a list by copies; yield after each object and list."""
    left: list[Any] = [root]
    while left:
        container = left.pop()
        for key in _keys(container):
            item = container[key]
            if isinstance(item, _CONTAINERS):
                container[key] = item = _copy(item, text)
                left.append(item)
            elif text is not None and isinstance(item, str):
                container[key] = text(item)
        yield


def excerpt(value: Any) -> Any:
    """Return a copy of a JSON value, without the last and innermost parts of a large one.

    It has at most 5,000 values, and a mebibyte of characters. A text that does not fit becomes
    empty: a part of it could be a part of a secret, which would not be recognized.
    """
    values, characters = _MOST_VALUES, _MOST_CHARACTERS

    def fitting(text: str) -> str:
        nonlocal characters
        text = text if len(text) <= characters else ""
        characters -= len(text)
        return text

    root: list[Any] = [value]
    left = deque[Any]([root])  # breadth first, so that the outer values are kept
    while left:
        container = left.popleft()
        for key in _keys(container):
            item = container[key]
            if isinstance(item, _CONTAINERS):
                container[key] = item = _copy(item, fitting, values)
                values -= len(item)
                left.append(item)
            elif isinstance(item, str):
                container[key] = fitting(item)
    return root[0]


def _keys(container: Any) -> Any:
    return [*container] if isinstance(container, dict) else range(len(container))


def _copy(container: Any, text: Callable[[str], str] | None, most: int | None = None) -> Any:
    """Copy an object or a list, with the same values, of which at most `most` are kept."""
    if isinstance(container, list):
        return cast("Any", container)[:most]
    if text is None:
        return dict(container)
    return {
        text(key) if isinstance(key, str) else key: value
        for key, value in islice(container.items(), most)
    }
