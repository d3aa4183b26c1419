"""Decode models from Pipedrive's JSON and encode them: `from_dict`, `to_dict` and their parts.

There are three ways to decode. `decode_struct.py` is the fastest, and decodes responses with leads.
`decode_dict.py` is fast, and decodes everything else. If they fail, they do not report why. Then
`decode_exact.py` runs, and its `DecodeError` names each place and reason.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, Final, Generic, TypeVar, cast

import attrs

from .._shared import checks
from .._shared.json_copy import copy_json
from .._shared.steps import Steps
from ..errors import ConfigurationError, DecodeError
from ..models._unread import RowModel
from .decode_dict import dict_decoder
from .decode_exact import decode_exactly, exact_decoder, exact_reader, read_exactly
from .decode_struct import StructDecoder, struct_decoder
from .encode import encode
from .fields import JsonField
from .json import Json
from .requests import Request, decode_request, read_request

T = TypeVar("T")

_BATCH_SIZE: Final = 250
"""The number of rows that are decoded before other tasks run; it takes about 1.5 ms."""

_EXACT_BATCH_SIZE: Final = 25
"""The same with the exact decoder, which takes 0.1 ms for each malformed row."""


def from_dict(cls: type[T], data: Mapping[str, Any]) -> T:
    """Return a model or a request decoded from Pipedrive's JSON.

    A model keeps unknown keys in `extra`. A request refuses them, as its constructor does, and it
    makes all other checks of its constructor.

    Args:
        cls: `Lead`, your own lead class, any other model, or a request.
        data: The JSON object, which is not changed. The custom fields of a request for a lead can
            also be in an object `custom_fields`.

    Raises:
        DecodeError: Values of a model are missing or have another type; `.paths` names all of
            them.
        TypeError: `data` is JSON that is not parsed yet.
        InvalidRequestError: A request has unknown keys, or Pipedrive would refuse it. The message
            names the keys.
        ConfigurationError: A field of your own class has a type that cannot be decoded from
            JSON.

    Example:
        >>> from pipedrive_leads_async import Lead, from_dict
        >>> from_dict(Lead, {"id": "8ba414d0-8ad8-11ef-9e9e-07879dd74146", "title": "New"}).title
        'New'
    """
    if not attrs.has(cast("Any", cls)):
        raise TypeError(
            f"cls must be Lead or another model of this library, got {checks.kind_of(cls)}: write "
            "from_dict(Lead, data)"
        )
    if isinstance(data, str | bytes):
        raise TypeError(f"data must be a dict, got {type(data).__name__}: parse it with json.loads")
    if issubclass(cls, Request):
        return decode_request(cls, data)
    return decode(cls, lambda: _copied(data), path="$")


def read(cls: type[T], data: Any) -> T:
    """Return a model or a request decoded from JSON, which is not changed.

    Raises:
        MisfitError: The JSON does not fit; the error has all problems with their places.
    """
    if issubclass(cls, Request):
        return read_request(cls, data)
    model = decode_fast(cls, _copied(data))
    return read_exactly(cls, data) if model is None else model


def to_dict(model: Any) -> Json:
    """Return a model or a request as Pipedrive's JSON.

    Custom fields and unknown keys are at the root of the object, times are in UTC with a `Z`,
    and properties that are `UNSET` are left out. `json.dumps` can encode the result.

    Example:
        >>> from pipedrive_leads_async import AddLeadRequest, to_dict
        >>> to_dict(AddLeadRequest(title="New", person_id=42))
        {'title': 'New', 'person_id': 42}
    """
    if not attrs.has(model.__class__):
        advice = ": write [to_dict(lead) for lead in leads]" if isinstance(model, list) else ""
        kind = checks.kind_of(cast("Any", model))
        raise TypeError(f"model must be a model or a request of this library, got {kind}{advice}")
    return encode(model)


def _copied(data: Any) -> Any:
    return copy_json(dict(cast("Json", data)) if isinstance(data, Mapping) else data)


def decode(cls: type[T], parse: Callable[[], Any], *, path: str) -> T:
    """Decode one model: first with the fast decoder, then, if that fails, with the exact one.

    Args:
        cls: The class of the model.
        parse: Returns the JSON object. It is called again after a failure, because the fast
            decoder consumes the object.
        path: The place of the object in the response, for `DecodeError.paths`.

    Raises:
        DecodeError: Values are missing or have another type.
        ConfigurationError: A field of the class has a type that cannot be decoded from JSON.
    """
    model = decode_fast(cls, parse())
    return decode_exactly(cls, parse(), path) if model is None else model


def decode_fast(cls: type[T], data: Any) -> T | None:
    """Decode one model from a JSON object, which is consumed; return None if it is malformed.

    Raises:
        ConfigurationError: A field of the class has a type that cannot be decoded from JSON.
    """
    fast_decoder = decoder_of(cast("Any", cls))
    with suppress(Exception):  # the exact decoder reports what is wrong
        return cast("T", fast_decoder(data))
    return None


async def decode_in_steps(cls: type[T], parse: Callable[[], Any], *, path: str) -> T:
    """Decode one model as `decode` does, and let other tasks run between the steps."""
    steps = Steps()
    data = parse()
    await steps.next()
    model = decode_fast(cls, data)
    del data  # so that it is not in memory twice
    if model is None:
        await steps.next()
        data = parse()
        await steps.next()
        model = decode_exactly(cls, data, path)
    return model


def decode_response(cls: type[T], body: bytes) -> T | None:
    """Decode a response whose data is one model in the fastest way.

    Args:
        cls: The class of the model.
        body: The body of the response.

    Returns:
        None if the response must be decoded in another way, which then reports what is wrong.
    """
    with suppress(Exception):
        if _may_read_late() and (decoder := struct_decoder_of(cast("Any", cls))):
            return cast("T | None", decoder.decode_one(body))
    return None


async def decode_page(cls: type[T], body: bytes, *, most_rows: int) -> list[T] | None:
    """Decode a page of leads in the fastest way, and let other tasks run between the steps.

    Args:
        cls: The class of the leads.
        body: The body of the response.
        most_rows: The maximum number of rows.

    Returns:
        None if the page must be decoded in another way, which then reports what is wrong.
    """
    with suppress(Exception):
        if _may_read_late() and (decoder := struct_decoder_of(cast("Any", cls))):
            return await decoder.decode_page(body, most_rows)
    return None


def _may_read_late() -> bool:
    """Return whether attributes of a lead may be read at their first use.

    Litestar serialises leads with msgspec, which reads the memory of their slots. There, an
    attribute that was not read yet would be missing.
    """
    return "litestar" not in sys.modules


async def decode_list(cls: type[T], parse: Callable[[], list[Any]], *, path: str) -> list[T]:
    """Decode a list of models, and let other tasks run between the batches.

    The arguments are those of `decode`, except that `parse` returns a list of JSON objects.

    Raises:
        DecodeError: The first malformed row. The rows after its batch are not decoded.
    """
    models: list[T] = []
    steps = Steps()
    rows = Rows(cls, parse, path=path)
    await steps.next()
    for batch, errors in rows.batches():
        for error in errors.values():
            raise error
        models += batch
        await steps.next()
    return models


class Rows(Generic[T]):
    """The rows of a list, which can be decoded once, batch by batch.

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

    def batches(self) -> Iterator[tuple[list[T], dict[int, DecodeError]]]:
        """Decode the rows batch by batch; yield the models, and the errors by row.

        A batch can be empty, so that other tasks can run before the rows are parsed again.
        """
        start, count, has_failed = 0, len(self._rows), False
        while start < count:
            stop = start + (_EXACT_BATCH_SIZE if has_failed else _BATCH_SIZE)
            if has_failed:
                yield self._decode_exactly(start, stop)
            elif (models := self._decode_fast(start, stop)) is not None:
                yield models, {}
            else:
                yield [], {}
                self._rows = []  # so that the rows are not in memory twice
                self._rows = self._parse()
                has_failed = True
                yield [], {}
                continue
            start = stop

    def _decode_fast(self, start: int, stop: int) -> list[T] | None:
        with suppress(Exception):  # the exact decoder reports what is wrong
            return [self._fast_decoder(row) for row in self._rows[start:stop]]
        return None

    def _decode_exactly(self, start: int, stop: int) -> tuple[list[T], dict[int, DecodeError]]:
        models: list[T] = []
        errors: dict[int, DecodeError] = {}
        for i, row in enumerate(self._rows[start:stop], start):
            try:
                models.append(decode_exactly(self._cls, row, f"{self._path}[{i}]"))
            except DecodeError as error:
                errors[i] = error.with_traceback(None)  # its frames refer to all rows
        return models, errors


@cache
def decoder_of(cls: type[Any]) -> Callable[[Json], Any]:
    """Return the fastest decoder of a class. It consumes the JSON object.

    Raises:
        ConfigurationError: A field of the class has a type that cannot be decoded from JSON,
            or the class has fields and is not decorated.
    """
    if any(isinstance(value, _FIELD) for value in vars(cls).values()):
        raise ConfigurationError(
            f"{cls.__name__} has fields but no decorator: decorate it with "
            "@attrs.frozen(kw_only=True)"
        )
    exact = exact_decoder(cls)  # even if it is not used, it checks the class
    return dict_decoder(cls, _reader) or exact


@cache
def struct_decoder_of(cls: type[Any]) -> StructDecoder | None:
    """Return the fastest decoder of responses with leads; None if the class has none."""
    decoder_of(cast("Any", cls))  # it checks the class
    return struct_decoder(cls, _reader) if issubclass(cls, RowModel) else None


def _reader(field: JsonField) -> Callable[[Any], Any]:
    return decoder_of(field.kind) if attrs.has(field.kind) else exact_reader(field)


_FIELD: Final[type[Any]] = attrs.field().__class__
"""The type of a declared field in a class that is not decorated."""
