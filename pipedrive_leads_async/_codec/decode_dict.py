"""The fast way to decode a model: from a dict, with a function that is generated for its class.

It checks the exact type of each value. If the JSON does not fit, it raises any exception; the
exact way then reports what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from .draft import ReaderOf, assignment, compile_decoder, conversion, draft_of
from .fields import JsonField, json_fields, open_enum, rest_fields, rest_splitter, secret_keys
from .json import Json


def dict_decoder(cls: type[Any], reader_of: ReaderOf) -> Callable[[Json], Any] | None:
    """Return the function that decodes a model from a JSON object. It consumes the object.

    Args:
        cls: The class: a model of this library or a subclass.
        reader_of: Returns the function that reads a field whose type has no check here.

    Returns:
        None if the class is not an attrs class, or if its constructor does more than store
        its arguments.
    """
    draft = draft_of(cls)
    if draft is None:
        return None
    rest_names = rest_fields(cls)
    names: dict[str, Any] = {"split_rest": rest_splitter(rest_names)}
    lines = ["pop = json.pop", *(f"pop({key!r}, None)" for key in secret_keys(cls))]
    for field in json_fields(cls):
        is_required = field.default is attrs.NOTHING
        value = f"pop({field.key!r})" if is_required else f"pop({field.key!r}, None)"
        check = [*_check(field), *conversion(field, names, reader_of)]
        lines += assignment(field, names, value, check)
    if rest_names:
        lines.append(f"{''.join(f'model.{name}, ' for name in rest_names)} = split_rest(json)")
    return compile_decoder(cls, draft, "json", lines, names)


_CHECKS: Final[dict[Any, list[str]]] = {
    str: ["if type(v) is not str: raise TypeError"],
    int: ["if type(v) is not int: raise TypeError"],
    bool: ["if type(v) is not bool: raise TypeError"],
    float: ["if type(v) is not float and type(v) is not int: raise TypeError"],
    tuple[str, ...]: [
        "if type(v) is not list: raise TypeError",
        "for item in v:",
        " if type(item) is not str: raise TypeError",
    ],
    Mapping[str, Any]: ["if type(v) is not dict: raise TypeError"],
}


def _check(field: JsonField) -> list[str]:
    """Return the lines that check the type of `v`, unless its conversion checks it."""
    return _CHECKS[str] if open_enum(field.kind) else _CHECKS.get(field.kind, [])
