"""Convert single JSON values of custom fields to Python and back.

`read` raises a ValueError for a value of another form; the caller then keeps the JSON value.
"""

from __future__ import annotations

import abc
import datetime as dt
import json
from collections.abc import Collection
from typing import Any, ClassVar, Final, cast

from .._shared import checks
from ..errors import InvalidRequestError
from ._options import Options

_INT64: Final = 2**63


class Scalar(abc.ABC):
    """The conversion of one kind of JSON value.

    Attributes:
        cell_type: The type of the cells in a table column; a cell can also be None.
    """

    cell_type: ClassVar[Any] = str

    @abc.abstractmethod
    def read(self, raw: Any) -> Any:
        """Return the Python value of a JSON value."""

    @abc.abstractmethod
    def write(self, name: str, value: Any) -> Any:
        """Return the JSON value of a Python value."""

    def cell(self, raw: Any) -> Any:
        """Return the Python value as the type of the column."""
        return self.read(raw)


class Text(Scalar):
    """A text, of at most `max_length` characters in a request."""

    def __init__(self, *, max_length: int | None = None) -> None:
        self._max_length = max_length

    def read(self, raw: Any) -> str:
        if type(raw) is not str:
            raise ValueError
        return raw

    def write(self, name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a str, got {type(value).__name__}")
        if self._max_length is not None and len(value) > self._max_length:
            raise InvalidRequestError(
                f"{name} has {len(value)} characters: shorten it to {self._max_length}, which is "
                "the maximum for this type of field"
            )
        return value


class Currency(Text):
    """A currency, such as `EUR`."""

    def write(self, name: str, value: Any) -> str:
        return checks.text(name, value)


class Number(Scalar):
    """A number; in a column always a float."""

    cell_type = float

    def read(self, raw: Any) -> float:
        if type(raw) is not int and type(raw) is not float:
            raise ValueError
        return raw

    def write(self, name: str, value: Any) -> float:
        return checks.number(name, value)

    def cell(self, raw: Any) -> float:
        try:
            number = float(self.read(raw))
        except OverflowError:
            raise ValueError from None
        if number != raw:  # an int with more digits than a float has
            raise ValueError
        return number


class Id(Scalar):
    """The id of a user, a person, an organization or a time zone."""

    cell_type = int

    def read(self, raw: Any) -> int:
        if type(raw) is not int:
            raise ValueError
        return raw

    def write(self, name: str, value: Any) -> int:
        return checks.integer(name, value)

    def cell(self, raw: Any) -> int:
        if type(raw) is not int or not -_INT64 <= raw < _INT64:  # the range of integer columns
            raise ValueError
        return raw


class Date(Scalar):
    """A date, `YYYY-MM-DD`."""

    cell_type = dt.date

    def read(self, raw: Any) -> dt.date:
        date = dt.date.fromisoformat(raw) if type(raw) is str else None
        if date is None or date.isoformat() != raw:
            raise ValueError
        return date

    def write(self, name: str, value: Any) -> str:
        return checks.date(name, value).isoformat()


class Time(Scalar):
    """A time of day, `HH:MM:SS`; its time zone has a key of its own."""

    cell_type = dt.time

    def read(self, raw: Any) -> dt.time:
        time = dt.time.fromisoformat(raw) if type(raw) is str else None
        if time is None or time.isoformat("seconds") != raw or time.tzinfo:
            raise ValueError
        return time

    def write(self, name: str, value: Any) -> str:
        if not isinstance(value, dt.time):
            raise TypeError(f"{name} must be a datetime.time, got {type(value).__name__}")
        if value.tzinfo is not None:
            raise InvalidRequestError(
                f"{name} has a time zone: write its replace(tzinfo=None). Pipedrive stores the "
                "number of the zone under the field's key with _timezone_id"
            )
        if value.microsecond:
            raise InvalidRequestError(
                f"{name} has a fraction of a second: write its replace(microsecond=0)"
            )
        return value.isoformat()


class Choice(Scalar):
    """One option, as its label."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def read(self, raw: Any) -> str | int:
        return self._options.read(raw)

    def write(self, name: str, value: Any) -> str:
        return self._options.write(name, value)

    def cell(self, raw: Any) -> str:
        label = self._options.read(raw)
        if isinstance(label, int):
            raise ValueError  # noqa: TRY004 - the caller expects ValueError for an unknown option
        return label


class Choices(Scalar):
    """Several options, as their labels; leads have the ids, separated by commas."""

    cell_type = list[str]

    def __init__(self, options: Options) -> None:
        self._choice = Choice(options)

    def read(self, raw: Any) -> tuple[str | int, ...]:
        return tuple(map(self._choice.read, _ids(raw)))

    def write(self, name: str, value: object) -> str | None:
        if not isinstance(value, list | tuple | set | frozenset):
            kind = type(value).__name__
            raise TypeError(f"{name} must be a list of option labels, got {kind}")
        items = enumerate(cast("Collection[object]", value))
        ids = [self._choice.write(f"{name}[{i}]", item) for i, item in items]
        return ",".join(dict.fromkeys(ids)) or None

    def cell(self, raw: Any) -> list[str]:
        return list(map(self._choice.cell, _ids(raw)))


def _ids(raw: object) -> list[object]:
    # The value is not always a str: https://github.com/n8n-io/n8n/issues/9353
    if isinstance(raw, list):
        return cast("list[object]", raw)
    return [id for id in str(raw).split(",") if id]


class Anything(Scalar):
    """A value of an unknown type; a table column has its JSON text."""

    def read(self, raw: Any) -> Any:
        return raw

    def write(self, name: str, value: Any) -> Any:  # noqa: ARG002 - the request checks the value
        return value

    def cell(self, raw: Any) -> str:
        return json.dumps(raw, ensure_ascii=False)
