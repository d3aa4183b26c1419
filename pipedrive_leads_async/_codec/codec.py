"""Between Pipedrive's JSON and our models: fast where all is well, exact where it is not."""

from __future__ import annotations

import copy
import datetime as dt
import enum
import typing
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, Final, Generic, TypeVar, cast

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from ..enums import UNSET
from ..errors import ConfigurationError, DecodeError
from .generated import (
    JsonField,
    aware,
    generate_decoder,
    instant,
    json_fields,
    open_enum,
    options_of,
    rest_fields,
    split_rest,
)
from .json import Json

T = TypeVar("T")


def from_dict(cls: type[T], data: Mapping[str, Any]) -> T:
    """Build a model from Pipedrive's JSON.

    Args:
        cls: `Lead`, your own lead class, or any other model.
        data: The JSON object. It is not changed.

    Raises:
        DecodeError: A value has another type than the model's field; `.paths` names it.
        ConfigurationError: A field of your own class has a type that JSON is not read as.

    Example:
        >>> from pipedrive_leads_async import Lead, from_dict
        >>> from_dict(Lead, {"id": "8ba414d0-8ad8-11ef-9e9e-07879dd74146", "title": "New"}).title
        'New'
    """
    if not attrs.has(cast("Any", cls)):
        raise TypeError(f"cls must be Lead or another model of this library, got {cls!r}")
    return decode(cls, lambda: _copied(data), path="$")


def to_dict(model: Any) -> Json:
    """Turn a model or a request into the JSON that Pipedrive has for it.

    Custom fields and unknown keys stand at the root, times are in UTC with a `Z`, and what
    is `UNSET` is left out. The result holds only what `json.dumps` takes.

    Example:
        >>> from pipedrive_leads_async import AddLeadRequest, to_dict
        >>> to_dict(AddLeadRequest(title="New", person_id=42))
        {'title': 'New', 'person_id': 42}
    """
    if not attrs.has(model.__class__):
        raise TypeError(f"model must be an object of this library, got {model.__class__.__name__}")
    return cast("Json", _converter().unstructure(model))


def _copied(data: Any) -> Any:
    return copy.deepcopy(dict(cast("Json", data)) if isinstance(data, Mapping) else data)


def decode(cls: type[T], parse: Callable[[], Any], *, path: str) -> T:
    """Decode one model: first with the fast decoder, then, if that fails, with the exact one.

    Args:
        cls: The class of the model.
        parse: Returns the JSON object. It is called again after a failure, because the fast
            decoder consumes the object.
        path: The place of the object in the response, for `DecodeError.paths`.

    Raises:
        DecodeError: A value has another type than the model's field.
        ConfigurationError: A field of the class has a type that cannot be read from JSON.
    """
    fast_decoder = decoder_of(cast("Any", cls))
    data = parse()
    with suppress(Exception):  # the exact decoder reports what is wrong
        return cast("T", fast_decoder(data))
    return _decode_exactly(cls, parse(), path)


def decode_list(
    cls: type[T], parse: Callable[[], list[Any]], *, path: str
) -> tuple[list[T], dict[int, DecodeError]]:
    """Decode a list of models; return the models, and the errors by row.

    The arguments are those of `decode`, except that `parse` returns a list of JSON objects.
    """
    rows = Rows(cls, parse, path=path)
    return rows.decode(0, len(rows))


class Rows(Generic[T]):
    """The rows of a list, which can be decoded part by part.

    Args:
        cls: The class of the models.
        parse: Returns the rows. It is called again, at most once, after a failure.
        path: The place of the list in the response, for `DecodeError.paths`.
    """

    def __init__(self, cls: type[T], parse: Callable[[], list[Any]], *, path: str) -> None:
        self._cls = cls
        self._parse = parse
        self._path = path
        self._fast_decoder = decoder_of(cast("Any", cls))
        self._rows = parse()
        self._parsed_again: list[Any] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def decode(self, start: int, stop: int) -> tuple[list[T], dict[int, DecodeError]]:
        """Decode the rows from `start` up to `stop`; return the models, and the errors by row.

        Each row can be decoded once.
        """
        fast_decoder = self._fast_decoder
        with suppress(Exception):  # the exact decoder reports what is wrong
            return [fast_decoder(row) for row in self._rows[start:stop]], {}
        if self._parsed_again is None:
            self._parsed_again = self._parse()
        models: list[T] = []
        errors: dict[int, DecodeError] = {}
        for i, row in enumerate(self._parsed_again[start:stop], start):
            try:
                models.append(_decode_exactly(self._cls, row, f"{self._path}[{i}]"))
            except DecodeError as error:
                errors[i] = error.with_traceback(None)  # its frames refer to all rows
        return models, errors


def _decode_exactly(cls: type[T], data: Any, path: str) -> T:
    try:
        return _converter().structure(data, cls)
    except Exception as error:  # noqa: BLE001 - cattrs gathers what any hook raised
        found = cattrs.transform_error(error, path, _sentence)
    paths = tuple(f"{where}: {what}" for what, _, where in (f.rpartition(" @ ") for f in found))
    identity = cast("Json", data).get("id") if isinstance(data, dict) else None
    raise DecodeError(
        f"the answer does not fit {cls.__name__}: {'; '.join(paths[:3])}",
        paths=paths,
        lead_id=identity if isinstance(identity, str) else None,
        raw=data,
    )


def _sentence(error: BaseException, _: type | None) -> str:
    if isinstance(error, KeyError):
        return "missing"
    # What a class's own validators say may repeat the value, which is personal data.
    return str(error) if isinstance(error, _ExpectedError) else f"refused: {type(error).__name__}"


class _ExpectedError(Exception):
    """Says what a value should be, without the value."""

    def __init__(self, what: str, got: str) -> None:
        super().__init__(f"expected {what}, got {got}")


@cache
def decoder_of(cls: type[Any]) -> Callable[[Json], Any]:
    """Give what builds a model from a JSON object, which it consumes.

    Raises:
        ConfigurationError: A field of the class is annotated with what is not in JSON, or
            none of its own is known, as it is not decorated.
    """
    if any(isinstance(value, _FIELD) for value in vars(cls).values()):
        raise ConfigurationError(
            f"{cls.__name__} has fields: decorate it with @attrs.frozen(kw_only=True)"
        )
    try:
        exact = _converter().get_structure_hook(cls)
    except (NameError, TypeError, cattrs.StructureHandlerNotFoundError) as error:
        raise ConfigurationError(f"{cls.__name__} cannot be read from JSON: {error}") from error
    return generate_decoder(cls, _fast_reader) or (lambda data: exact(data, cls))


def _fast_reader(field: JsonField) -> Callable[[Any], Any]:
    return decoder_of(field.kind) if attrs.has(field.kind) else _reader(field)


_FIELD: Final[type[Any]] = attrs.field().__class__
"""What a class has in the place of a field until it is decorated."""


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(unstruct_collection_overrides={tuple: list})
    converter.register_structure_hook_factory(attrs.has, _structure_object)
    # Not str(), which an enum may have made a text for people.
    converter.register_unstructure_hook(enum.StrEnum, lambda member: member.value)
    converter.register_unstructure_hook(dt.date, dt.date.isoformat)
    converter.register_unstructure_hook(dt.datetime, _milliseconds)
    converter.register_unstructure_hook_factory(attrs.has, _unstructure_object)
    return converter


def _exact(*kinds: type[Any]) -> Callable[[Any], Any]:
    # JSON has one kind of number: 3 is a float too.
    accepted = {*kinds, int} if float in kinds else set(kinds)

    def read(value: Any) -> Any:
        if type(value) not in accepted:
            what = " or ".join(kind.__name__ for kind in kinds)
            raise _ExpectedError(what, type(value).__name__)
        return value

    return read


def _parsed(parse: Callable[[str], Any], what: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not str:
            raise _ExpectedError(what, type(value).__name__)
        try:
            return parse(value)
        except ValueError:
            raise _ExpectedError(what, "another text") from None

    return read


def _instant(text: str) -> dt.datetime:
    try:
        return instant(dt.datetime.fromisoformat(text))
    except OverflowError:
        raise _ExpectedError("a time of the years 1 to 9999 in UTC", "another") from None


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(_READERS[str](item) for item in _exact(list)(value))


_SCALARS: Final = frozenset({str, int, float, bool})

_READERS: Final[dict[Any, Callable[[Any], Any]]] = {
    **{kind: _exact(kind) for kind in _SCALARS},
    Any: lambda value: value,
    dt.date: _parsed(dt.date.fromisoformat, "a date in ISO 8601"),
    dt.datetime: _parsed(_instant, "a time in ISO 8601"),
    tuple[str, ...]: _strings,
}


def _reader(field: JsonField) -> Callable[[Any], Any]:
    """Give what reads a value of a field, exactly.

    Not cattrs' own hooks: they call the type, and make "None" of null, True of "false" and
    a list of letters of a text.
    """
    kind = field.kind
    if kind in _READERS:
        return _READERS[kind]
    if attrs.has(kind):
        return lambda value: _converter().structure(value, kind)
    if typing.get_origin(kind) is tuple and attrs.has(typing.get_args(kind)[0]):
        return lambda value: _converter().structure(_exact(list)(value), kind)
    if members := open_enum(kind):
        known: dict[str, Any] = {member.value: member for member in members}
        return lambda value: known.get(_READERS[str](value), value)
    if _SCALARS.issuperset(options := options_of(kind)):
        return _exact(*options)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return lambda value: _member(kind, value)
    raise ConfigurationError(
        f"{field.name} is annotated as {kind}, which is not read from JSON: annotate it as "
        "str, int, float, bool or a union of these, date, datetime, tuple[str, ...], an enum, "
        "an attrs class, or Any"
    )


def _member(kind: type[enum.Enum], value: Any) -> enum.Enum:
    for member in kind:  # not by calling the enum: True is not 1
        if type(member.value) is type(value) and member.value == value:
            return member
    raise _ExpectedError(f"one of {kind.__name__}", "another value")


def _structure_object(cls: type[Any]) -> Callable[[Any, Any], Any]:
    fields = json_fields(cls)
    keys = {field.key for field in fields}
    if len(keys) < len(fields):
        raise ConfigurationError(f"{cls.__name__} has two attributes of one custom field")
    optional = {field.key for field in fields if field.default is not attrs.NOTHING}
    rest_names = rest_fields(cls)
    overrides: dict[str, Any] = {
        field.name: override(rename=field.key, struct_hook=_structure_field(field))
        for field in fields
    } | {name: override(struct_hook=lambda value, _: value) for name in rest_names}
    structure_known = make_dict_structure_fn(cls, _converter(), **overrides)

    def structure(data: Any, _: object) -> Any:
        if not isinstance(data, Mapping):
            raise _ExpectedError("an object", type(data).__name__)
        json = cast("Mapping[str, Any]", data)
        known = {
            k: v for k, v in json.items() if k in keys and (v is not None or k not in optional)
        }
        rest = {k: v for k, v in json.items() if k not in keys}
        custom, extra = split_rest(rest) if "custom_fields" in rest_names else ({}, rest)
        taken = {"custom_fields": custom, "extra": extra}
        return structure_known({**known, **{name: taken[name] for name in rest_names}}, cls)

    return structure


def _structure_field(field: JsonField) -> Callable[[Any, Any], Any]:
    read = _reader(field)
    if field.default is None and not field.nullable and field.kind is not Any:
        raise ConfigurationError(f"{field.name} may be absent: add `| None` to its annotation")
    return lambda value, _: None if value is None and field.nullable else read(value)


def _unstructure_object(cls: type[Any]) -> Callable[[Any], Json]:
    rest_names = rest_fields(cls)
    overrides: dict[str, Any] = {
        field.name: override(
            rename=field.key,
            omit_if_default=field.default is UNSET,
            # By what a value is: an open enum or a union says too little.
            unstruct_hook=_converter().unstructure,
        )
        for field in json_fields(cls)
    } | {name: override(omit=True) for name in rest_names}
    unstructure_known = make_dict_unstructure_fn(cls, _converter(), **overrides)

    def unstructure(model: Any) -> Json:
        data = unstructure_known(model)
        for name in rest_names:
            # Whatever was put there since, it stands for no attribute that was checked.
            for key, value in getattr(model, name).items():
                data.setdefault(key, value)
        return data

    return unstructure


def _milliseconds(time: dt.datetime) -> str:
    utc = aware(time).astimezone(dt.UTC)
    precision = "microseconds" if utc.microsecond % 1000 else "milliseconds"
    return utc.isoformat(timespec=precision).removesuffix("+00:00") + "Z"
