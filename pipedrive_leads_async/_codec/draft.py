"""Generate functions that assign the attributes of a model, which is faster than its constructor.

Their source code is generated from the attrs fields of the class, as the `__init__` of attrs is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias, cast

import attrs

from ..models._amount import as_amount
from ..models._unread import inherited_slots
from .fields import JsonField, instant, open_enum, rest_fields

ReaderOf: TypeAlias = Callable[[JsonField], Callable[[Any], Any]]
"""Returns the function that reads a field for whose type no lines are generated."""


def compile_decoder(
    cls: type[Any],
    draft: type[Any],
    arguments: str,
    lines: Iterable[str],
    names: Mapping[str, Any],
    *,
    loop: str | None = None,
) -> Callable[..., Any]:
    """Compile a function that returns a model, or a list of models.

    Args:
        cls: The class of the model.
        draft: Its draft.
        arguments: The arguments of the function.
        lines: The lines that assign the attributes of `model`.
        names: The objects that the lines refer to, by name.
        loop: The head of the loop that makes a model of each row; None for one model.
    """
    lines = ["model = new(draft)", *lines, "model.__class__ = cls"]
    if loop is None:
        lines.append("return model")
    else:
        lines = [f"{loop}:", *(f" {line}" for line in lines), " models.append(model)"]
        lines = ["models = []", *lines, "return models"]
    source = [f"def decode({arguments}):", *(f" {line}" for line in lines)]
    namespace = {**_HELPERS, **names, "cls": cls, "draft": draft, "new": object.__new__}
    exec("\n".join(source), namespace)  # noqa: S102 - only names of attributes and reprs of keys
    return cast("Callable[..., Any]", namespace["decode"])


def conversion(field: JsonField, names: dict[str, Any], reader_of: ReaderOf) -> list[str]:
    """Return the lines that convert `v` from JSON; add to `names` the objects they refer to."""
    if field.kind in _CONVERSIONS and not field.time_format:
        return _CONVERSIONS[field.kind]
    if members := open_enum(field.kind):
        names[f"read_{field.name}"] = {member.value: member for member in members}.get
        return [f"v = read_{field.name}(v, v)"]
    names[f"read_{field.name}"] = reader_of(field)
    return [f"v = read_{field.name}(v)"]


def assignment(
    field: JsonField, names: dict[str, Any], value: str, conversion: list[str]
) -> list[str]:
    """Return the lines that assign one attribute; add to `names` the objects they refer to.

    Args:
        field: The field.
        names: The objects.
        value: The expression of its value in the JSON.
        conversion: The lines that check and convert `v`.
    """
    default = field.default
    is_required = default is attrs.NOTHING
    if not conversion and (is_required or default is None):
        return [f"model.{field.name} = {value}"]
    if conversion and (field.nullable or not is_required):
        conversion = ["if v is not None:", *(f" {line}" for line in conversion)]
    lines = [f"v = {value}", *conversion]
    if not is_required and default is not None:
        names[f"default_{field.name}"] = default
        lines.append(f"if v is None: v = default_{field.name}")
    return [*lines, f"model.{field.name} = v"]


_HELPERS: Final = {
    "to_date": dt.date.fromisoformat,
    "to_datetime": dt.datetime.fromisoformat,
    "instant": instant,
    "utc": dt.UTC,
}

_CONVERSIONS: Final[dict[Any, list[str]]] = {
    Any: [],
    str: [],
    int: [],
    bool: [],
    float: [],
    dt.date: ["v = to_date(v)"],
    dt.datetime: ["v = to_datetime(v)", "if v.tzinfo is not utc: v = instant(v)"],
    tuple[str, ...]: ["v = tuple(v)"],
    Mapping[str, Any]: [],
}


def draft_of(cls: type[Any]) -> type[Any] | None:
    """Return a mutable class with the layout of a frozen class.

    A decoder assigns the attributes of a draft, and then its `__class__`. This takes a third
    less time than the frozen `__init__` of attrs. A test compares the result with that of the
    constructor.

    Args:
        cls: The class: a model of this library, a subclass or another attrs class.

    Returns:
        None if the class is not an attrs class, or if its constructor does more than store
        its arguments.
    """
    # A base class of the user can reject or register its subclasses.
    if not _only_stores(cls) or hasattr(super(cls, cls).__init_subclass__, "__func__"):
        return None
    # CPython has one slot for both: if the frozen class provides either of them, each
    # assignment calls a Python function.
    namespace: dict[str, Any] = {
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,
        **inherited_slots(cls, rest_fields(cls)),
    }
    if "__slots__" in vars(cls):
        namespace["__slots__"] = cls.__slots__
    try:
        draft = type(f"{cls.__name__}Draft", cls.__bases__, namespace)
        instance: Any = object.__new__(draft)
        instance.__class__ = cls
    except TypeError:  # the layouts differ
        return None
    return draft


def _only_stores(cls: type[Any]) -> bool:
    """Return whether the constructor stores its arguments and does nothing else."""
    if not attrs.has(cls):
        return False
    hooks = ("__attrs_pre_init__", "__attrs_post_init__", "__attrs_init__", "_attrs_cached_hash")
    constructor_of = next(base for base in cls.__mro__ if "__init__" in vars(base))
    return (
        "__attrs_attrs__" in vars(constructor_of)
        and cls.__new__ is object.__new__
        and not any(hasattr(cls, hook) for hook in hooks)
        and all(_is_stored(f) for f in attrs.fields(cls) if f.name not in rest_fields(cls))
    )


def _is_stored(field: Any) -> bool:
    """Return whether the constructor stores the value of a field unchanged."""
    return (
        field.init
        and field.validator is None
        and field.converter in (None, as_amount)  # as_amount changes no number of JSON
        and (field.default in (None, attrs.NOTHING) or field.default == ())
    )
