"""Test how JSON values are copied, as a whole and in part."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from pipedrive_leads_async._shared.json_copy import copy_in_steps, copy_json, excerpt

EMPTY: list[Any] = []
VALUE: Any = {"id": "x", "list": [1, None, {"a": EMPTY, "b": "text"}], "more": {"c": 1.5}}


def deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def size(value: Any) -> int:
    """Return the number of values in a JSON value."""
    match value:
        case dict():
            return 1 + sum(map(size, cast("Any", value).values()))
        case list():
            return 1 + sum(map(size, cast("Any", value)))
        case _:
            return 1


def check_is_copy(copied: Any) -> None:
    assert copied == VALUE
    copied["list"][2]["a"].append(1)
    assert VALUE["list"][2]["a"] == []


async def test_copy_shares_nothing_with_the_original() -> None:
    check_is_copy(copy_json(VALUE))
    check_is_copy(await copy_in_steps(VALUE))
    check_is_copy(excerpt(VALUE))


def test_copy_has_other_texts_and_keys() -> None:
    copied = copy_json(VALUE, str.upper)
    assert copied == {"ID": "X", "LIST": [1, None, {"A": [], "B": "TEXT"}], "MORE": {"C": 1.5}}


async def test_deeply_nested_value_is_copied() -> None:
    for copied in (copy_json(deep(4000)), await copy_in_steps(deep(4000)), excerpt(deep(4000))):
        levels, inner = 0, copied
        while inner:
            [inner], levels = inner, levels + 1
        assert levels == 4000


@pytest.mark.parametrize("value", [5, None, "text", {5: "the key is not json"}])
def test_any_value_is_copied(value: Any) -> None:
    assert copy_json(value) == copy_json(value, str.lower) == excerpt(value) == value


def test_excerpt_of_a_large_value_has_the_outer_and_first_values() -> None:
    value = {"inner": {str(n): [n] for n in range(4000)}, "id": "x", "list": list(range(2000))}
    found = excerpt(value)
    assert size(found) <= 5001 + 1  # with the object itself
    assert (found["id"], found["list"][:2], found["inner"]["0"]) == ("x", [0, 1], [])
    assert (len(found["inner"]), len(found["list"])) == (4000, 997)


def test_excerpt_leaves_out_texts_that_do_not_fit() -> None:
    value = {"a": "a" * 900_000, "b": "b" * 900_000, "c" * 2_000_000: "c", "d": "d"}
    found = excerpt(value)
    assert found == {"a": value["a"], "b": "", "": "c", "d": "d"}
    assert len(json.dumps(found)) < 1 << 20
