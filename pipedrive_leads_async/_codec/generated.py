"""Derive from an attrs class the fastest function that builds it from a JSON object.

The function is generated source, as attrs' own `__init__` is: a few straight lines per
field that check the exact type of what Pipedrive sent. Where something is wrong it fails
with whatever exception is at hand: saying what is wrong is the slow path's work.
"""

from __future__ import annotations

import datetime as dt
import enum
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import attrs

from .custom_field_keys import KEY, is_custom_field_key

_REST: Final = ("custom_fields", "extra")

# A memo: the same few keys come with every lead of an account, and that all of a lead's keys
# are among them is seen four times as fast as the pattern is matched.
_custom_field_keys: set[str] = set()
_MOST_KEYS: Final = 50_000


@attrs.frozen
class JsonField:
    """What one attrs field is in Pipedrive's JSON.

    Attributes:
        name: The attribute's name.
        key: The key in the JSON.
        kind: The annotation without None.
        nullable: Whether the annotation has None.
        default: What an absent key gives; `attrs.NOTHING` if it may not be absent.
    """

    name: str
    key: str
    kind: Any
    nullable: bool
    default: Any


def rest_fields(cls: type[Any]) -> list[str]:
    """Name the fields of an attrs class that take the keys which no other field takes."""
    attrs.resolve_types(cls)
    return [field.name for field in attrs.fields(cls) if _takes_rest(field)]


def _takes_rest(field: Any) -> bool:
    return field.name in _REST and typing.get_origin(field.type) is Mapping


def json_fields(cls: type[Any]) -> list[JsonField]:
    """Read the fields of an attrs class that have a key of their own in the JSON."""
    attrs.resolve_types(cls)
    fields: list[JsonField] = []
    for field in attrs.fields(cls):
        if field.init and not _takes_rest(field):
            options = options_of(field.type)
            kinds = tuple(option for option in options if option is not types.NoneType)
            fields.append(
                JsonField(
                    name=field.name,
                    key=field.metadata.get(KEY, field.name),
                    kind=typing.Union[kinds],  # noqa: UP007 - the options are a tuple
                    nullable=len(kinds) < len(options),
                    default=field.default,
                )
            )
    return fields


def split_rest(rest: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tell custom fields from the keys that this version does not know."""
    if _custom_field_keys.issuperset(rest):
        return rest.copy(), {}
    custom = {key: value for key, value in rest.items() if is_custom_field_key(key)}
    if len(_custom_field_keys) < _MOST_KEYS:
        _custom_field_keys.update(custom)
    return custom, {key: value for key, value in rest.items() if key not in custom}


def open_enum(kind: object) -> type[enum.StrEnum] | None:
    """Give the enum of an annotation such as `LabelColor | str`, None for any other."""
    options = options_of(kind)
    enums = [o for o in options if isinstance(o, type) and issubclass(o, enum.StrEnum)]
    return enums[0] if enums and set(options) == {enums[0], str} else None


def aware(time: dt.datetime) -> dt.datetime:
    """Take a time without a zone for UTC, which Pipedrive means outside leads."""
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)


def instant(time: dt.datetime) -> dt.datetime:
    """Take a time for UTC if it has no zone, and only if UTC has it.

    Raises:
        OverflowError: It is outside of the years 1 to 9999 in UTC, which nothing could write.
    """
    time = aware(time)
    time.astimezone(dt.UTC)
    return time


def generate_decoder(
    cls: type[Any], reader: Callable[[JsonField], Callable[[Any], Any]]
) -> Callable[[dict[str, Any]], Any] | None:
    """Generate the decoder of an attrs class. It consumes the JSON object it is given.

    Args:
        cls: The class, one of ours or a subclass.
        reader: Gives the function that reads a field of a kind not known here.

    Returns:
        None for what is not an attrs class, or whose construction does more than keep
        what it is given.
    """
    draft = _draft(cls)
    if draft is None:
        return None
    names: dict[str, Any] = {
        **_HELPERS,
        "cls": cls,
        "draft": draft,
        "new": object.__new__,
    }
    lines = ["def decode(json):", " pop = json.pop", " lead = new(draft)"]
    for field in json_fields(cls):
        check, names[f"read_{field.name}"] = _check(field, reader)
        required = field.default is attrs.NOTHING
        lines.append(f" v = pop({field.key!r})" if required else f" v = pop({field.key!r}, None)")
        if check and (field.nullable or not required):
            check = ["if v is not None:", *(f" {line}" for line in check)]
        lines += [f" {line}" for line in check]
        if not required and field.default is not None:
            names[f"default_{field.name}"] = field.default
            lines.append(f" if v is None: v = default_{field.name}")
        lines.append(f" lead.{field.name} = v")
    rest = rest_fields(cls)
    if "custom_fields" in rest:
        lines.append(" lead.custom_fields, lead.extra = split_rest(json)")
    elif rest:
        # A copy: a dict that was emptied keeps its room.
        lines.append(" lead.extra = json.copy()")
    lines += [" lead.__class__ = cls", " return lead"]
    exec("\n".join(lines), names)  # noqa: S102 - names of attributes and reprs of keys alone
    return cast("Callable[[dict[str, Any]], Any]", names["decode"])


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
}


def _check(
    field: JsonField, reader: Callable[[JsonField], Callable[[Any], Any]]
) -> tuple[list[str], Any]:
    """Give the lines that check and convert `v`, and what they call `read_<field>`."""
    if field.kind in _CHECKS:
        return _CHECKS[field.kind], None
    if members := open_enum(field.kind):
        known = {member.value: member for member in members}
        return [*_CHECKS[str], f"v = read_{field.name}(v, v)"], known.get
    return [f"v = read_{field.name}(v)"], reader(field)


def _draft(cls: type[Any]) -> type[Any] | None:
    """Make a mutable twin of a frozen class, whose instances can become instances of it.

    Assigning plainly and then `__class__` costs a third less than attrs' frozen
    `__init__`; the result is the same, as a test holds against the constructor.
    """
    # A base of the user's own, in Python, may refuse the twin, or register it.
    if not _only_keeps(cls) or hasattr(super(cls, cls).__init_subclass__, "__func__"):
        return None
    # Both, as CPython keeps one slot for the two: with either left to the frozen class,
    # every store goes through Python.
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
    except TypeError:  # another layout
        return None
    return draft


def _only_keeps(cls: type[Any]) -> bool:
    """Whether constructing keeps what it is given, and does nothing else."""
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


def options_of(kind: object) -> tuple[Any, ...]:
    """Give the types of a union, or the one that is none."""
    is_union = typing.get_origin(kind) in (typing.Union, types.UnionType)
    return typing.get_args(kind) if is_union else (kind,)
