"""Test lead classes of users that do something unexpected or lack their decorator."""

from __future__ import annotations

import enum
from typing import Any, ClassVar

import attrs
import pytest

from pipedrive_leads_async import (
    AddLeadRequest,
    ConfigurationError,
    Lead,
    custom_field,
    from_dict,
    to_dict,
)
from pipedrive_leads_async.webhooks import parse_event
from tests.codec.lead_classes import KEYS, row
from tests.webhooks.bodies import body


class Heat(enum.StrEnum):
    """An enum whose str differs from its value."""

    HOT = "201"

    def __str__(self) -> str:
        return "Hot!"


@attrs.frozen(kw_only=True)
class Heated(Lead):
    heat: Heat | None = custom_field(KEYS[0])


class Undecorated(Lead):
    budget: int | None = custom_field(KEYS[0])


class Registering(Lead):
    """A class that registers its subclasses and rejects those without a docstring."""

    known: ClassVar[list[type[Any]]] = []

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not cls.__doc__:
            raise ValueError(f"{cls.__name__} has no docstring")
        Registering.known.append(cls)


class Registered(Registering):
    """The only subclass."""


def test_enum_is_encoded_as_its_value_and_not_its_str() -> None:
    lead = from_dict(Heated, row(**{KEYS[0]: "201"}))
    assert lead.heat is Heat.HOT
    assert to_dict(lead)[KEYS[0]] == "201"
    assert from_dict(Heated, to_dict(lead)) == lead
    assert to_dict(AddLeadRequest(title="Order", person_id=1, origin_id=Heat.HOT)) == {
        "title": "Order",
        "person_id": 1,
        "origin_id": "201",
    }


def test_class_with_fields_but_without_decorator_is_refused() -> None:
    message = (
        r"^Undecorated has fields but no decorator: "
        r"decorate it with @attrs\.frozen\(kw_only=True\)$"
    )
    with pytest.raises(ConfigurationError, match=message):
        from_dict(Undecorated, row())
    with pytest.raises(ConfigurationError, match=message):
        parse_event(body("create"), lead_type=Undecorated)


def test_decoder_registers_no_subclass_of_its_own() -> None:
    assert type(from_dict(Registered, row())) is Registered
    assert Registering.known == [Registered]
