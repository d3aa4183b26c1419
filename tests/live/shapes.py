"""The shape of responses, keys and types without values, and the differences of two shapes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from .relay import Exchange

Shape: TypeAlias = dict[str, set[str]]
"""The types at each path of a body, such as `data[].owner_id`."""

_CUSTOM_FIELD = re.compile(r"[0-9a-f]{40}(_[a-z0-9_]+)?")
_TYPES = {
    bool: "boolean",
    dict: "object",
    float: "number",
    int: "number",
    list: "list",
    str: "text",
    type(None): "null",
}


def differences(pipedrive: Iterable[Exchange], sandbox: Iterable[Exchange]) -> list[str]:
    """Return in words how the responses of Pipedrive differ from those of the sandbox."""
    real, local = _shapes(pipedrive), _shapes(sandbox)
    found: list[str] = []
    for endpoint in sorted(real.keys() | local.keys()):
        statuses = [" and ".join(map(str, sorted(side[endpoint]))) for side in (real, local)]
        if statuses[0] != statuses[1]:
            found.append(
                f"{endpoint}: status {statuses[0] or 'not requested'}, "
                f"in the sandbox {statuses[1] or 'not requested'}"
            )
        for status in sorted(real[endpoint].keys() & local[endpoint].keys()):
            lines = _compared(real[endpoint][status], local[endpoint][status])
            found += [f"{endpoint} ({status}): {line}" for line in lines]
    return found


def _shapes(exchanges: Iterable[Exchange]) -> defaultdict[str, dict[int, Shape]]:
    """Return the shapes by endpoint and status."""
    shapes = defaultdict[str, dict[int, Shape]](dict)
    for exchange in exchanges:
        if exchange.status != 429:  # it depends on the speed
            shape = shapes[exchange.endpoint].setdefault(exchange.status, {})
            _add(shape, "body", exchange.body)
    return shapes


def _add(shape: Shape, path: str, value: Any) -> None:
    shape.setdefault(path, set()).add(_TYPES[type(value)])
    match value:
        case {**properties}:
            for key, item in properties.items():
                if not _CUSTOM_FIELD.fullmatch(str(key)):
                    _add(shape, f"{path}.{key}", item)
        case [*items]:
            for item in items:
                _add(shape, f"{path}[]", item)
        case _:
            pass


def _compared(real: Shape, local: Shape) -> Iterator[str]:
    for path in sorted(real.keys() | local.keys()):
        if path not in local:
            if "object" in local.get(_parent(path), ()):
                yield f"{path} is missing in the sandbox"
        elif path not in real:
            if "object" in real.get(_parent(path), ()):
                yield f"{path} is only in the sandbox"
        else:
            types, expected = real[path] - {"null"}, local[path] - {"null"}
            if types and expected and not types & expected:
                yield f"{path} is {'/'.join(types)}, in the sandbox {'/'.join(expected)}"


def _parent(path: str) -> str:
    """Return the path of the object or list that a path is in."""
    return path.removesuffix("[]") if path.endswith("[]") else path.rpartition(".")[0]
