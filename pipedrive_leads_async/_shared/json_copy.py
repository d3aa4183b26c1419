"""Copy a JSON value however deeply it is nested: `copy.deepcopy` fails at some 300 levels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast


def copy_json(value: Any, text: Callable[[str], str] = str) -> Any:
    """Return a copy of a JSON value.

    Args:
        value: The value. Parts of it that are no JSON are not copied.
        text: Returns the text that replaces a key or a value.
    """
    root: list[Any] = [value]
    left: list[Any] = [root]
    while left:
        container = left.pop()
        is_object = isinstance(container, dict)
        for key in [*cast("dict[str, Any]", container)] if is_object else range(len(container)):
            container[key] = item = _shallow_copy(container[key], text)
            if isinstance(item, dict | list):
                left.append(item)
    return root[0]


def _shallow_copy(item: Any, text: Callable[[str], str]) -> Any:
    match item:
        case str():
            return text(item)
        case dict():
            keys = {key: text(key) if isinstance(key, str) else key for key in cast("Any", item)}
            return {keys[key]: part for key, part in cast("Any", item).items()}
        case list():
            return [*cast("Any", item)]
        case _:
            return item
