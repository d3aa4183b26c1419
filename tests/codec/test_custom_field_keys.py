"""A lead class of one's own names custom fields by their keys."""

from __future__ import annotations

import re
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import ConfigurationError, Lead, LeadsClient, custom_field, from_dict

KEY = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"
ID = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"


@attrs.frozen(kw_only=True)
class MyLead(Lead):
    budget: int | None = custom_field(KEY)
    currency: str | None = custom_field(f"{KEY}_currency")


def test_the_attribute_has_the_value_of_its_key_or_none() -> None:
    lead = from_dict(MyLead, {"id": ID, "title": "Big order", KEY: 500})

    assert lead.budget == 500
    assert lead.currency is None
    assert lead.custom_fields == {}


def test_a_lead_is_still_hashed_by_its_id() -> None:
    rich, poor = (MyLead(id=ID, title="Big order", budget=budget) for budget in (5, 1))
    assert hash(rich) == hash(poor)
    assert rich != poor


@pytest.mark.parametrize(
    "key",
    ["", "budget", KEY.upper(), KEY[:-1], KEY + "0", f"{KEY}-currency", f"{KEY}_", f" {KEY}"],
)
def test_what_is_not_a_key_is_refused_where_the_class_is_written(key: str) -> None:
    with pytest.raises(
        ConfigurationError, match=f"key must be the 40 lower-case .*, got {re.escape(repr(key))}"
    ):
        custom_field(key)


@pytest.mark.parametrize("key", [None, 5, b"3ce5"])
def test_a_key_of_another_type_is_refused(key: Any) -> None:
    with pytest.raises(TypeError, match="key must be a str of 40 hexadecimal digits, got"):
        custom_field(key)


def test_a_custom_field_that_could_not_be_absent_is_refused() -> None:
    @attrs.frozen(kw_only=True)
    class Wrong(Lead):
        budget: int = custom_field(KEY)

    with pytest.raises(ConfigurationError, match=r"budget may be absent: add `\| None`"):
        LeadsClient("a-canary", lead_type=Wrong)
