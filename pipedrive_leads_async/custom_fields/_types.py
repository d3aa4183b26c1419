"""The types of custom fields: of which JSON values each is made, and what Python has for it.

https://pipedrive.readme.io/docs/core-api-concepts-custom-fields
"""

from __future__ import annotations

import abc
import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

import attrs

from ..models import LeadValue
from ._options import Options
from ._scalars import (
    Anything,
    Choice,
    Choices,
    Currency,
    Date,
    Id,
    Number,
    Scalar,
    Text,
    Time,
)


class DateRange(NamedTuple):
    """What a custom field of the type `daterange` holds.

    Attributes:
        start: The first day.
        until: The last day.

    Example:
        >>> import datetime as dt
        >>> from pipedrive_leads_async import DateRange
        >>> year = DateRange(start=dt.date(2026, 1, 1), until=dt.date(2026, 12, 31))

    https://pipedrive.readme.io/docs/core-api-concepts-custom-fields
    """

    start: dt.date
    until: dt.date


class TimeRange(NamedTuple):
    """What a custom field of the type `timerange` holds.

    Attributes:
        start: When it begins.
        until: When it ends.

    Example:
        >>> import datetime as dt
        >>> from pipedrive_leads_async import TimeRange
        >>> morning = TimeRange(start=dt.time(9), until=dt.time(12))

    https://pipedrive.readme.io/docs/core-api-concepts-custom-fields
    """

    start: dt.time
    until: dt.time


@attrs.frozen(kw_only=True)
class Address:
    """What a custom field of the type `address` holds.

    Attributes:
        value: The address as somebody entered it. The rest is what Pipedrive makes of it; in
            a request, what is None is left to Pipedrive.
        subpremise: The apartment or suite.
        street_number: The house number.
        route: The street.
        sublocality: The district.
        locality: The city.
        admin_area_level_1: The state or region.
        admin_area_level_2: The county.
        country: The country.
        postal_code: The ZIP code.
        formatted_address: All of it, in the usual form.

    Example:
        >>> from pipedrive_leads_async import Address
        >>> office = Address(value="Mustamäe tee 3a, Tallinn")

    https://pipedrive.readme.io/docs/core-api-concepts-custom-fields
    """

    value: str
    subpremise: str | None = None
    street_number: str | None = None
    route: str | None = None
    sublocality: str | None = None
    locality: str | None = None
    admin_area_level_1: str | None = None
    admin_area_level_2: str | None = None
    country: str | None = None
    postal_code: str | None = None
    formatted_address: str | None = None


class FieldType(abc.ABC):
    """How a custom field is read and written.

    Attributes:
        scalars: Each of its JSON values by the suffix of its key, in the order of columns.
    """

    scalars: Mapping[str, Scalar]

    @abc.abstractmethod
    def read(self, key: str, json: dict[str, Any]) -> Any:
        """Take the field out of a lead's JSON: what is understood, and `key` in any case."""

    @abc.abstractmethod
    def write(self, name: str, value: Any) -> dict[str, Any]:
        """Give the JSON values of what is not None, by suffix."""


class Single(FieldType):
    """A field of one value; what is `beside` it is not part of the value."""

    def __init__(self, scalar: Scalar, *, beside: Mapping[str, Scalar] | None = None) -> None:
        self._scalar = scalar
        self.scalars = {"": scalar, **(beside or {})}

    def read(self, key: str, json: dict[str, Any]) -> Any:
        raw = json.pop(key)
        try:
            return self._scalar.read(raw)
        except ValueError:
            return raw

    def write(self, name: str, value: Any) -> dict[str, Any]:
        return {"": self._scalar.write(name, value)}


class Composite(FieldType):
    """A field of several values, which are the attributes of one Python object.

    Args:
        kind: The class of the object.
        required: Suffix and scalar of the attributes that it cannot be made without.
        optional: The same of those that can be None. None is not written.
        beside: What has a key of the field, and is not part of the object.
    """

    def __init__(
        self,
        kind: type[Any],
        required: Mapping[str, tuple[str, Scalar]],
        *,
        optional: Mapping[str, tuple[str, Scalar]] | None = None,
        beside: Mapping[str, Scalar] | None = None,
    ) -> None:
        self._kind = kind
        self._required = required
        self._parts = {**required, **(optional or {})}
        self.scalars = {**dict(self._parts.values()), **(beside or {})}

    def read(self, key: str, json: dict[str, Any]) -> Any:
        read: dict[str, Any] = {}
        for attribute, (suffix, scalar) in self._parts.items():
            with suppress(ValueError):
                read[attribute] = scalar.read(json.get(key + suffix))
        if not self._required.keys() <= read.keys():
            return json.pop(key)
        for attribute in read:
            del json[key + self._parts[attribute][0]]
        return self._kind(**read)

    def write(self, name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, self._kind):
            kind = self._kind.__name__
            attributes = ", ".join(f"{attribute}=…" for attribute in self._required)
            got = type(value).__name__
            raise TypeError(f"{name} must be {kind}, got {got}: give {kind}({attributes})")
        values = {attribute: getattr(value, attribute) for attribute in self._parts}
        return {
            suffix: scalar.write(f"{name}.{attribute}", values[attribute])
            for attribute, (suffix, scalar) in self._parts.items()
            if attribute in self._required or values[attribute] is not None
        }


# The number of a time zone, such as 327: https://github.com/pipedrive/client-nodejs/issues/26
# Pipedrive publishes no list of them, so that no Python time can have it.
_TIMEZONE: Final[Mapping[str, Scalar]] = {"_timezone_id": Id()}

_ADDRESS_PARTS: Final = [part.name for part in attrs.fields(Address) if part.name != "value"]

# What is known of a type stands here alone. Nothing of a field is kept, so that all share these.
_TYPES: Final[Mapping[str | None, FieldType]] = {
    **dict.fromkeys(("varchar", "varchar_auto", "text", "phone"), Single(Text())),
    **dict.fromkeys(("user", "org", "people"), Single(Id())),
    "double": Single(Number()),
    "monetary": Composite(
        LeadValue, {"amount": ("", Number()), "currency": ("_currency", Currency())}
    ),
    "date": Single(Date()),
    "daterange": Composite(DateRange, {"start": ("", Date()), "until": ("_until", Date())}),
    "time": Single(Time(), beside=_TIMEZONE),
    "timerange": Composite(
        TimeRange, {"start": ("", Time()), "until": ("_until", Time())}, beside=_TIMEZONE
    ),
    "address": Composite(
        Address,
        {"value": ("", Text())},
        optional={part: (f"_{part}", Text()) for part in _ADDRESS_PARTS},
    ),
}
_UNKNOWN: Final = Single(Anything())


def field_type(name: str | None, options: Options) -> FieldType:
    """Give the type by Pipedrive's name of it."""
    match name:
        case "enum":
            return Single(Choice(options))
        case "set":
            return Single(Choices(options))
        case _:
            return _TYPES.get(name, _UNKNOWN)
