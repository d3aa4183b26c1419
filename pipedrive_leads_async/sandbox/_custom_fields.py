"""The custom fields of the seeded account, and values for them that look lived in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from ._account import Json


@dataclass(frozen=True, slots=True)
class CustomField:
    """One field; leads carry its value at their root, under `key`."""

    key: str
    name: str
    field_type: str
    options: tuple[tuple[int, str], ...] = ()


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
)

_CAMPAIGNS = ("Spring fair", "Autumn webinar", "Partner day", "Newsletter 12", "Open house")
_CURRENCIES = ("EUR", "USD", "GBP")


def sample(field: CustomField, random: random.Random) -> Json:
    """Return what a lead carries when this field is set.

    The form of each type: https://pipedrive.readme.io/docs/updating-custom-field-value
    """
    key = field.key
    match field.field_type:
        case "varchar":
            return {key: random.choice(_CAMPAIGNS)}
        case "double":
            return {key: random.randrange(1, 500)}
        case "monetary":
            amount = random.randrange(10, 900) * 100
            return {key: amount, f"{key}_currency": random.choice(_CURRENCIES)}
        case "enum":
            return {key: str(random.choice(field.options)[0])}
        case "set":
            chosen = sorted(random.sample(field.options, random.randint(1, 3)))
            return {key: ",".join(str(option) for option, _ in chosen)}
        case _:
            return {key: f"2026-{random.randint(1, 12):02}-{random.randint(1, 28):02}"}
