"""The types of custom fields: the JSON values of each, and the Python type for it.

https://pipedrive.readme.io/docs/core-api-concepts-custom-fields
"""

from __future__ import annotations

import abc
import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

import attrs

from .._codec.json import Json
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
    """The value of a custom field of the type `daterange`.

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
    """The value of a custom field of the type `timerange`.

    Attributes:
        start: The time at which it begins.
        until: The time at which it ends.

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
    """The value of a custom field of the type `address`.

    Attributes:
        value: The address as a user entered it. Pipedrive derives the other attributes from
            it; in a request, attributes that are None are not sent.
        subpremise: The apartment or suite.
        street_number: The house number.
        route: The street.
        sublocality: The district.
        locality: The city.
        admin_area_level_1: The state or region.
        admin_area_level_2: The county.
        country: The country.
        postal_code: The ZIP code.
        formatted_address: The whole address in its usual form.

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
    """The conversion of one type of custom field.

    Attributes:
        scalars: The conversions of its JSON values by the suffix of their key, in the order of
            the columns.
    """

    scalars: Mapping[str, Scalar]

    @abc.abstractmethod
    def read(self, key: str, json: Json) -> Any:
        """Remove the field from a lead's JSON, always with `key`, and return its value."""

    @abc.abstractmethod
    def write(self, name: str, value: Any) -> Json:
        """Return the JSON values of a value by suffix, without those that are None."""


class Single(FieldType):
    """A field of one value. `beside` has the keys that are not part of the value."""

    def __init__(self, scalar: Scalar, *, beside: Mapping[str, Scalar] | None = None) -> None:
        self._scalar = scalar
        self.scalars = {"": scalar, **(beside or {})}

    def read(self, key: str, json: Json) -> Any:
        raw = json.pop(key)
        try:
            return self._scalar.read(raw)
        except ValueError:
            return raw

    def write(self, name: str, value: Any) -> Json:
        return {"": self._scalar.write(name, value)}


class Composite(FieldType):
    """A field of several values, which are the attributes of one Python object.

    Args:
        kind: The class of the object.
        required: The required attributes, each with its suffix and scalar.
        optional: The optional attributes, each with its suffix and scalar. None is not written.
        beside: The keys of the field that are not part of the object, by suffix.
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

    def read(self, key: str, json: Json) -> Any:
        read: dict[str, Any] = {}
        for attribute, (suffix, scalar) in self._parts.items():
            with suppress(ValueError):
                read[attribute] = scalar.read(json.get(key + suffix))
        if not self._required.keys() <= read.keys():
            return json.pop(key)
        for attribute in read:
            del json[key + self._parts[attribute][0]]
        return self._kind(**read)

    def write(self, name: str, value: Any) -> Json:
        if not isinstance(value, self._kind):
            kind = self._kind.__name__
            attributes = ", ".join(f"{attribute}=…" for attribute in self._required)
            got = type(value).__name__
            raise TypeError(f"{name} must be {kind}, got {got}: write {kind}({attributes})")
        values = {attribute: getattr(value, attribute) for attribute in self._parts}
        return {
            suffix: scalar.write(f"{name}.{attribute}", values[attribute])
            for attribute, (suffix, scalar) in self._parts.items()
            if attribute in self._required or values[attribute] is not None
        }


# The number of a time zone, such as 327: https://github.com/pipedrive/client-nodejs/issues/26
# Pipedrive publishes no list of these numbers, so they cannot become Python time zones.
_TIMEZONE: Final[Mapping[str, Scalar]] = {"_timezone_id": Id()}

_ADDRESS_PARTS: Final = [part.name for part in attrs.fields(Address) if part.name != "value"]

# The only table of the types. The conversions hold no state of a field, so all fields share them.
_TYPES: Final[Mapping[str | None, FieldType]] = {
    **dict.fromkeys(("varchar", "varchar_auto"), Single(Text(max_length=255))),
    **dict.fromkeys(("text", "phone"), Single(Text())),
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
    """Return the conversion for Pipedrive's name of a type."""
    match name:
        case "enum":
            return Single(Choice(options))
        case "set":
            return Single(Choices(options))
        case _:
            return _TYPES.get(name, _UNKNOWN)
