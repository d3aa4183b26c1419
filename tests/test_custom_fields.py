"""The custom fields of an account are found, read and written by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import (
    AddLeadRequest,
    InvalidRequestError,
    Lead,
    LeadValue,
    from_dict,
)
from pipedrive_leads_async.custom_fields import CustomField, CustomFields
from tests.custom_field_account import ID, TYPES, MyLead, field, key_of, lead_with, one_of_each

FIRST, SECOND = "a" * 40, "b" * 40


@pytest.fixture
def namesakes() -> CustomFields:
    """Two fields of one name."""
    return CustomFields([field("Budget", key=FIRST), field("Budget", key=SECOND)])


# Which fields there are.


def test_custom_fields_are_listed_in_pipedrives_order_without_those_of_pipedrive_itself() -> None:
    fields = CustomFields(
        [
            field("Title", key="title"),
            field("Stage", "enum", options=[(1, "Hot")]),
            field("Budget", "monetary"),
            field("Currency of Budget", key=f"{key_of('Budget')}_currency"),
            field("Part of Budget", key=SECOND, is_subfield=True),
        ]
    )

    assert len(fields) == 2
    assert list(fields) == [
        CustomField(key=key_of("Stage"), name="Stage", field_type="enum", options={"Hot": 1}),
        CustomField(key=key_of("Budget"), name="Budget", field_type="monetary", options={}),
    ]
    assert repr(fields) == "CustomFields(['Stage', 'Budget'])"


def test_a_field_is_found_by_its_name_and_by_its_key() -> None:
    fields = one_of_each()
    for name in TYPES:
        assert fields[name].key == key_of(name)
        assert fields[key_of(name)] is fields[name]
        assert name in fields
        assert key_of(name) in fields
    assert "Budget" not in fields
    assert 5 not in fields


def test_a_field_can_be_in_a_set() -> None:
    fields = one_of_each()
    assert len({fields["enum"], fields["set"], fields[key_of("set")]}) == 2


def test_an_account_without_custom_fields_is_no_error() -> None:
    fields = CustomFields([])
    assert len(fields) == 0
    assert fields.read(lead_with({})) == {}
    with pytest.raises(InvalidRequestError, match="no custom field is named 'Budget': there is no"):
        fields["Budget"]


@pytest.mark.parametrize("wrong", [{"key": FIRST, "name": "Budget"}, None, "Budget"])
def test_what_is_not_a_lead_field_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="each of fields is LeadField, got"):
        CustomFields([wrong])


# Names that nothing has, or that several have.


def test_an_unknown_name_lists_all_names_if_they_are_few() -> None:
    fields = CustomFields([field("Budget"), field("Stage")])
    with pytest.raises(InvalidRequestError) as caught:
        fields["Bugdet"]
    assert str(caught.value) == "no custom field is named 'Bugdet': there are 'Budget', 'Stage'"
    with pytest.raises(InvalidRequestError, match="no custom field is named 'Bugdet': there are"):
        fields.write({"Bugdet": 5})


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Feild 7", "did you mean 'Field 7', "),
        ("field 1", r"did you mean 'Field 1', 'Field 10', .*'Field 19'\?"),
        ("Stage", "none of the 20 is close"),
    ],
)
def test_an_unknown_name_among_many_lists_those_that_may_be_meant(name: str, hint: str) -> None:
    fields = CustomFields(field(f"Field {number}") for number in range(20))
    with pytest.raises(InvalidRequestError, match=f"no custom field is named '{name}': {hint}"):
        fields[name]


def test_a_name_of_two_fields_is_refused_with_the_names_that_tell_them_apart(
    namesakes: CustomFields,
) -> None:
    sentence = (
        "several custom fields are named 'Budget': give one of 'Budget (aaaaaaaa)', "
        "'Budget (bbbbbbbb)', or its key"
    )
    assert "Budget" not in namesakes
    with pytest.raises(InvalidRequestError) as caught:
        namesakes["Budget"]
    assert str(caught.value) == sentence
    with pytest.raises(InvalidRequestError, match="several custom fields are named 'Budget'"):
        namesakes.write({"Budget": "x"})


def test_namesakes_are_read_and_written_by_the_names_that_tell_them_apart(
    namesakes: CustomFields,
) -> None:
    values = {"Budget (aaaaaaaa)": "small", "Budget (bbbbbbbb)": "big"}

    assert [each.name for each in namesakes] == list(values)
    assert namesakes["Budget (bbbbbbbb)"].key == SECOND
    assert namesakes.write(values) == {FIRST: "small", SECOND: "big"}
    assert namesakes.read(lead_with({FIRST: "small", SECOND: "big"})) == values


def test_a_name_that_tells_apart_works_where_it_is_not_needed() -> None:
    fields = CustomFields([field("Budget", key=FIRST)])
    assert fields["Budget (aaaaaaaa)"].name == "Budget"


def test_a_name_that_looks_like_a_key_is_not_taken_for_the_key() -> None:
    fields = CustomFields([field(SECOND, key=FIRST), field("Budget", key=SECOND)])

    assert fields[SECOND].name == "Budget"
    assert fields[FIRST].name == f"{SECOND} (aaaaaaaa)"


def test_namesakes_whose_keys_begin_alike_have_their_keys_for_names() -> None:
    other = "a" * 39 + "b"
    fields = CustomFields([field("Budget", key=FIRST), field("Budget", key=other)])
    assert [each.name for each in fields] == [FIRST, other]


def test_a_name_that_is_not_a_str_is_refused() -> None:
    fields: Any = one_of_each()
    with pytest.raises(TypeError, match="the name of a custom field is a str, got int"):
        fields[5]
    with pytest.raises(TypeError, match="the name of a custom field is a str, got int"):
        fields.write({5: "x"})


# Reading leads.


def test_the_recorded_lead_reads_by_name() -> None:
    recording = Path(__file__).parent / "data" / "lead_with_custom_fields.json"
    lead = from_dict(Lead, json.loads(recording.read_text()))
    fields = CustomFields(
        [
            field("Campaign", key="3ce5b1409718d65a8adc965be1f0da8821d8b9ab"),
            field("Seats", "double", key="befdcfc4f54b8410b8d9105ba6d44658fd5965b9"),
            field("Budget", "monetary"),
        ]
    )
    assert fields.read(lead) == {"Campaign": "Test", "Seats": 10}


def test_fields_that_are_not_set_are_left_out() -> None:
    assert one_of_each().read(lead_with({key_of("text"): None})) == {}


def test_keys_of_no_known_field_are_read_as_they_are() -> None:
    unknown = {FIRST: 5, f"{FIRST}_currency": "EUR"}
    assert one_of_each().read(lead_with(unknown)) == unknown


def test_what_a_lead_class_has_as_attributes_is_read_too() -> None:
    fields = one_of_each()
    values = {"enum": "Hot", "monetary": LeadValue(amount=5, currency="EUR"), "text": "x"}
    lead = from_dict(MyLead, {"id": ID, "title": "Big order", **fields.write(values)})

    assert lead.budget == 5
    assert fields.read(lead) == values
    assert "enum" not in fields.read(attrs.evolve(lead, stage=None))


def test_only_leads_are_read() -> None:
    fields: Any = one_of_each()
    for use in (fields.read, fields.row):
        with pytest.raises(TypeError, match="lead is Lead, got dict"):
            use({"id": ID})


# Writing requests.


def test_what_is_written_is_taken_by_a_request() -> None:
    written = one_of_each().write({"monetary": LeadValue(amount=5, currency="EUR")})
    request = AddLeadRequest(title="Big order", person_id=42, custom_fields=written)
    assert request.custom_fields == {
        key_of("monetary"): 5,
        f"{key_of('monetary')}_currency": "EUR",
    }


def test_a_key_is_written_like_the_name_of_its_field() -> None:
    fields = one_of_each()
    assert fields.write({key_of("enum"): "Hot"}) == fields.write({"enum": "Hot"})


def test_keys_of_no_known_field_are_written_as_they_are() -> None:
    raw = {f"{key_of('monetary')}_currency": "EUR", FIRST: [1], f"{FIRST}_until": None}
    assert one_of_each().write(raw) == raw


@pytest.mark.parametrize("name", TYPES)
def test_none_unsets_a_field_with_all_its_parts(name: str) -> None:
    fields = one_of_each()
    written = fields.write({name: None})
    assert set(written) == {key for key in fields.columns(by="key") if key.startswith(key_of(name))}
    assert set(written.values()) == {None}


def test_a_field_that_is_given_twice_is_refused() -> None:
    name, key = "monetary", key_of("monetary")
    for again in ({key: None}, {f"{key}_currency": "USD"}):
        with pytest.raises(InvalidRequestError, match=f"values has {key}(_currency)? twice, again"):
            one_of_each().write({name: LeadValue(amount=5, currency="EUR"), **again})


def test_values_are_a_mapping() -> None:
    fields: Any = one_of_each()
    with pytest.raises(TypeError, match="values is Mapping, got list"):
        fields.write(["Budget"])
