"""The operations on persons: https://developers.pipedrive.com/docs/api/v1/Persons.

They exist in v2 only: v1 ended on 2026-08-01. The exception is the deletion, whose responses were
recorded in v1. https://developers.pipedrive.com/changelog
"""

from __future__ import annotations

from http import HTTPStatus

from ..._responses import Response, success
from ..operation import Call, operation
from . import lists
from .common import delete_contact, find_contact
from .rules import PERSON_RULES, changed_properties, new_properties


@operation("getPersons", "GET", "/api/v2/persons", cost=10)
def get_persons(call: Call) -> Response:
    """List persons, in pages by cursor."""
    persons = call.account.visible(call.account.persons.values())
    return lists.page(persons, call.query, "owner_id", "org_id")


@operation("addPerson", "POST", "/api/v2/persons", cost=5)
def add_person(call: Call) -> Response:
    """Add a person."""
    account = call.account
    fields = new_properties(call, PERSON_RULES)
    person = account.add_person(account.clock.tick(), fields)
    return success(person, status=HTTPStatus.CREATED)


@operation("getPerson", "GET", "/api/v2/persons/{id}", cost=1)
def get_person(call: Call) -> Response:
    """Return one person."""
    return success(find_contact(call, call.account.persons, "person"))


@operation("updatePerson", "PATCH", "/api/v2/persons/{id}", cost=5)
def update_person(call: Call) -> Response:
    """Change a person; lists, such as the email addresses, are replaced."""
    account = call.account
    person = find_contact(call, account.persons, "person")
    fields = changed_properties(call, PERSON_RULES)
    return success(account.change_person(account.clock.tick(), person, fields))


@operation("deletePerson", "DELETE", "/v1/persons/{id}", cost=6)
def delete_person_in_v1(call: Call) -> Response:
    """Delete a person, as until 2026-08-01."""
    return delete_person.perform(call)


@operation("deletePerson", "DELETE", "/api/v2/persons/{id}", cost=3)
def delete_person(call: Call) -> Response:
    """Delete a person; linked leads keep the id."""
    account = call.account
    return delete_contact(call, account.persons, account.deleted_persons, "person")
