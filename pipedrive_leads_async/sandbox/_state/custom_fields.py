"""Custom fields, and those that a new account has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .. import _checks

is_custom_key = re.compile(r"[0-9a-f]{40}(_[a-z0-9_]+)?").fullmatch
"""Match the key of a custom field, or of a part of one such as its currency."""

_TYPES = (
    "address",
    "date",
    "daterange",
    "double",
    "enum",
    "monetary",
    "org",
    "people",
    "phone",
    "set",
    "text",
    "time",
    "timerange",
    "user",
    "varchar",
    "varchar_auto",
)
_TYPES_WITH_OPTIONS = ("enum", "set")


@dataclass(frozen=True, slots=True)
class CustomField:
    """One custom field; a lead has its value in the property `key`.

    `number` counts the custom fields of the account from 1, with those that are deleted.
    """

    key: str
    name: str
    field_type: str
    options: tuple[tuple[int, str], ...] = ()
    add_time: str = "2023-12-18 08:15:00"
    number: int = 0


CUSTOM_FIELDS = (
    CustomField("3ce5b1409718d65a8adc965be1f0da8821d8b9ab", "Campaign", "varchar"),
    CustomField("befdcfc4f54b8410b8d9105ba6d44658fd5965b9", "Seats", "double"),
    CustomField("7a1c04c9e2b3f65d80f1a9be47d2c63518ef90ab", "Budget", "monetary"),
    CustomField(
        "9dc80c50d78a15643bfc4ca79d76156a73a1ca0e",
        "Customer type",
        "enum",
        ((190, "Private person"), (191, "Company"), (192, "Government")),
    ),
    CustomField(
        "51f6b0d7c3e84a29a6d01b7f92e5c8d43b60a1fe",
        "Interests",
        "set",
        ((201, "Support"), (202, "Training"), (203, "Migration")),
    ),
    CustomField("e80d2f4c6a1b97350c2e8d4f6b1a93570e2c8d4f", "Contract ends", "date"),
    CustomField("0b6c5f1d9e3a48276d10fb84c2e7a953d1064b8f", "Competitor", "varchar_auto"),
    CustomField("2d9f4e71a6c03b85f7128e6d40b9c5a31e87f2d6", "Requirements", "text"),
    CustomField("4f8b20e6d17a93c5b06e4d82f9a1573ce2b6d094", "Reception", "phone"),
    CustomField("63a9d7e02c5f81b4e93d06a7f2c8415b9e70d3a6", "Account manager", "user"),
    CustomField("85c1e3f9b7206da4c8f5e17b3d920a64f1b8c7e5", "Partner", "org"),
    CustomField("a7e4b6029d1f85c3e2a90d7b4f6c18e35b0d92f7", "Referred by", "people"),
    CustomField("b92f7d5e80c3a614d7e1f0b68c5a293f4e6d81b0", "Project period", "daterange"),
    CustomField("c04e9a7b3f61d285e9c7b0f4a8d1362e5f7b90c4", "Best time to call", "time"),
    CustomField("d6b13f8e5a9c07247f0e8d6b2c4a915370e1f8d3", "Opening hours", "timerange"),
    CustomField("f1a8c06e4d7b923580e6f3c9a1b5d7240e8f6c3b", "Site", "address"),
)

PARTS = {
    "monetary": (("currency", "Currency of {}", "varchar"),),
    "daterange": (("until", "End date of {}", "date"),),
    "time": (("timezone_id", "Timezone of {}", "int"),),
    "timerange": (
        ("timezone_id", "Timezone of {}", "int"),
        ("until", "End time of {}", "time"),
    ),
    "address": (
        ("subpremise", "Apartment/suite no of {}", "varchar"),
        ("street_number", "House number of {}", "varchar"),
        ("route", "Street/road name of {}", "varchar"),
        ("sublocality", "District/sublocality of {}", "varchar"),
        ("locality", "City/town/village/locality of {}", "varchar"),
        ("admin_area_level_1", "State/county of {}", "varchar"),
        ("admin_area_level_2", "Region of {}", "varchar"),
        ("country", "Country of {}", "varchar"),
        ("postal_code", "ZIP/Postal code of {}", "varchar"),
        ("formatted_address", "Full/combined address of {}", "varchar"),
    ),
}
"""The parts that values of a type have besides the value: suffix, name and type of each."""


def part_types(field: CustomField) -> dict[str, str]:
    """Return the types of the field's parts by suffix."""
    return {suffix: part_type for suffix, _, part_type in PARTS.get(field.field_type, ())}


def check_custom_field(name: str, field_type: str, options: Iterable[str]) -> list[str]:
    """Check the arguments of `add_custom_field`, and return the labels of the options."""
    _checks.text("name", name)
    if field_type not in _TYPES:
        raise ValueError(f"field_type must be one of {', '.join(_TYPES)}, got {field_type!r}.")
    labels = _checks.texts("options", "label", options)
    if bool(labels) is not (field_type in _TYPES_WITH_OPTIONS):
        types = " and ".join(_TYPES_WITH_OPTIONS)
        raise ValueError(
            f"options must not be empty for {types}, and must be left out for other types, "
            f"got field_type {field_type!r}."
        )
    return labels
