"""The fastest way to decode leads: with msgspec, if it is installed.

msgspec parses each row into a struct, and checks the types of its fields. The keys without a field
are read at their first use, from a copy of the row. The other ways decode the responses that
msgspec refuses, and most pages of a caller that uses these keys: see `reading_habit.py`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import attrs

from .._shared.steps import Steps
from ..models._unread import ReadRest, RowModel, read_late
from .draft import ReaderOf, assignment, compile_decoder, conversion, draft_of
from .fields import (
    JsonField,
    json_fields,
    open_enum,
    options_of,
    rest_fields,
    rest_splitter,
    secret_keys,
)
from .json import Json, has_long_number, loads_valid, msgspec


class StructDecoder:
    """A decoder of responses into the models of one class.

    Its methods return None or raise any exception if the response is not successful, or if msgspec
    refuses it.

    Args:
        decode_rows: Decodes the JSON of rows.
    """

    def __init__(self, decode_rows: Callable[[list[Any]], list[Any]]) -> None:
        self._decode_rows = decode_rows
        self._row, self._rows = _data_of(msgspec.Raw), _data_of(list[msgspec.Raw] | None)

    def decode_one(self, body: bytes) -> Any:
        """Decode a response whose data is one model."""
        if has_long_number(body):
            return None
        _check_encoding(body)
        [model] = self._decode_rows([self._row(body)])
        return model

    async def decode_page(self, body: bytes, most_rows: int) -> list[Any] | None:
        """Decode a response of at most `most_rows` rows, and let other tasks run in between."""
        steps = Steps()
        if has_long_number(body):
            return None
        _check_encoding(body)
        await steps.next()
        rows: list[Any] = self._rows(body) or []
        if len(rows) > most_rows:
            return None
        await steps.next()
        models: list[Any] = self._decode_rows(rows[:_BATCH_SIZE])
        for start in range(_BATCH_SIZE, len(rows), _BATCH_SIZE):
            await asyncio.sleep(0)
            models += self._decode_rows(rows[start : start + _BATCH_SIZE])
        return models


_BATCH_SIZE: Final = 200
"""The number of rows that are decoded before other tasks run; it takes less than a millisecond."""


def _check_encoding(body: bytes) -> None:
    """Check that a text is UTF-8: msgspec does not check the parts that it skips."""
    if not body.isascii():
        body.decode()


def struct_decoder(cls: type[RowModel], reader_of: ReaderOf) -> StructDecoder | None:
    """Return the decoder of a class.

    Args:
        cls: The class of the models.
        reader_of: Returns the function that reads a field whose type msgspec does not check.

    Returns:
        None if msgspec is not installed, or if the class must be decoded by its constructor.
    """
    way = _way(cls, reader_of, of_rows=True) if msgspec else None
    if way is None or not read_late(cls, rest_fields(cls), _rest_reader(cls)):
        return None
    return StructDecoder(way.build)


class _Way(NamedTuple):
    """A struct that msgspec parses, and the function that builds one or more models from it."""

    struct: type[Any]
    build: Callable[..., Any]


def _way(cls: type[Any], reader_of: ReaderOf, *, of_rows: bool = False) -> _Way | None:
    """Return the way to decode a class; None if it must be decoded by its constructor.

    Args:
        cls: The class.
        reader_of: Returns the function that reads a field whose type msgspec does not check.
        of_rows: Whether the function takes the JSON of rows, of which the models keep copies.
            Otherwise it takes a struct, and msgspec refuses unknown keys that a model would keep.
    """
    draft = draft_of(cls)
    if draft is None:
        return None
    names: dict[str, Any] = {}
    members: list[tuple[Any, ...]] = []
    lines: list[str] = []
    fields = json_fields(cls)
    for field in fields:
        kind, convert = _kind(field, names, reader_of)
        is_required = field.default is attrs.NOTHING
        if field.nullable or not is_required:
            kind |= None
        members.append((field.name, kind) if is_required else (field.name, kind, None))
        lines += assignment(field, names, f"struct.{field.name}", convert)
    rest = rest_fields(cls)
    if not of_rows:
        lines += [f"model.{name} = {{}}" for name in rest]
    struct = msgspec.defstruct(
        f"{cls.__name__}Struct",
        members,
        rename={field.name: field.key for field in fields},
        kw_only=True,
        gc=False,
        forbid_unknown_fields=bool(rest) and not of_rows,
    )
    if not of_rows:
        return _Way(struct, compile_decoder(cls, draft, "struct", lines, names))
    names["parse"] = msgspec.json.Decoder(struct).decode
    if rest:
        lines.append("model._unread_row = row")
    # The row is a copy, without the rest of the page.
    lines = ["row = bytes(row)", "struct = parse(row)", *lines]
    return _Way(struct, compile_decoder(cls, draft, "rows", lines, names, loop="for row in rows"))


def _kind(field: JsonField, names: dict[str, Any], reader_of: ReaderOf) -> tuple[Any, list[str]]:
    """Return the type that msgspec checks, and the lines that convert a value of this type."""
    kind = field.kind
    if kind in _CHECKED:
        return _CHECKED[kind], []
    if not field.time_format and (kind is dt.datetime or open_enum(kind)):
        return str, conversion(field, names, reader_of)
    if _SCALARS.issuperset(options := options_of(kind)):
        return kind | int if float in options else kind, []
    way = _way(kind, reader_of) if attrs.has(kind) else None
    if way is None:
        return Any, conversion(field, names, reader_of)
    names[f"build_{field.name}"] = way.build
    return way.struct, [f"v = build_{field.name}(v)"]


_SCALARS: Final = frozenset({str, int, float, bool})

# A time is parsed by Python, because msgspec rounds to microseconds instead of cutting.
_CHECKED: Final[dict[Any, Any]] = {
    Any: Any,
    dt.date: dt.date,
    tuple[str, ...]: tuple[str, ...],
    tuple[int, ...]: tuple[int, ...],
    Mapping[str, Any]: dict[str, Any],
}


def _data_of(kind: Any) -> Callable[[bytes], Any]:
    """Return the function that parses the data of a successful response; it raises any error."""
    envelope = msgspec.defstruct(
        "Envelope",
        [("success", bool), ("data", kind), ("additional_data", Any, None)],
        forbid_unknown_fields=True,
    )
    parse = msgspec.json.Decoder(envelope).decode

    def parse_data(body: bytes) -> Any:
        parsed = parse(body)
        if not parsed.success:
            raise ValueError
        return parsed.data

    return parse_data


def _rest_reader(cls: type[Any]) -> ReadRest:
    """Return the function that reads the keys of a row that are not fields of the class."""
    keys = [*(field.key for field in json_fields(cls)), *secret_keys(cls)]
    split = rest_splitter(rest_fields(cls))
    parse = msgspec.json.Decoder(dict[str, Any]).decode

    def read_rest(row: bytes) -> tuple[Json, ...]:
        try:
            rest = parse(row)
        except (ValueError, RecursionError):
            rest = loads_valid(row)
        pop = rest.pop
        for key in keys:  # twice as fast as a comprehension
            pop(key, None)
        return split(rest)

    return read_rest
