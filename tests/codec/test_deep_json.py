"""Test that models are read from JSON of any depth."""

from __future__ import annotations

import contextlib
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import (
    ConfigurationError,
    Conversion,
    DecodeError,
    Lead,
    LeadField,
    LeadLabel,
    LeadSearchResult,
    LeadSource,
    Token,
    from_dict,
    to_dict,
)

KEY = "3ce5e62cc5e6a2b2d4c4eb8d1e2d3f4a5b6c7d8e"


def nested(levels: int) -> Any:
    value: Any = 5
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("levels", [300, 2_000, 10_000])
@pytest.mark.parametrize(
    "cls", [Lead, LeadLabel, LeadField, LeadSource, LeadSearchResult, Conversion]
)
def test_deep_value_of_any_field_is_read_or_refused(cls: type[Any], levels: int) -> None:
    names = [field.name for field in attrs.fields(cls)]
    known = {"id": "1", "title": "One", "name": "One", "conversion_id": "1", "source_id": "1"}
    for name in (*names, KEY, "unknown"):
        deep = nested(levels)
        with contextlib.suppress(DecodeError):
            to_dict(from_dict(cls, known | {name: deep}))


def test_deep_unknown_value_is_copied() -> None:
    data: dict[str, Any] = {"id": "1", "title": "One", "unknown": nested(2_000)}
    lead = from_dict(Lead, data)
    data["unknown"].append(1)
    assert len(lead.extra["unknown"]) == 1
    assert to_dict(lead)["unknown"] is lead.extra["unknown"]


@pytest.mark.parametrize("levels", [300, 996, 2_000, 50_000])
@pytest.mark.parametrize("form", ["{}", '{{"access_token":{}}}', '{{"access_token":"a","x":{}}}'])
def test_deep_text_of_a_token_is_read_or_refused(form: str, levels: int) -> None:
    text = form.format("[" * levels + "]" * levels)
    with contextlib.suppress(ConfigurationError):
        Token.from_json(text)
