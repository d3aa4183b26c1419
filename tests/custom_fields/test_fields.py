"""The custom fields of an account are found, read and written by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async import (
    AddLeadRequest,
    InvalidRequestError,
    Lead,
    LeadField,
    LeadValue,
    from_dict,
)
from pipedrive_leads_async.custom_fields import CustomField, CustomFields
from tests.custom_fields.account import ID, TYPES, MyLead, field, key_of, lead_with, one_of_each

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
    with pytest.raises(TypeError, match="each of fields must be LeadField, got"):
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
        ("feild 7", "did you mean 'Field 7', 'Field 9', 'Field 8'?"),
        ("BUDGTE", "did you mean 'Budget'?"),
        ("budget", "did you mean 'Budget', 'Budget approved', 'Yearly budget'?"),
        ("field 1", "did you mean 'Field 1', 'Field 10', 'Field 11', 'Field 12', 'Field 13'?"),
        (
            "FIELD",
            (
                "did you mean 'Field 0', 'Field 1', 'Field 2', 'Field 3', 'Field 4', 'Field 5', "
                "'Field 6', 'Field 7', 'Field 8', 'Field 9', 'Field 10', 'Field 11' and 2 more?"
            ),
        ),
        (
            "xyz",
            (
                "there are 'Yearly budget', 'Budget', 'Budget approved', 'Field 0', 'Field 1', "
                "'Field 2', 'Field 3', 'Field 4', 'Field 5', 'Field 6', 'Field 7', 'Field 8' "
                "and 5 more"
            ),
        ),
    ],
)
def test_an_unknown_name_among_many_lists_those_that_may_be_meant(name: str, hint: str) -> None:
    names = [
        "Yearly budget",
        "Budget",
        "Budget approved",
        *(f"Field {number}" for number in range(14)),
    ]
    fields = CustomFields(map(field, names))
    with pytest.raises(InvalidRequestError) as caught:
        fields[name]
    assert str(caught.value) == f"no custom field is named {name!r}: {hint}"


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


def test_a_field_whose_name_is_the_key_of_another_is_no_error() -> None:
    other, third = "a" * 39 + "b", "a" * 8 + "c" * 32
    fields = CustomFields(
        [field("Budget", key=FIRST), field("Budget", key=other), field(FIRST, key=third)]
    )
    assert [each.name for each in fields] == [FIRST, other, f"{FIRST} (aaaaaaaa)"]
    assert list(fields.columns())[23:-1] == [FIRST, other, f"{FIRST} (aaaaaaaa) (aaaaaaaa)"]


def test_a_field_in_use_has_its_name_to_itself() -> None:
    fields = CustomFields(
        [field("Budget", key=FIRST, active_flag=False), field("Budget", "monetary", key=SECOND)]
    )
    assert [each.name for each in fields] == ["Budget (aaaaaaaa)", "Budget"]
    assert fields["Budget"].key == SECOND
    assert fields["Budget (aaaaaaaa)"].key == FIRST
    assert list(fields.columns())[23:-1] == ["Budget (aaaaaaaa)", "Budget", "Budget currency"]


def test_fields_that_are_no_longer_in_use_share_no_name_either() -> None:
    fields = CustomFields(field("Budget", key=key, active_flag=False) for key in (FIRST, SECOND))
    assert [each.name for each in fields] == ["Budget (aaaaaaaa)", "Budget (bbbbbbbb)"]


def test_a_part_of_a_field_in_use_has_its_column_to_itself() -> None:
    fields = CustomFields(
        [
            field("Budget currency", key=FIRST, active_flag=False),
            field("Budget", "monetary", key=SECOND),
        ]
    )
    assert [each.name for each in fields] == ["Budget currency", "Budget"]
    assert list(fields.columns())[23:-1] == [
        "Budget currency (aaaaaaaa)",
        "Budget",
        "Budget currency",
    ]


keys = st.sampled_from([FIRST, "a" * 39 + "b", "a" * 8 + "c" * 32, SECOND])
names = st.sampled_from(
    [
        "Budget",
        "Budget currency",
        "Budget (aaaaaaaa)",
        "Budget (aaaaaaaa) (aaaaaaaa)",
        "title",
        "extra",
        FIRST,
        f"{FIRST} (aaaaaaaa)",
        f"{SECOND}_currency",
    ]
)


@given(
    st.lists(
        st.builds(
            field,
            names,
            st.sampled_from(["varchar", "monetary"]),
            key=keys,
            active_flag=st.sampled_from([True, False, None]),
        ),
        unique_by=lambda each: each.key,
    )
)
def test_whatever_fields_are_named_each_has_a_name_and_columns_of_its_own(
    found: list[LeadField],
) -> None:
    fields = CustomFields(found)
    for each in fields:
        assert fields[each.name] is fields[each.key] is each
    assert len({each.name for each in fields}) == len(found)
    parts = sum(2 if each.field_type == "monetary" else 1 for each in found)
    assert len(fields.columns()) == len(fields.columns(by="key")) == 24 + parts


def test_a_name_that_is_not_a_str_is_refused() -> None:
    fields: Any = one_of_each()
    with pytest.raises(TypeError, match="the name of a custom field must be a str, got int"):
        fields[5]
    with pytest.raises(TypeError, match="the name of a custom field must be a str, got int"):
        fields.write({5: "x"})


# Reading leads.


def test_the_recorded_lead_reads_by_name() -> None:
    recording = Path(__file__).parents[1] / "data" / "lead_with_custom_fields.json"
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
        with pytest.raises(TypeError, match="lead must be Lead, got dict"):
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
    with pytest.raises(TypeError, match="values must be Mapping, got list"):
        fields.write(["Budget"])
