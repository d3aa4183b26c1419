"""Test which arguments `search_leads` refuses before the first iteration."""

from __future__ import annotations

from typing import Any

import pytest

from pipedrive_leads_async import InvalidRequestError, LeadsClient
from tests.support.calls import CANARY


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"term": ""}, "term is empty"),
        ({"term": " "}, "term is empty"),
        ({"term": " ", "exact_match": True}, "term is empty"),
        ({"term": "J"}, "term must have at least 2 characters"),
        ({"term": " J "}, "term must have at least 2 characters"),
        ({"term": "J", "exact_match": False}, "term must have at least 2 characters"),
        ({"term": "John \ud83d"}, "term has half of a surrogate pair"),
        ({"fields": "name"}, "fields must be any of custom_fields, notes, title, got 'name'$"),
        ({"fields": ["title", "x", "y"]}, "fields must be any of .*, got 'x', 'y'$"),
        ({"fields": []}, "fields must be any of .*, got none: leave it out"),
        ({"fields": ["title", " "]}, r"fields\[1\] is empty"),
        ({"person_id": 0}, "person_id must be at least 1"),
        ({"organization_id": -1}, "organization_id must be at least 1"),
        ({"max_items": -1}, "max_items must be at least 0"),
    ],
    ids=str,
)
def test_invalid_argument_is_refused_by_the_call_itself(
    arguments: dict[str, Any], message: str
) -> None:
    call: dict[str, Any] = {"term": "John", **arguments}
    with pytest.raises(InvalidRequestError, match=f"^{message}"):
        LeadsClient(CANARY).search_leads(**call)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"term": None}, "term must be a str, got NoneType"),
        ({"term": b"John"}, "term must be a str, got bytes"),
        ({"fields": 5}, "fields must be a str or a list of them, got int"),
        ({"fields": [5]}, r"fields\[0\] must be a str, got int"),
        ({"exact_match": 1}, "exact_match must be a bool, got int"),
        ({"person_id": "42"}, "person_id must be an int or a Person, got str"),
        ({"organization_id": True}, "organization_id must be an int, got bool"),
        ({"include_was_seen": None}, "include_was_seen must be a bool, got NoneType"),
        ({"max_items": 1.0}, "max_items must be an int, got float"),
    ],
    ids=str,
)
def test_argument_of_another_type_is_refused_by_the_call_itself(
    arguments: dict[str, Any], message: str
) -> None:
    call: dict[str, Any] = {"term": "John", **arguments}
    with pytest.raises(TypeError, match=f"^{message}"):
        LeadsClient(CANARY).search_leads(**call)
