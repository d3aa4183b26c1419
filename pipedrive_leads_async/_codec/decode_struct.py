"""The fastest way to decode a page of leads: with msgspec, if it is installed.

msgspec checks the types of all fields while it parses them into a struct. The keys without a field
are read at their first use, from a copy of the row. The other ways decode what msgspec refuses, and
most pages of a program that uses these keys of most leads.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import attrs

from .._shared.steps import Steps
from ..models._unread import RowModel, read_late
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

PageDecoder: TypeAlias = Callable[[bytes, int], Awaitable[list[Any] | None]]
"""Decodes a response that has at most so many rows. It returns None or raises any exception if the
response is not successful, or if msgspec refuses it."""


def page_decoder(cls: type[RowModel], reader_of: ReaderOf) -> PageDecoder | None:
    """Return the function that decodes a page of models.

    Args:
        cls: The class of the models.
        reader_of: Returns the function that reads a field whose type msgspec does not check.

    Returns:
        None if msgspec is not installed, or if the class must be decoded by its constructor.
    """
    way = _way(cls, reader_of, keep_row=True) if msgspec else None
    if way is None:
        return None
    rest = _Rest(cls)
    if not read_late(cls, rest.names, rest.read):
        return None
    parse_structs, split, build = _rows_of(way.struct), _rows_of(msgspec.Raw), way.build

    async def decode_page(body: bytes, most_rows: int) -> list[Any] | None:
        steps = Steps()
        if rest.is_in_use() or has_long_number(body):
            return None
        if not body.isascii():
            body.decode()  # msgspec does not check the encoding of what it skips
            await steps.next()
        structs = parse_structs(body)
        if structs is None or len(structs) > most_rows:
            return None
        await steps.next()
        rows = split(body) or ()
        if len(rows) > _MANY_ROWS:
            await asyncio.sleep(0)  # parsing took half of the time
        rest.count_rows(len(rows))
        return [build(struct, row) for struct, row in zip(structs, rows, strict=True)]

    return decode_page


class _Way(NamedTuple):
    """A struct that msgspec parses, and the function that builds a model from it."""

    struct: type[Any]
    build: Callable[..., Any]


def _way(cls: type[Any], reader_of: ReaderOf, *, keep_row: bool = False) -> _Way | None:
    """Return the way to decode a class; None if it must be decoded by its constructor.

    Without `keep_row`, a row with unknown keys is refused if the model would have to keep them.
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
    if keep_row and rest:
        lines.append("model._unread_row = bytes(row)")  # a copy, without the rest of the page
    else:
        lines += [f"model.{name} = {{}}" for name in rest]
    struct = msgspec.defstruct(
        f"{cls.__name__}Struct",
        members,
        rename={field.name: field.key for field in fields},
        kw_only=True,
        gc=False,
        forbid_unknown_fields=bool(rest) and not keep_row,
    )
    arguments = "struct, row" if keep_row else "struct"
    return _Way(struct, compile_decoder(cls, draft, arguments, lines, names))


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


def _rows_of(row: Any) -> Callable[[bytes], list[Any] | None]:
    """Return the function that parses the rows of a page; None if it reports a failure."""
    page = msgspec.defstruct(
        "Page",
        [("success", bool), ("data", list[row] | None, None), ("additional_data", Any, None)],
        forbid_unknown_fields=True,
    )
    parse = msgspec.json.Decoder(page).decode

    def parse_rows(body: bytes) -> list[Any] | None:
        parsed = parse(body)
        return (parsed.data or []) if parsed.success else None

    return parse_rows


class _Rest:
    """What rows have beside the fields of a class, and how much of it is used.

    Reading the rest late takes half as long again as reading the whole row at once. If most leads
    of a page were read, the next pages are therefore decoded in another way, except every fifth
    page, which shows whether they are still read.
    """

    def __init__(self, cls: type[Any]) -> None:
        self.names = rest_fields(cls)
        self._keys = [*(field.key for field in json_fields(cls)), *secret_keys(cls)]
        self._split = rest_splitter(self.names)
        self._parse = msgspec.json.Decoder(dict[str, Any]).decode
        self._rows = self._reads = self._pages = 0

    def read(self, row: bytes) -> tuple[Json, ...]:
        """Read the rest of one row."""
        self._reads += 1
        try:
            rest = self._parse(row)
        except (ValueError, RecursionError):
            rest = loads_valid(row)
        pop = rest.pop
        for key in self._keys:  # twice as fast as a comprehension
            pop(key, None)
        return self._split(rest)

    def count_rows(self, rows: int) -> None:
        """Note that a page with so many rows will be read late."""
        self._rows, self._reads = rows, 0

    def is_in_use(self) -> bool:
        """Return whether the next page should be read at once."""
        if self._pages == 0 and self._rows >= _FEW_ROWS and self._reads > self._rows // 2:
            self._pages, self._rows = _PAGES_AT_ONCE, 0
        is_in_use = self._pages > 0
        self._pages -= is_in_use
        return is_in_use


_MANY_ROWS: Final = 250
"""The number of rows from which on other tasks run in between; decoding takes a millisecond."""

_FEW_ROWS: Final = 50
"""The leads of a smaller page can be read by chance."""

_PAGES_AT_ONCE: Final = 4
"""The number of pages that are read at once after a page whose leads were read."""
