"""Attributes that are read at their first use, from the row that a model was decoded from.

Only `decode_struct.py`, which needs msgspec, leaves attributes unread. Without msgspec all
attributes are ordinary slots.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from types import MemberDescriptorType
from typing import Any, Final, TypeAlias

from ._base import Model

_Set: TypeAlias = Callable[[Any, Any], None]

ReadRest: TypeAlias = Callable[[bytes], Iterable[Any]]
"""Returns the values of the unread attributes from the JSON of a row. It raises no error."""

readers: Final[dict[type[Any], tuple[ReadRest, tuple[_Set, ...]]]] = {}
"""For each class, the function that reads a row, and the functions that set the attributes."""

# Two threads that read the same model must get the same objects. An RLock, because a signal
# handler can read a model too.
_filling: Final = threading.RLock()


_ROW: Final = "_unread_row"


class RowModel(Model):
    """A model that keeps a copy of its row as long as some of its attributes are unread."""

    __slots__ = (_ROW,)


def is_unread(model: RowModel) -> bool:
    """Return whether some attributes of a model are unread."""
    return hasattr(model, _ROW)


class LateAttribute:
    """The descriptor of an attribute that is read at its first use, if it is not set before.

    Args:
        slot: The descriptor of the attribute's slot.
    """

    def __init__(self, slot: MemberDescriptorType) -> None:
        self.__doc__ = slot.__doc__
        self.__name__ = slot.__name__
        self.__objclass__ = slot.__objclass__
        self.slot = slot
        self.get_value: Callable[[Any], Any] = slot.__get__
        self.set_value: _Set = slot.__set__
        self.delete_value: Callable[[Any], None] = slot.__delete__

    def __get__(self, model: Any, owner: type[Any] | None = None) -> Any:
        if model is None:
            return self
        if (row := getattr(model, _ROW, None)) is not None:
            _read_rest(model, row)
        return self.get_value(model)

    def __set__(self, model: Any, value: Any) -> None:
        if (row := getattr(model, _ROW, None)) is not None:
            _read_rest(model, row)  # so that it does not replace the value later
        self.set_value(model, value)

    def __delete__(self, model: Any) -> None:
        if (row := getattr(model, _ROW, None)) is not None:
            _read_rest(model, row)
        self.delete_value(model)


def read_late(cls: type[RowModel], names: Iterable[str], read: ReadRest) -> bool:
    """Replace attributes of a class by descriptors that read them at their first use.

    Args:
        cls: The class.
        names: The names of the attributes.
        read: Reads all of them.

    Returns:
        False if one of them is not a slot, for example because the user's class replaces it
        with a property. The attributes must then be set when the model is decoded.
    """
    attributes = [_make_late(cls, name) for name in names]
    setters = tuple(attribute.set_value for attribute in attributes if attribute)
    readers[cls] = read, setters
    return len(setters) == len(attributes)


def inherited_slots(cls: type[Any], names: Iterable[str]) -> dict[str, MemberDescriptorType]:
    """Return the slots of a class that it inherits, by name, even if they are read late."""
    slots = {name: getattr(cls, name, None) for name in names if name not in vars(cls)}
    plain = {n: s.slot if isinstance(s, LateAttribute) else s for n, s in slots.items()}
    return {name: slot for name, slot in plain.items() if isinstance(slot, MemberDescriptorType)}


def _make_late(cls: type[RowModel], name: str) -> LateAttribute | None:
    """Return the descriptor of an attribute that is read late; None if it is not a slot."""
    owner = next(base for base in cls.__mro__ if name in vars(base))
    descriptor = vars(owner)[name]
    if isinstance(descriptor, MemberDescriptorType):
        descriptor = LateAttribute(descriptor)
        setattr(owner, name, descriptor)
    return descriptor if isinstance(descriptor, LateAttribute) else None


def _read_rest(model: Any, row: bytes) -> None:
    """Set the attributes of a model that are not read yet, and drop its row."""
    read, setters = readers[type(model)]
    values = read(row)
    with _filling:
        if hasattr(model, _ROW):  # no other thread was faster
            for set_value, value in zip(setters, values, strict=True):
                set_value(model, value)
            object.__delattr__(model, _ROW)
