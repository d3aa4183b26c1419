"""JSON objects, and copies of them as they arrive over the network."""

from __future__ import annotations

import json
from typing import Any, TypeAlias, TypeVar

Json: TypeAlias = dict[str, Any]

_T = TypeVar("_T")


def json_copy(value: _T) -> _T:
    """Return the value as a client would decode it; the copy shares nothing with the original.

    Raises:
        TypeError: The value cannot be encoded as JSON.
    """
    try:
        text = json.dumps(value)
    except TypeError as error:
        raise TypeError(f"fields must hold JSON values, with dates as text: {error}.") from None
    copy: _T = json.loads(text)
    return copy
