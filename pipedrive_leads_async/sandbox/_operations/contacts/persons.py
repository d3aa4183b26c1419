"""The operations on persons: https://developers.pipedrive.com/docs/api/v1/Persons.

They exist in v2 only: v1 ended on 2026-08-01.
https://developers.pipedrive.com/changelog
"""

from __future__ import annotations

from ..._responses import Response, success
from ..operation import Call, operation
from .common import find_contact, named_fields


@operation("addPerson", "POST", "/api/v2/persons", cost=5)
def add_person(call: Call) -> Response:
    """Add a person."""
    return success(call.account.add_person(named_fields(call)))


@operation("getPerson", "GET", "/api/v2/persons/{id}", cost=1)
def get_person(call: Call) -> Response:
    """Return one person."""
    return success(find_contact(call, call.account.persons, "person"))
