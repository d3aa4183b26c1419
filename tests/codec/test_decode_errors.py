"""Test the errors for values that do not fit a class and for classes that cannot be decoded."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from typing import Any, Literal

import attrs
import pytest

from pipedrive_leads_async import ConfigurationError, DecodeError, Lead, custom_field, from_dict
from pipedrive_leads_async._codec.codec import Rows, decode_list
from tests.codec.lead_classes import ID, KEYS, MyLead, row

SECRET = "Jane Doe, +372 5555 5555"


def test_error_has_the_paths_and_the_lead_id_but_not_the_data() -> None:
    rows = [row(), row(title=SECRET), row(), row(owner_id=SECRET, value={"amount": SECRET})]
    _, _, (found, errors) = Rows(Lead, lambda: copy.deepcopy(rows), path="$.data").batches()

    assert [lead.title for lead in found] == ["Big order", SECRET, "Big order"]
    assert list(errors) == [3]
    error = errors[3]
    assert error.paths == (
        "$.data[3].owner_id: expected int, got str",
        "$.data[3].value.amount: expected float, got str",
        "$.data[3].value.currency: missing",
    )
    assert str(error) == f"the response does not fit Lead: {'; '.join(error.paths)}"
    assert error.lead_id == ID
    assert error.raw == rows[3]
    assert SECRET not in f"{error!r}{error}{error.args}"
    assert error.__cause__ is error.__context__ is None
    assert pickle.loads(pickle.dumps(error)).paths == error.paths


def test_message_contains_at_most_three_paths() -> None:
    with pytest.raises(DecodeError) as caught:
        from_dict(Lead, row(owner_id="", person_id="", channel="", was_seen=""))
    assert len(caught.value.paths) == 4
    assert str(caught.value).count("expected") == 3


@pytest.mark.parametrize(
    ("data", "path", "lead_id"),
    [
        ({"id": ID}, "$.title: missing", ID),
        ({"title": "x"}, "$.id: missing", None),
        ({"id": 5, "title": "x"}, "$.id: expected str, got int", None),
        (row(title=None), "$.title: expected str, got NoneType", ID),
        (row(label_ids=["a", 1]), "$.label_ids[1]: expected str, got int", ID),
        (row(label_ids="abc"), "$.label_ids: expected list, got str", ID),
        (row(value="5 EUR"), "$.value: expected an object, got str", ID),
        (row(is_archived="false"), "$.is_archived: expected bool, got str", ID),
        (row(owner_id=True), "$.owner_id: expected int, got bool", ID),
        (row(add_time=5), "$.add_time: expected a time in ISO 8601, got int", ID),
        (
            row(add_time="now"),
            "$.add_time: expected a time in ISO 8601, got a str in another format",
            ID,
        ),
        (
            row(add_time="0001-01-01T00:00:00+14:00"),
            "$.add_time: expected a time in the years 1 to 9999 of UTC, got another time",
            ID,
        ),
        (
            row(expected_close_date="2024-02-30"),
            "$.expected_close_date: expected a date in ISO 8601, got a str in another format",
            ID,
        ),
        (row(visible_to=3), "$.visible_to: expected str, got int", ID),
        (row(**{KEYS[0]: "x"}), "$.number: expected int, got str", ID),
        (row(**{f"{KEYS[11]}_option": []}), "$.option: expected int or str, got list", ID),
        (row(**{KEYS[8]: {}}), "$.address.street: missing", ID),
        ([], "$: expected an object, got list", None),
        (None, "$: expected an object, got NoneType", None),
    ],
)
def test_error_has_the_path_of_the_value(data: Any, path: str, lead_id: str | None) -> None:
    with pytest.raises(DecodeError) as caught:
        from_dict(MyLead, data)
    assert caught.value.paths == (path,)
    assert caught.value.lead_id == lead_id
    assert caught.value.raw == data


def annotated(annotation: object) -> type[Lead]:
    namespace = {"__annotations__": {"budget": annotation}, "budget": custom_field(KEYS[0])}
    return attrs.frozen(kw_only=True)(type("Annotated", (Lead,), namespace))


@pytest.mark.parametrize(
    "annotation",
    [
        list[str],
        dict[str, Any] | None,
        set[str],
        tuple[float, ...],
        Literal["a"],
        bytes,
        dt.time,
        dt.date | str,
        object,
        list,
    ],
    ids=str,
)
@pytest.mark.parametrize("value", [None, "abc", 5])
async def test_annotation_that_cannot_be_decoded_is_refused(
    annotation: object, value: object
) -> None:
    cls = annotated(annotation)
    with pytest.raises(ConfigurationError, match=r"budget is annotated as .*: annotate it as"):
        from_dict(cls, row(**{KEYS[0]: value}))
    with pytest.raises(ConfigurationError, match="budget is annotated as"):
        await decode_list(cls, list, path="$")


def test_annotation_with_an_undefined_name_is_refused() -> None:
    with pytest.raises(
        ConfigurationError, match="Annotated cannot be decoded from JSON: name 'Nowhere'"
    ):
        from_dict(annotated("Nowhere"), row())


def test_two_attributes_for_the_same_custom_field_are_refused() -> None:
    namespace = {
        "__annotations__": {"a": int | None, "b": int | None},
        "a": custom_field(KEYS[0]),
        "b": custom_field(KEYS[0]),
    }
    twice = attrs.frozen(kw_only=True)(type("Twice", (Lead,), namespace))
    with pytest.raises(
        ConfigurationError, match="Twice has two attributes for the same custom field"
    ):
        from_dict(twice, row())


@attrs.frozen(kw_only=True)
class Seat:
    """A part of a lead whose constructor checks its argument, so that no fast decoder exists."""

    row: int = attrs.field(validator=attrs.validators.ge(1))


@attrs.frozen(kw_only=True)
class Trip(Lead):
    seats: tuple[Seat, ...] | None = custom_field(KEYS[0])


def test_objects_that_check_their_arguments_are_decoded_in_a_list() -> None:
    found = from_dict(Trip, row(**{KEYS[0]: [{"row": 1}, {"row": 2}]}))
    assert found.seats == (Seat(row=1), Seat(row=2))
    with pytest.raises(DecodeError) as caught:
        from_dict(Trip, row(**{KEYS[0]: [{"row": 1}, {"row": 0}, {}]}))
    assert caught.value.paths == ("$.seats[1]: rejected with ValueError",)
