"""Options are read as labels, and written as the ids that leads carry."""

from __future__ import annotations

from typing import Any

import pytest

from pipedrive_leads_async import InvalidRequestError
from pipedrive_leads_async.custom_fields import CustomFields
from tests.custom_fields.account import field, key_of, lead_with, one_of_each

FIELDS = one_of_each()


def read(name: str, raw: Any) -> dict[str, Any]:
    """Read a lead that has nothing else."""
    return FIELDS.read(lead_with({key_of(name): raw}))


def written(name: str, value: Any) -> Any:
    """Give what is written of one field."""
    return FIELDS.write({name: value})[key_of(name)]


@pytest.mark.parametrize("raw", ["2", 2], ids=repr)
def test_an_option_comes_as_a_text_or_a_number(raw: Any) -> None:
    assert read("enum", raw) == {"enum": "Warm"}


@pytest.mark.parametrize("raw", ["2,1", [2, 1], ["2", "1"]], ids=repr)
def test_several_options_come_as_a_text_or_a_list(raw: Any) -> None:
    assert read("set", raw) == {"set": ("Warm", "Hot")}


@pytest.mark.parametrize("raw", ["", []], ids=repr)
def test_no_options_are_an_empty_tuple(raw: Any) -> None:
    assert read("set", raw) == {"set": ()}


def test_one_option_of_a_set_can_come_as_a_number() -> None:
    assert read("set", 2) == {"set": ("Warm",)}


def test_the_id_of_an_unknown_option_is_read_as_an_int_and_written_again() -> None:
    assert read("enum", "999") == {"enum": 999}
    assert read("set", "1,999") == {"set": ("Hot", 999)}
    assert written("enum", 999) == "999"
    assert written("set", ("Hot", 999)) == "1,999"


def test_an_unknown_id_is_not_taken_for_an_option_with_this_label() -> None:
    fields = CustomFields([field("Rank", "enum", options=[(10, "1"), (11, "2")])])
    key = key_of("Rank")
    assert fields.read(lead_with({key: "1"})) == {"Rank": 1}
    assert fields.read(lead_with({key: "10"})) == {"Rank": "1"}
    assert fields.write({"Rank": "1"}) == {key: "10"}


def test_options_can_be_given_in_any_collection_and_twice() -> None:
    for collection in (["Hot", "Hot", 1], ("Hot",), {"Hot"}, frozenset({"Hot"})):
        assert written("set", collection) == "1"


def test_no_options_unset_the_field() -> None:
    assert written("set", []) is None


def test_a_field_lists_its_options_by_label() -> None:
    assert FIELDS["enum"].options == {"Hot": 1, "Warm": 2, "Cold": 30}
    assert FIELDS["text"].options == {}


def test_options_of_one_label_are_told_apart_by_their_ids() -> None:
    fields = CustomFields([field("Stage", "enum", options=[(1, "Hot"), (2, "Hot"), (3, "Cold")])])
    key = key_of("Stage")

    assert fields["Stage"].options == {"Hot (1)": 1, "Hot (2)": 2, "Cold": 3}
    assert fields.read(lead_with({key: "2"})) == {"Stage": "Hot (2)"}
    assert fields.write({"Stage": "Hot (2)"}) == {key: "2"}
    with pytest.raises(InvalidRequestError) as caught:
        fields.write({"Stage": "Hot"})
    assert str(caught.value) == (
        "values['Stage'] has several options 'Hot': give one of 'Hot (1)', 'Hot (2)', "
        "or its id as an int"
    )


def test_an_option_that_no_label_can_tell_apart_is_known_by_its_id() -> None:
    fields = CustomFields(
        [field("Stage", "enum", options=[(1, "Hot"), (2, "Hot"), (3, "Hot (1)")])]
    )
    key = key_of("Stage")

    assert fields["Stage"].options == {"Hot (2)": 2, "Hot (1) (3)": 3}
    assert fields.read(lead_with({key: "1"})) == {"Stage": 1}
    with pytest.raises(InvalidRequestError, match=r"give one of '1', 'Hot \(2\)'"):
        fields.write({"Stage": "Hot"})


def test_leads_keep_the_label_of_an_option_that_was_deleted() -> None:
    deleted = [{"id": 7, "label": "Frozen"}, {"id": "8", "label": "Hot"}, {"id": None}, "odd"]
    fields = CustomFields([field("Stage", "set", options=[(1, "Hot")], options_deleted=deleted)])
    key = key_of("Stage")

    found = fields.read(lead_with({key: "1,7,8"}))
    assert found == {"Stage": ("Hot", "Frozen", "Hot (8)")}
    assert fields.write(found) == {key: "1,7,8"}
    assert fields["Stage"].options == {"Hot": 1}


def test_a_label_that_tells_namesakes_apart_is_not_left_to_an_option_that_was_deleted() -> None:
    deleted = [{"id": 7, "label": "Hot (1)"}]
    offered = [(1, "Hot"), (2, "Hot")]
    fields = CustomFields([field("Stage", "enum", options=offered, options_deleted=deleted)])

    assert fields["Stage"].options == {"Hot (1)": 1, "Hot (2)": 2}
    assert fields.read(lead_with({key_of("Stage"): "7"})) == {"Stage": "Hot (1) (7)"}


@pytest.mark.parametrize(
    "odd", [None, True, 5, "7", {"id": 7}, [None, 5, [7], {"id": 7}]], ids=repr
)
def test_deleted_options_of_another_form_are_no_error(odd: Any) -> None:
    fields = CustomFields([field("Stage", "enum", options=[(1, "Hot")], options_deleted=odd)])
    assert fields.read(lead_with({key_of("Stage"): "7"})) == {"Stage": 7}


def test_ids_of_options_can_be_texts() -> None:
    fields = CustomFields([field("Stage", "enum", options=[("hot", "Hot"), ("", "")])])
    key = key_of("Stage")

    assert fields["Stage"].options == {"Hot": "hot", "": ""}
    assert fields.read(lead_with({key: "hot"})) == {"Stage": "Hot"}
    assert fields.write({"Stage": "Hot"}) == {key: "hot"}


def test_an_unknown_label_lists_the_options() -> None:
    for value in ("hot", ["Hot", "hot"]):
        name = "enum" if isinstance(value, str) else "set"
        with pytest.raises(InvalidRequestError, match="has no option 'hot': there are 'Hot', 'War"):
            written(name, value)
