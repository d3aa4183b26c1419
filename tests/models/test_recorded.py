"""Test the models with responses that were recorded at Pipedrive in 2026.

Names and ids are replaced. The fields are those of deals, which have the form of lead fields.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from pipedrive_leads_async import Lead, LeadField, User, from_dict, to_dict

DATA: Final = Path(__file__).parents[1] / "data"


def recorded(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return rows


@pytest.mark.parametrize("row", recorded("recorded_leads.json"), ids=["updated", "first", "second"])
def test_every_key_of_a_recorded_lead_is_an_attribute(row: dict[str, Any]) -> None:
    lead = from_dict(Lead, row)

    assert lead.extra == {}
    assert to_dict(lead) == row


@pytest.mark.parametrize("row", recorded("recorded_fields.json"), ids=lambda row: row["key"])
def test_recorded_field_is_the_same_after_decoding_and_encoding(row: dict[str, Any]) -> None:
    absent = dict.fromkeys(("add_time", "options", "order_nr", "update_time"))
    assert to_dict(from_dict(LeadField, row)) == absent | row


@pytest.mark.parametrize("row", recorded("recorded_users.json"), ids=lambda row: row["name"])
def test_every_key_of_a_recorded_user_is_an_attribute(row: dict[str, Any]) -> None:
    user = from_dict(User, row)
    current_only = ("company_id", "company_name", "company_domain", "company_country")
    absent = dict.fromkeys(("activated", "company_industry", "language", *current_only))

    assert user.extra == {}
    assert to_dict(user) == absent | row
