"""The operations on persons: https://developers.pipedrive.com/docs/api/v1/Persons.

They exist in v2 only: v1 ended on 2026-08-01. The exception is the deletion, whose responses were
recorded in v1. https://developers.pipedrive.com/changelog
"""

from __future__ import annotations

from http import HTTPStatus

from ..._responses import Response, success
from ..operation import Call, operation
from .common import delete_contact, find_contact, named_fields

_OWN = ("first_name", "last_name", "org_id", "emails", "phones", "marketing_status")


@operation("addPerson", "POST", "/api/v2/persons", cost=5)
def add_person(call: Call) -> Response:
    """Add a person."""
    account = call.account
    person = account.add_person(account.clock.tick(), named_fields(call, *_OWN))
    return success(person, status=HTTPStatus.CREATED)


@operation("getPerson", "GET", "/api/v2/persons/{id}", cost=1)
def get_person(call: Call) -> Response:
    """Return one person."""
    return success(find_contact(call, call.account.persons, "person"))


@operation("deletePerson", "DELETE", "/v1/persons/{id}", cost=6)
def delete_person_in_v1(call: Call) -> Response:
    """Delete a person, as until 2026-08-01."""
    return delete_person.perform(call)


@operation("deletePerson", "DELETE", "/api/v2/persons/{id}", cost=3)
def delete_person(call: Call) -> Response:
    """Delete a person; linked leads keep the id."""
    account = call.account
    return delete_contact(call, account.persons, account.deleted_persons, "person")
