"""Read descriptions from the docstrings of classes."""

from __future__ import annotations

import inspect
import re
from typing import Any, Final

_attributes = re.compile(r"^    (\w+): (.+(?:\n {8}.+)*)", re.MULTILINE).findall


def summary(cls: type[Any]) -> str | None:
    """Return the first paragraph of the docstring of a class; None if it has none."""
    return _one_line(inspect.cleandoc(cls.__doc__ or "").partition("\n\n")[0]) or None


def attributes(cls: type[Any]) -> dict[str, str]:
    """Return the descriptions of attributes by name, those of base classes included."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        doc = inspect.cleandoc(base.__doc__ or "")
        section = doc.partition("\nAttributes:\n")[2].partition("\n\n")[0]
        found |= {name: _one_line(text) for name, text in _attributes(section)}
    return found


def _one_line(text: str) -> str:
    """Return a text of a docstring on one line, with the names that JSON has for its values."""
    return _values(lambda name: _IN_JSON[name[0]], " ".join(text.split()))


_IN_JSON: Final = {"None": "null", "True": "true", "False": "false"}
_values = re.compile(rf"\b({'|'.join(_IN_JSON)})\b").sub
