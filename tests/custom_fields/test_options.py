"""Test that options are read as labels and written as ids."""

from __future__ import annotations

from typing import Any

import pytest

from pipedrive_leads_async import InvalidRequestError
from pipedrive_leads_async.custom_fields import CustomFields
from tests.custom_fields.account import field, key_of, lead_with, one_of_each

FIELDS = one_of_each()


def read(name: str, raw: Any) -> dict[str, Any]:
    """Read a lead with these custom fields only."""
    return FIELDS.read(lead_with({key_of(name): raw}))


def written(name: str, value: Any) -> Any:
    """Return the written value of one field."""
    return FIELDS.write({name: value})[key_of(name)]


@pytest.mark.parametrize("raw", ["2", 2], ids=repr)
def test_option_id_is_read_from_a_str_or_an_int(raw: Any) -> None:
    assert read("enum", raw) == {"enum": "Warm"}


@pytest.mark.parametrize("raw", ["2,1", [2, 1], ["2", "1"]], ids=repr)
def test_several_option_ids_are_read_from_a_str_or_a_list(raw: Any) -> None:
    assert read("set", raw) == {"set": ("Warm", "Hot")}


@pytest.mark.parametrize("raw", ["", []], ids=repr)
def test_set_without_options_is_read_as_an_empty_tuple(raw: Any) -> None:
    assert read("set", raw) == {"set": ()}


def test_single_option_of_a_set_is_read_from_an_int() -> None:
    assert read("set", 2) == {"set": ("Warm",)}


def test_unknown_option_id_is_read_as_an_int_and_can_be_written() -> None:
    assert read("enum", "999") == {"enum": 999}
    assert read("set", "1,999") == {"set": ("Hot", 999)}
    assert written("enum", 999) == "999"
    assert written("set", ("Hot", 999)) == "1,999"


def test_unknown_option_id_is_not_matched_with_a_label() -> None:
    fields = CustomFields([field("Rank", "enum", options=[(10, "1"), (11, "2")])])
    key = key_of("Rank")
    assert fields.read(lead_with({key: "1"})) == {"Rank": 1}
    assert fields.read(lead_with({key: "10"})) == {"Rank": "1"}
    assert fields.write({"Rank": "1"}) == {key: "10"}


def test_write_accepts_any_collection_of_options_and_repeats() -> None:
    for collection in (["Hot", "Hot", 1], ("Hot",), {"Hot"}, frozenset({"Hot"})):
        assert written("set", collection) == "1"


def test_empty_collection_of_options_unsets_the_field() -> None:
    assert written("set", []) is None


def test_field_lists_its_options_by_label() -> None:
    assert FIELDS["enum"].options == {"Hot": 1, "Warm": 2, "Cold": 30}
    assert FIELDS["text"].options == {}


def test_options_of_one_label_are_distinguished_by_id() -> None:
    fields = CustomFields([field("Stage", "enum", options=[(1, "Hot"), (2, "Hot"), (3, "Cold")])])
    key = key_of("Stage")

    assert fields["Stage"].options == {"Hot (1)": 1, "Hot (2)": 2, "Cold": 3}
    assert fields.read(lead_with({key: "2"})) == {"Stage": "Hot (2)"}
    assert fields.write({"Stage": "Hot (2)"}) == {key: "2"}
    with pytest.raises(InvalidRequestError) as caught:
        fields.write({"Stage": "Hot"})
    assert str(caught.value) == (
        "values['Stage'] has several options 'Hot': write one of 'Hot (1)', 'Hot (2)', "
        "or its id as an int"
    )


def test_option_without_a_unique_label_is_read_as_its_id() -> None:
    fields = CustomFields(
        [field("Stage", "enum", options=[(1, "Hot"), (2, "Hot"), (3, "Hot (1)")])]
    )
    key = key_of("Stage")

    assert fields["Stage"].options == {"Hot (2)": 2, "Hot (1) (3)": 3}
    assert fields.read(lead_with({key: "1"})) == {"Stage": 1}
    with pytest.raises(InvalidRequestError, match=r"write one of '1', 'Hot \(2\)'"):
        fields.write({"Stage": "Hot"})


def test_deleted_option_is_read_as_its_label() -> None:
    deleted = [{"id": 7, "label": "Frozen"}, {"id": "8", "label": "Hot"}, {"id": None}, "odd"]
    fields = CustomFields([field("Stage", "set", options=[(1, "Hot")], options_deleted=deleted)])
    key = key_of("Stage")

    found = fields.read(lead_with({key: "1,7,8"}))
    assert found == {"Stage": ("Hot", "Frozen", "Hot (8)")}
    assert fields.write(found) == {key: "1,7,8"}
    assert fields["Stage"].options == {"Hot": 1}


def test_deleted_option_does_not_take_a_distinct_label() -> None:
    deleted = [{"id": 7, "label": "Hot (1)"}]
    offered = [(1, "Hot"), (2, "Hot")]
    fields = CustomFields([field("Stage", "enum", options=offered, options_deleted=deleted)])

    assert fields["Stage"].options == {"Hot (1)": 1, "Hot (2)": 2}
    assert fields.read(lead_with({key_of("Stage"): "7"})) == {"Stage": "Hot (1) (7)"}


@pytest.mark.parametrize(
    "odd", [None, True, 5, "7", {"id": 7}, [None, 5, [7], {"id": 7}]], ids=repr
)
def test_deleted_options_of_another_form_are_ignored(odd: Any) -> None:
    fields = CustomFields([field("Stage", "enum", options=[(1, "Hot")], options_deleted=odd)])
    assert fields.read(lead_with({key_of("Stage"): "7"})) == {"Stage": 7}


def test_option_ids_can_be_str() -> None:
    fields = CustomFields([field("Stage", "enum", options=[("hot", "Hot"), ("", "")])])
    key = key_of("Stage")

    assert fields["Stage"].options == {"Hot": "hot", "": ""}
    assert fields.read(lead_with({key: "hot"})) == {"Stage": "Hot"}
    assert fields.write({"Stage": "Hot"}) == {key: "hot"}


def test_error_of_an_unknown_label_lists_the_options() -> None:
    for value in ("hot", ["Hot", "hot"]):
        name = "enum" if isinstance(value, str) else "set"
        with pytest.raises(InvalidRequestError, match="no option 'hot': write one of 'Hot', 'War"):
            written(name, value)
