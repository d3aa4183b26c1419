"""Test that requests for persons and organizations check their values, and their JSON."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any, Final, cast

import attrs
import pytest

from pipedrive_leads_async import (
    UNSET,
    AddOrganizationRequest,
    AddPersonRequest,
    ContactDetail,
    InvalidRequestError,
    Organization,
    Person,
    PostalAddress,
    UpdateOrganizationRequest,
    UpdatePersonRequest,
    User,
    VisibleTo,
    from_dict,
    to_dict,
)

KEY: Final = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"

# The arguments that each request needs.
LEAST: Final[dict[type[Any], dict[str, Any]]] = {
    AddPersonRequest: {"name": "Ann Lee"},
    UpdatePersonRequest: {},
    AddOrganizationRequest: {"name": "Acme"},
    UpdateOrganizationRequest: {},
}

# The properties of the bodies in Pipedrive's OpenAPI file of v2, each with its type; a `?` marks
# those that can be null.
_COMMON: Final = "name:string owner_id:integer visible_to:integer label_ids:[integer] "
_PERSON: Final = (
    f"{_COMMON} org_id:integer emails:[detail] phones:[detail] postal_address:address notes:string "
    "im:[detail] birthday:string job_title:string marketing_status:string custom_fields:object"
)
_ORGANIZATION: Final = (
    f"{_COMMON} address:address website:string? linkedin:string? industry:integer? "
    "annual_revenue:integer? employee_count:integer? custom_fields:object"
)
BODIES: Final = {
    AddPersonRequest: f"{_PERSON} add_time:string",
    UpdatePersonRequest: _PERSON,
    AddOrganizationRequest: f"{_ORGANIZATION} add_time:string",
    UpdateOrganizationRequest: _ORGANIZATION,
}
PARTS: Final = {
    "detail": "value:string label:string primary:boolean",
    "address": "value:string country:string admin_area_level_1:string admin_area_level_2:string "
    "locality:string sublocality:string route:string street_number:string subpremise:string "
    "postal_code:string",
}
TYPES: Final = {"string": str, "integer": int, "boolean": bool, "object": dict}

GOOD: Final[dict[str, Any]] = {
    "name": "Bo",
    "owner_id": 7,
    "visible_to": 3,
    "label_ids": (1, 2),
    "custom_fields": {KEY: None},
    "organization_id": 7,
    "add_time": dt.datetime(2024, 1, 31, 12, 30, 15, tzinfo=dt.UTC),
    "emails": ("ann@lee.example", {"value": "ann@home.example", "label": "home"}),
    "phones": ("+44 20 7946 0123",),
    "postal_address": PostalAddress(value="Pikk 1", country="Estonia"),
    "notes": "from the fair",
    "im": (ContactDetail(value="ann", label="skype"),),
    "birthday": dt.date(2000, 12, 31),
    "job_title": "Manager",
    "marketing_status": "subscribed",
    "address": "Pikk 1, Tallinn",
    "website": "https://acme.example",
    "linkedin": "https://linkedin.com/company/acme",
    "industry": 2,
    "annual_revenue": 0,
    "employee_count": 10,
}

WRONG_TYPES: Final[dict[str, list[Any]]] = {
    "name": [5, b"x"],
    "owner_id": [True, "7", 7.0],
    "visible_to": ["3", True],
    "label_ids": [5, "12", b"12", {1: 2}, ["1"], [True], [None]],
    "custom_fields": [[(KEY, 1)], KEY, {KEY: dt.date(2026, 1, 31)}],
    "organization_id": ["7", True],
    "add_time": ["2024-01-31T12:00:00Z", dt.date(2024, 1, 31)],
    "emails": ["ann@lee.example", {"value": "ann@lee.example"}, ContactDetail(value="a@b"), 5, [5]],
    "phones": ["+44 20 7946 0123", 5, [None], [{"value": 5}], [{"value": "1", "primary": "yes"}]],
    "postal_address": [5, {"value": "Pikk 1"}, PostalAddress(value=5)],  # type: ignore[arg-type]  # deliberately wrong
    "notes": [5],
    "im": ["ann", [5], [{"value": "ann", "label": 5}]],
    "birthday": ["2000-12-31", 5],
    "job_title": [5],
    "marketing_status": [True],
    "address": [5, {"value": "Pikk 1"}],
    "website": [5],
    "linkedin": [5],
    "industry": ["2"],
    "annual_revenue": [1.5, "100"],
    "employee_count": [True],
}

REFUSED: Final[dict[str, list[Any]]] = {
    "name": ["", " "],
    "owner_id": [0],
    "visible_to": [0, 2, 9, 10**30],
    "label_ids": [[0]],
    "custom_fields": [{"budget": 1}, {f"{KEY}_currency": "EUR"}, {KEY: []}],
    "organization_id": [0],
    "add_time": [dt.datetime(2024, 1, 31)],  # noqa: DTZ001 - deliberately wrong
    "emails": [
        ["ann"],
        [""],
        ["ann@lee.example", "ann@"],
        ["@lee.example"],
        ["ann lee@lee.example"],
        ["ann@lee.example, bo@lee.example"],
        ["ann@lee.example,bo"],
        ["ann@lee.example;bo"],
        ["<ann@lee.example>"],
        ["mailto:ann@lee.example"],
        ["ann@lee.example\u200b"],
        ["\ufeffann@lee.example"],
        ["an\x00n@lee.example"],
        ["ann@lee\u00ad.example"],
        [{"value": "ann@lee.example", "type": "work"}],
        [{"label": "work"}],
        [{"value": "ann@lee.example", "label": ""}],
        [{"value": "a@b", "primary": True}, {"value": "c@d", "primary": True}],
    ],
    "phones": [["none"], [" "], [ContactDetail(value="n/a")]],
    "postal_address": ["", PostalAddress(), PostalAddress(value="Pikk 1", country=" ")],
    "notes": [""],
    "im": [[" "]],
    "job_title": [""],
    "marketing_status": [""],
    "address": ["", PostalAddress()],
    "website": [""],
    "linkedin": [""],
    "industry": [0],
    "annual_revenue": [-1],
    "employee_count": [-1],
}


@pytest.mark.parametrize(
    "address",
    [
        "ann+tag@lee.example",
        "jos\u00e9@m\u00fcnchen.example",
        "o'lee@lee.example",
        '"a.b"@lee.example',
    ],
)
def test_unusual_email_address_is_accepted(address: str) -> None:
    request = AddPersonRequest(name="Ann", emails=[address])
    assert to_dict(request)["emails"][0]["value"] == address


def all_arguments() -> list[tuple[type[Any], str]]:
    return [(cls, field.name) for cls in LEAST for field in attrs.fields(cls)]


def create(cls: type[Any], name: str, value: Any) -> Any:
    return cls(**LEAST[cls] | {name: value})


def properties(text: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the name, the type and the nullability of each property."""
    for each in text.split():
        name, _, kind = each.partition(":")
        yield name, kind.rstrip("?"), kind.endswith("?")


def assert_fits(value: Any, kind: str) -> None:
    if kind.startswith("["):
        assert isinstance(value, list)
        for item in cast("list[object]", value):
            assert_fits(item, kind.strip("[]"))
    elif kind in PARTS:
        types = {name: of for name, of, _ in properties(PARTS[kind])}
        for name, part in value.items():
            assert_fits(part, types[name])
    else:
        assert type(value) is TYPES[kind]


@pytest.mark.parametrize("cls", LEAST)
def test_body_has_all_properties_of_the_reference_with_their_types(cls: type[Any]) -> None:
    request = cls(**{name: GOOD[name] for of, name in all_arguments() if of is cls})
    body = json.loads(json.dumps(to_dict(request)))
    reference = list(properties(BODIES[cls]))
    assert set(body) == {name for name, _, _ in reference}
    for name, kind, _ in reference:
        assert_fits(body[name], kind)


@pytest.mark.parametrize(("cls", "name"), all_arguments())
def test_none_is_accepted_only_where_pipedrive_allows_null(cls: type[Any], name: str) -> None:
    nullable = {each for each, _, is_nullable in properties(BODIES[cls]) if is_nullable}
    if name in nullable:
        assert to_dict(create(cls, name, None))[name] is None
    else:
        with pytest.raises(InvalidRequestError, match=f"^{name} cannot be None, because Pipedrive"):
            create(cls, name, None)


@pytest.mark.parametrize(("cls", "name"), all_arguments())
def test_value_of_another_type_is_a_type_error_naming_the_argument(
    cls: type[Any], name: str
) -> None:
    for value in WRONG_TYPES[name]:
        with pytest.raises(TypeError, match=rf"^{name}(\[.+\]|\.\w+)*(\.\w+)? must be "):
            create(cls, name, value)


@pytest.mark.parametrize(("cls", "name"), all_arguments())
def test_invalid_value_is_refused_with_an_error_naming_the_argument(
    cls: type[Any], name: str
) -> None:
    for value in REFUSED.get(name, []):
        with pytest.raises(
            InvalidRequestError, match=rf"^{name}(\[.+\])?(\.\w+)? (must|is|has) .*[:,] "
        ):
            create(cls, name, value)


@pytest.mark.parametrize(
    ("cls", "name"), [(cls, name) for cls, name in all_arguments() if name not in LEAST[cls]]
)
def test_argument_that_is_left_out_is_unset_and_not_sent(cls: type[Any], name: str) -> None:
    other = {"owner_id": 7} if name != "owner_id" else {"name": "Bo"}
    request = cls(**LEAST[cls] | other)
    assert getattr(request, name) in (UNSET, {})
    assert to_dict(request) == LEAST[cls] | other
    assert attrs.evolve(request, **{name: UNSET}) == request


@pytest.mark.parametrize("cls", [UpdatePersonRequest, UpdateOrganizationRequest])
def test_update_without_changes_is_refused(cls: type[Any]) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{cls.__name__} has no changes: set at least"):
        cls()
    with pytest.raises(InvalidRequestError, match=f"^{cls.__name__} has no changes: set at least"):
        cls(custom_fields={})


def test_required_name_cannot_be_left_out() -> None:
    with pytest.raises(TypeError, match="name"):
        AddPersonRequest()  # type: ignore[call-arg]  # deliberately wrong
    with pytest.raises(TypeError, match="name"):
        AddOrganizationRequest()  # type: ignore[call-arg]  # deliberately wrong


def test_organization_is_sent_under_pipedrives_name() -> None:
    assert to_dict(UpdatePersonRequest(organization_id=7)) == {"org_id": 7}


def test_objects_are_accepted_in_place_of_their_ids() -> None:
    owner, organization = User(id=7, name="Mia"), Organization(id=8, name="Acme")
    request = AddPersonRequest(name="Ann", owner_id=owner, organization_id=organization)
    assert (request.owner_id, request.organization_id) == (7, 8)
    wrong: Any = organization
    with pytest.raises(TypeError, match="owner_id must be an int"):
        UpdateOrganizationRequest(owner_id=wrong)


def test_custom_fields_are_sent_as_one_object() -> None:
    fields: dict[str, Any] = {KEY: {"value": 5, "currency": "EUR"}}
    request = UpdatePersonRequest(custom_fields=fields)
    assert to_dict(request) == {"custom_fields": fields}
    fields[KEY]["value"] = 6
    assert request.custom_fields[KEY]["value"] == 5


def test_first_of_several_addresses_is_primary() -> None:
    request = AddPersonRequest(name="Ann", emails=[" ann@lee.example ", "ann@home.example"])
    assert to_dict(request)["emails"] == [
        {"value": "ann@lee.example", "primary": True},
        {"value": "ann@home.example", "primary": False},
    ]


def test_address_that_is_marked_is_primary() -> None:
    phones: list[str | dict[str, Any]] = ["1", {"value": "2", "label": "mobile", "primary": True}]
    request = AddPersonRequest(name="Ann", phones=phones)
    assert to_dict(request)["phones"] == [
        {"value": "1", "primary": False},
        {"value": "2", "label": "mobile", "primary": True},
    ]


def test_addresses_of_a_person_can_be_sent_again() -> None:
    emails = (ContactDetail(value="a@b.example", label="work", primary=True, extra={"new": 1}),)
    person = Person(id=1, name="Ann", emails=emails)
    request = UpdatePersonRequest(emails=person.emails)
    assert to_dict(request)["emails"] == [
        {"value": "a@b.example", "label": "work", "primary": True}
    ]


def test_unknown_keys_of_an_address_are_not_sent_back() -> None:
    address = PostalAddress(value="Pikk 1", extra={"new": 1})
    request = AddOrganizationRequest(name="Acme", address=address)
    assert to_dict(request)["address"] == {"value": "Pikk 1"}
    with pytest.raises(InvalidRequestError, match=r"address\.new: unknown key"):
        from_dict(AddOrganizationRequest, {"name": "A", "address": {"value": "B", "new": 1}})


def test_empty_list_removes_all_addresses() -> None:
    assert to_dict(UpdatePersonRequest(emails=[], label_ids=[])) == {"emails": [], "label_ids": []}


def test_level_is_sent_as_a_number() -> None:
    assert to_dict(UpdatePersonRequest(visible_to=VisibleTo.LEVEL_7)) == {"visible_to": 7}


def test_creation_time_is_sent_in_whole_seconds_of_utc() -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    time = dt.datetime(2024, 1, 31, 12, 30, 15, 999_999, tzinfo=zone)
    request = AddPersonRequest(name="Ann", add_time=time)
    assert to_dict(request)["add_time"] == "2024-01-31T10:30:15Z"


def test_parts_of_an_address_that_are_left_out_are_not_sent() -> None:
    address = PostalAddress(value="Pikk 1", country="Estonia")
    request = AddOrganizationRequest(name="Acme", address=address)
    assert to_dict(request)["address"] == {"value": "Pikk 1", "country": "Estonia"}
    assert to_dict(AddOrganizationRequest(name="Acme", address="Pikk 1"))["address"] == {
        "value": "Pikk 1"
    }


@pytest.mark.parametrize("cls", LEAST)
def test_request_documents_every_argument(cls: type[Any]) -> None:
    text = cls.__doc__ or ""
    assert not [field.name for field in attrs.fields(cls) if f" {field.name}: " not in text]
