"""Pipedrive's search for persons, which the sandbox does not have.

The index follows some time after each change: here it does not know the newest person yet.

https://developers.pipedrive.com/docs/api/v1/Persons#searchPersons
"""

from __future__ import annotations

from typing import Any

import pytest

from pipedrive_leads_async.sandbox._answers import Answer, success
from pipedrive_leads_async.sandbox._operation import Call, operation
from pipedrive_leads_async.sandbox._routes import OPERATIONS


@operation("searchPersons", "GET", "/api/v2/persons/search", cost=20, search=True)
def search_persons(call: Call) -> Answer:
    """Find whose name or address is the term, in upper or lower case."""
    assert call.query["exact_match"] == "true"
    field, term = call.query["fields"], call.query["term"].casefold()
    *indexed, _ = call.account.persons.values()
    items = [
        {"result_score": 1.0, "item": {"id": person["id"], "name": person["name"]}}
        for person in indexed
        if term in _texts(person, field)
    ]
    return success({"items": items}, additional_data={"next_cursor": None})


def _texts(person: dict[str, Any], field: str) -> list[str]:
    texts = [person["name"]] if field == "name" else [way["value"] for way in person["email"]]
    return [text.casefold() for text in texts]


def have_person_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sandboxes that start from now on have it."""
    operations = (search_persons, *OPERATIONS)
    monkeypatch.setattr("pipedrive_leads_async.sandbox._front.OPERATIONS", operations)
