"""Test that custom fields are found, read and written by name."""

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
    """Two fields with the same name."""
    return CustomFields([field("Budget", key=FIRST), field("Budget", key=SECOND)])


# Listing fields.


def test_custom_fields_are_listed_in_order_without_built_in_fields() -> None:
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


def test_field_is_found_by_name_and_by_key() -> None:
    fields = one_of_each()
    for name in TYPES:
        assert fields[name].key == key_of(name)
        assert fields[key_of(name)] is fields[name]
        assert name in fields
        assert key_of(name) in fields
    assert "Budget" not in fields
    assert 5 not in fields


def test_field_can_be_in_a_set() -> None:
    fields = one_of_each()
    assert len({fields["enum"], fields["set"], fields[key_of("set")]}) == 2


def test_account_without_custom_fields_has_no_names() -> None:
    fields = CustomFields([])
    assert len(fields) == 0
    assert fields.read(lead_with({})) == {}
    with pytest.raises(
        InvalidRequestError, match="no custom field is named 'Budget': the account has none"
    ):
        fields["Budget"]


@pytest.mark.parametrize("wrong", [{"key": FIRST, "name": "Budget"}, None, "Budget"])
def test_constructor_refuses_an_object_that_is_not_a_lead_field(wrong: Any) -> None:
    with pytest.raises(TypeError, match="each of fields must be a LeadField, got"):
        CustomFields([wrong])


# Unknown and ambiguous names.


def test_error_of_an_unknown_name_cuts_long_names_and_does_not_compare_them() -> None:
    fields = CustomFields([field(f"{number} {'ab' * 50_000}") for number in range(13)])
    with pytest.raises(InvalidRequestError) as caught:
        fields["c" * 500]
    hint = str(caught.value).partition("write one of ")[2]
    assert hint.startswith(f"'0 {'ab' * 126}a…', '1 {'ab' * 126}a…', ")


def test_error_of_an_unknown_name_lists_all_names_if_they_are_few() -> None:
    fields = CustomFields([field("Budget"), field("Stage")])
    with pytest.raises(InvalidRequestError) as caught:
        fields["Bugdet"]
    assert str(caught.value) == "no custom field is named 'Bugdet': write one of 'Budget', 'Stage'"
    with pytest.raises(InvalidRequestError, match="is named 'Bugdet': write one of"):
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
                "write one of 'Yearly budget', 'Budget', 'Budget approved', 'Field 0', 'Field 1', "
                "'Field 2', 'Field 3', 'Field 4', 'Field 5', 'Field 6', 'Field 7', 'Field 8' "
                "and 5 more"
            ),
        ),
    ],
)
def test_error_of_an_unknown_name_among_many_lists_similar_names(name: str, hint: str) -> None:
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


def test_error_of_an_ambiguous_name_lists_the_distinct_names(
    namesakes: CustomFields,
) -> None:
    sentence = (
        "several custom fields are named 'Budget': write one of 'Budget (aaaaaaaa)', "
        "'Budget (bbbbbbbb)', or its key"
    )
    assert "Budget" not in namesakes
    with pytest.raises(InvalidRequestError) as caught:
        namesakes["Budget"]
    assert str(caught.value) == sentence
    with pytest.raises(InvalidRequestError, match="several custom fields are named 'Budget'"):
        namesakes.write({"Budget": "x"})


def test_fields_of_one_name_are_read_and_written_by_distinct_names(
    namesakes: CustomFields,
) -> None:
    values = {"Budget (aaaaaaaa)": "small", "Budget (bbbbbbbb)": "big"}

    assert [each.name for each in namesakes] == list(values)
    assert namesakes["Budget (bbbbbbbb)"].key == SECOND
    assert namesakes.write(values) == {FIRST: "small", SECOND: "big"}
    assert namesakes.read(lead_with({FIRST: "small", SECOND: "big"})) == values


def test_distinct_name_works_where_the_plain_name_is_unique() -> None:
    fields = CustomFields([field("Budget", key=FIRST)])
    assert fields["Budget (aaaaaaaa)"].name == "Budget"


def test_name_that_looks_like_a_key_is_not_used_as_a_key() -> None:
    fields = CustomFields([field(SECOND, key=FIRST), field("Budget", key=SECOND)])

    assert fields[SECOND].name == "Budget"
    assert fields[FIRST].name == f"{SECOND} (aaaaaaaa)"


def test_fields_of_one_name_and_key_prefix_are_named_by_their_keys() -> None:
    other = "a" * 39 + "b"
    fields = CustomFields([field("Budget", key=FIRST), field("Budget", key=other)])
    assert [each.name for each in fields] == [FIRST, other]


def test_field_named_like_the_key_of_another_field_is_accepted() -> None:
    other, third = "a" * 39 + "b", "a" * 8 + "c" * 32
    fields = CustomFields(
        [field("Budget", key=FIRST), field("Budget", key=other), field(FIRST, key=third)]
    )
    assert [each.name for each in fields] == [FIRST, other, f"{FIRST} (aaaaaaaa)"]
    assert list(fields.columns())[24:-1] == [FIRST, other, f"{FIRST} (aaaaaaaa) (aaaaaaaa)"]


def test_active_field_keeps_its_name_beside_an_inactive_one() -> None:
    fields = CustomFields(
        [field("Budget", key=FIRST, active_flag=False), field("Budget", "monetary", key=SECOND)]
    )
    assert [each.name for each in fields] == ["Budget (aaaaaaaa)", "Budget"]
    assert fields["Budget"].key == SECOND
    assert fields["Budget (aaaaaaaa)"].key == FIRST
    assert list(fields.columns())[24:-1] == ["Budget (aaaaaaaa)", "Budget", "Budget currency"]


def test_inactive_fields_of_one_name_get_distinct_names() -> None:
    fields = CustomFields(field("Budget", key=key, active_flag=False) for key in (FIRST, SECOND))
    assert [each.name for each in fields] == ["Budget (aaaaaaaa)", "Budget (bbbbbbbb)"]


def test_column_of_an_active_field_keeps_its_name() -> None:
    fields = CustomFields(
        [
            field("Budget currency", key=FIRST, active_flag=False),
            field("Budget", "monetary", key=SECOND),
        ]
    )
    assert [each.name for each in fields] == ["Budget currency", "Budget"]
    assert list(fields.columns())[24:-1] == [
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
def test_fields_of_any_names_get_unique_names_and_columns(
    found: list[LeadField],
) -> None:
    fields = CustomFields(found)
    for each in fields:
        assert fields[each.name] is fields[each.key] is each
    assert len({each.name for each in fields}) == len(found)
    parts = sum(2 if each.field_type == "monetary" else 1 for each in found)
    assert len(fields.columns()) == len(fields.columns(by="key")) == 25 + parts


def test_name_that_is_not_a_str_is_refused() -> None:
    fields: Any = one_of_each()
    with pytest.raises(TypeError, match="the name of a custom field must be a str, got int"):
        fields[5]
    with pytest.raises(TypeError, match="the name of a custom field must be a str, got int"):
        fields.write({5: "x"})


# Reading leads.


def test_recorded_lead_is_read_by_name() -> None:
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


def test_read_omits_fields_without_a_value() -> None:
    assert one_of_each().read(lead_with({key_of("text"): None})) == {}


def test_read_keeps_keys_of_unknown_fields() -> None:
    unknown = {FIRST: 5, f"{FIRST}_currency": "EUR"}
    assert one_of_each().read(lead_with(unknown)) == unknown


def test_read_includes_attributes_of_a_lead_class() -> None:
    fields = one_of_each()
    values = {"enum": "Hot", "monetary": LeadValue(amount=5, currency="EUR"), "text": "x"}
    lead = from_dict(MyLead, {"id": ID, "title": "Big order", **fields.write(values)})

    assert lead.budget == 5
    assert fields.read(lead) == values
    assert "enum" not in fields.read(attrs.evolve(lead, stage=None))


def test_read_refuses_an_object_that_is_not_a_lead() -> None:
    fields: Any = one_of_each()
    for use in (fields.read, fields.row):
        with pytest.raises(TypeError, match="lead must be a Lead, got dict"):
            use({"id": ID})


# Writing requests.


def test_result_of_write_is_accepted_by_a_request() -> None:
    written = one_of_each().write({"monetary": LeadValue(amount=5, currency="EUR")})
    request = AddLeadRequest(title="Big order", person_id=42, custom_fields=written)
    assert request.custom_fields == {
        key_of("monetary"): 5,
        f"{key_of('monetary')}_currency": "EUR",
    }


def test_write_accepts_the_key_of_a_field() -> None:
    fields = one_of_each()
    assert fields.write({key_of("enum"): "Hot"}) == fields.write({"enum": "Hot"})


def test_write_keeps_keys_of_unknown_fields() -> None:
    raw = {f"{key_of('monetary')}_currency": "EUR", FIRST: [1], f"{FIRST}_until": None}
    assert one_of_each().write(raw) == raw


@pytest.mark.parametrize("name", TYPES)
def test_none_unsets_a_field_with_all_its_parts(name: str) -> None:
    fields = one_of_each()
    written = fields.write({name: None})
    assert set(written) == {key for key in fields.columns(by="key") if key.startswith(key_of(name))}
    assert set(written.values()) == {None}


def test_write_refuses_a_field_that_is_set_twice() -> None:
    name, key = "monetary", key_of("monetary")
    for again in ({key: None}, {f"{key}_currency": "USD"}):
        with pytest.raises(InvalidRequestError, match=f"values sets {key}(_currency)? twice"):
            one_of_each().write({name: LeadValue(amount=5, currency="EUR"), **again})


def test_write_refuses_values_that_are_not_a_mapping() -> None:
    fields: Any = one_of_each()
    with pytest.raises(TypeError, match="values must be a dict, got list"):
        fields.write(["Budget"])
