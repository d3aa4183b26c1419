"""One JSON value of a custom field: what it means, how it is written, what a table shows.

In reading, a value of another form is a ValueError: it is left as Pipedrive sent it.
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
    """One kind of value.

    Attributes:
        cell_type: The one type that the cells of a column have, besides None.
    """

    cell_type: ClassVar[Any] = str

    @abc.abstractmethod
    def read(self, raw: Any) -> Any:
        """Give what the JSON means."""

    @abc.abstractmethod
    def write(self, name: str, value: Any) -> Any:
        """Give the JSON that means the value."""

    def cell(self, raw: Any) -> Any:
        """Give what the JSON means, as the type of the column."""
        return self.read(raw)


class Text(Scalar):
    """A text."""

    def read(self, raw: Any) -> str:
        if type(raw) is not str:
            raise ValueError
        return raw

    def write(self, name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a str, got {type(value).__name__}")
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
        if number != raw:  # an int with more digits than a float keeps
            raise ValueError
        return number


class Id(Scalar):
    """The number of a user, a person, an organization or a time zone."""

    cell_type = int

    def read(self, raw: Any) -> int:
        if type(raw) is not int:
            raise ValueError
        return raw

    def write(self, name: str, value: Any) -> int:
        return checks.integer(name, value)

    def cell(self, raw: Any) -> int:
        if type(raw) is not int or not -_INT64 <= raw < _INT64:  # what columns of integers keep
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
        if isinstance(value, dt.datetime):
            raise InvalidRequestError(
                f"{name} must be a date, got a datetime: give its date() in the time zone you mean"
            )
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
                f"{name} has a time zone: give replace(tzinfo=None) of it. Pipedrive has a "
                "number for the zone, under the field's key with _timezone_id"
            )
        if value.microsecond:
            raise InvalidRequestError(
                f"{name} has a fraction of a second: give replace(microsecond=0) of it"
            )
        return value.isoformat()


class Choice(Scalar):
    """One option, by its label."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def read(self, raw: Any) -> str | int:
        return self._options.read(raw)

    def write(self, name: str, value: Any) -> str:
        return self._options.write(name, value)

    def cell(self, raw: Any) -> str:
        label = self._options.read(raw)
        if isinstance(label, int):
            raise ValueError  # noqa: TRY004 - it has another form, as everywhere here
        return label


class Choices(Scalar):
    """Several options, by their labels; leads carry the ids with commas between them."""

    cell_type = list[str]

    def __init__(self, options: Options) -> None:
        self._choice = Choice(options)

    def read(self, raw: Any) -> tuple[str | int, ...]:
        return tuple(map(self._choice.read, _ids(raw)))

    def write(self, name: str, value: object) -> str | None:
        if not isinstance(value, list | tuple | set | frozenset):
            kind = type(value).__name__
            raise TypeError(f"{name} must be a list of the labels of options, got {kind}")
        items = enumerate(cast("Collection[object]", value))
        ids = [self._choice.write(f"{name}[{i}]", item) for i, item in items]
        return ",".join(dict.fromkeys(ids)) or None

    def cell(self, raw: Any) -> list[str]:
        return list(map(self._choice.cell, _ids(raw)))


def _ids(raw: object) -> list[object]:
    # Not always a text: https://github.com/n8n-io/n8n/issues/9353
    if isinstance(raw, list):
        return cast("list[object]", raw)
    return [id for id in str(raw).split(",") if id]


class Anything(Scalar):
    """A value of a type that this version does not know; in a column always its JSON."""

    def read(self, raw: Any) -> Any:
        return raw

    def write(self, name: str, value: Any) -> Any:  # noqa: ARG002 - the request checks it
        return value

    def cell(self, raw: Any) -> str:
        return json.dumps(raw, ensure_ascii=False)
