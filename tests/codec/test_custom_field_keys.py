"""Test the keys of custom fields, and their declaration in a lead class."""

from __future__ import annotations

import re
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import ConfigurationError, Lead, LeadsClient, custom_field, from_dict
from pipedrive_leads_async._codec.custom_field_keys import is_custom_field

KEY = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"
ID = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"


@attrs.frozen(kw_only=True)
class MyLead(Lead):
    budget: int | None = custom_field(KEY)
    currency: str | None = custom_field(f"{KEY}_currency")


def test_attribute_has_the_value_of_its_key_or_none() -> None:
    lead = from_dict(MyLead, {"id": ID, "title": "Big order", KEY: 500})

    assert lead.budget == 500
    assert lead.currency is None
    assert lead.custom_fields == {}


def test_custom_field_does_not_change_the_hash_of_a_lead() -> None:
    rich, poor = (MyLead(id=ID, title="Big order", budget=budget) for budget in (5, 1))
    assert hash(rich) == hash(poor)
    assert rich != poor


@pytest.mark.parametrize(
    "key",
    ["", "budget", KEY.upper(), KEY[:-1], KEY + "0", f"{KEY}-currency", f"{KEY}_", f" {KEY}"],
)
def test_custom_field_refuses_an_invalid_key(key: str) -> None:
    with pytest.raises(
        ConfigurationError, match=f"key must be the 40 lower-case .*, got {re.escape(repr(key))}"
    ):
        custom_field(key)


@pytest.mark.parametrize("key", [None, 5, b"3ce5"])
def test_custom_field_refuses_a_key_of_another_type(key: Any) -> None:
    with pytest.raises(TypeError, match="key must be a str of 40 hexadecimal digits, got"):
        custom_field(key)


def test_custom_field_that_does_not_allow_none_is_refused() -> None:
    @attrs.frozen(kw_only=True)
    class Wrong(Lead):
        budget: int = custom_field(KEY)

    with pytest.raises(
        ConfigurationError, match=r"budget is None if the key is missing: add `\| None`"
    ):
        LeadsClient("a-canary", lead_type=Wrong)


@pytest.mark.parametrize(
    ("key", "properties", "expected"),
    [
        (KEY, {}, True),
        (KEY, {"is_subfield": False}, True),
        (KEY, {"is_subfield": True}, False),
        (f"{KEY}_currency", {}, False),
        ("title", {}, False),
        (None, {}, False),
        (5, {}, False),
    ],
)
def test_is_custom_field_accepts_whole_custom_fields_only(
    key: object, properties: dict[str, Any], *, expected: bool
) -> None:
    assert is_custom_field(key, properties) is expected
