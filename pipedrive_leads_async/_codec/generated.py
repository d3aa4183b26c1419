"""Generate the fast decoder of an attrs class.

The decoder is generated source code, as the `__init__` of attrs is: for each field a few lines
that check the exact type of the value. If the JSON does not fit, it raises any exception; the
exact decoder then reports what is wrong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, cast

import attrs

from .fields import JsonField, instant, json_fields, open_enum, rest_fields, secret_keys, split_rest
from .json import Json

_Reader: TypeAlias = Callable[[Any], Any]


def generate_decoder(
    cls: type[Any], reader_of: Callable[[JsonField], _Reader]
) -> Callable[[Json], Any] | None:
    """Return the fast decoder of an attrs class. It consumes the JSON object.

    Args:
        cls: The class: a model of this library or a subclass.
        reader_of: Returns the function that reads a field whose type has no check here.

    Returns:
        None if the class is not an attrs class, or if its constructor does more than store
        its arguments.
    """
    draft = _draft(cls)
    if draft is None:
        return None
    names: dict[str, Any] = {**_HELPERS, "cls": cls, "draft": draft, "new": object.__new__}
    lines = ["def decode(json):", " pop = json.pop", " lead = new(draft)"]
    lines += (f" pop({key!r}, None)" for key in secret_keys(cls))
    for field in json_fields(cls):
        lines += (f" {line}" for line in _field_lines(field, names, reader_of))
    rest = rest_fields(cls)
    if "custom_fields" in rest:
        lines.append(" lead.custom_fields, lead.extra = split_rest(json)")
    elif rest:
        # A copy, because a dict does not shrink when keys are removed.
        lines.append(" lead.extra = json.copy()")
    lines += [" lead.__class__ = cls", " return lead"]
    exec("\n".join(lines), names)  # noqa: S102 - only names of attributes and reprs of keys
    return cast("Callable[[Json], Any]", names["decode"])


def _field_lines(
    field: JsonField, names: dict[str, Any], reader_of: Callable[[JsonField], _Reader]
) -> list[str]:
    """Return the lines that decode one field; add to `names` the objects they refer to."""
    check, reader = _check(field, reader_of)
    if reader:
        names[f"read_{field.name}"] = reader
    required = field.default is attrs.NOTHING
    lines = [f"v = pop({field.key!r})" if required else f"v = pop({field.key!r}, None)"]
    if check and (field.nullable or not required):
        check = ["if v is not None:", *(f" {line}" for line in check)]
    lines += check
    if not required and field.default is not None:
        names[f"default_{field.name}"] = field.default
        lines.append(f"if v is None: v = default_{field.name}")
    return [*lines, f"lead.{field.name} = v"]


_HELPERS: Final = {
    "to_date": dt.date.fromisoformat,
    "to_datetime": dt.datetime.fromisoformat,
    "instant": instant,
    "utc": dt.UTC,
    "split_rest": split_rest,
}

_CHECKS: Final[dict[Any, list[str]]] = {
    Any: [],
    str: ["if type(v) is not str: raise TypeError"],
    int: ["if type(v) is not int: raise TypeError"],
    bool: ["if type(v) is not bool: raise TypeError"],
    float: ["if type(v) is not float and type(v) is not int: raise TypeError"],
    dt.date: ["v = to_date(v)"],
    dt.datetime: ["v = to_datetime(v)", "if v.tzinfo is not utc: v = instant(v)"],
    tuple[str, ...]: [
        "if type(v) is not list: raise TypeError",
        "for item in v:",
        " if type(item) is not str: raise TypeError",
        "v = tuple(v)",
    ],
    Mapping[str, Any]: ["if type(v) is not dict: raise TypeError"],
}


def _check(
    field: JsonField, reader_of: Callable[[JsonField], _Reader]
) -> tuple[list[str], _Reader | None]:
    """Return the lines that check and convert `v`, and the function they call."""
    if field.kind in _CHECKS and not field.time_format:
        return _CHECKS[field.kind], None
    if members := open_enum(field.kind):
        known: dict[str, Any] = {member.value: member for member in members}
        return [*_CHECKS[str], f"v = read_{field.name}(v, v)"], known.get
    return [f"v = read_{field.name}(v)"], reader_of(field)


def _draft(cls: type[Any]) -> type[Any] | None:
    """Return a mutable class with the layout of a frozen class, None if there is none.

    The decoder assigns the attributes of a draft, and then its `__class__`. This takes a third
    less time than the frozen `__init__` of attrs. A test compares the result with that of the
    constructor.
    """
    # A base class of the user can reject or register its subclasses.
    if not _only_stores(cls) or hasattr(super(cls, cls).__init_subclass__, "__func__"):
        return None
    # CPython has one slot for both: if the frozen class provides either of them, each
    # assignment calls a Python function.
    namespace: dict[str, Any] = {
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,
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
        and all(_is_plain(f) for f in attrs.fields(cls) if f.name not in rest_fields(cls))
    )


def _is_plain(field: Any) -> bool:
    return (
        field.init
        and field.validator is None
        and field.converter is None
        and (field.default in (None, attrs.NOTHING) or field.default == ())
    )
