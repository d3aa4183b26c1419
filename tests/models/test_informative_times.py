"""Test the times of fields and labels, from which nothing is computed."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import pytest

from pipedrive_leads_async import Lead, LeadField, LeadLabel, User, from_dict, to_dict
from pipedrive_leads_async.errors import DecodeError
from tests.support.calls import client_of
from tests.support.raw_server import RawServer, success

FIELD: Final[dict[str, Any]] = {"key": "3ce5b1409718d65a8adc965be1f0da8821d8b9ab", "name": "Budget"}
LABEL: Final[dict[str, Any]] = {"id": "8ba414d0-8ad8-11ef-9e9e-07879dd74146", "name": "Hot"}

IMPOSSIBLE: Final[tuple[Any, ...]] = (
    "0000-00-00 00:00:00",
    "0000-00-00",
    "2025-02-30 10:00:00",
    "2025-06-13 25:06:56",
    "0001-01-01T00:00:00+14:00",
    "",
    " ",
    "yesterday",
    0,
    1749841616,
    False,
    [],
    {},
)


@pytest.mark.parametrize("name", ["add_time", "update_time"])
@pytest.mark.parametrize("value", IMPOSSIBLE, ids=repr)
@pytest.mark.parametrize(("cls", "data"), [(LeadField, FIELD), (LeadLabel, LABEL)])
def test_impossible_time_is_read_as_none(
    cls: type[Any], data: dict[str, Any], name: str, value: object
) -> None:
    assert from_dict(cls, data | {name: value}) == from_dict(cls, data)


@pytest.mark.parametrize("value", ["0000-00-00 00:00:00", ""])
async def test_impossible_time_of_one_row_takes_no_other_row_away(value: str) -> None:
    fields = [{**FIELD, "add_time": value}, {"key": "title", "name": "Title", "update_time": value}]
    labels = [{**LABEL, "update_time": value}, {**LABEL, "name": "Cold"}]
    async with (
        RawServer((success(fields),), (success(fields),), (success(labels),)) as server,
        client_of(server) as client,
    ):
        assert [field.name for field in await client.get_lead_fields()] == ["Budget", "Title"]
        assert (await client.get_custom_fields())["Budget"].key == FIELD["key"]
        assert [label.name for label in await client.get_lead_labels()] == ["Hot", "Cold"]


@pytest.mark.parametrize(
    ("cls", "data", "text"),
    [
        (LeadField, FIELD, "2025-06-13 19:06:56"),
        (LeadField, FIELD, "2025-06-13 19:06:56.213000"),
        (LeadLabel, LABEL, "2025-06-13T19:06:56.213Z"),
    ],
)
def test_time_is_encoded_in_the_format_in_which_pipedrive_sends_it(
    cls: type[Any], data: dict[str, Any], text: str
) -> None:
    sent = data | {"add_time": text, "update_time": None}
    assert sent.items() <= to_dict(from_dict(cls, sent)).items()


@pytest.mark.parametrize("name", ["created", "modified", "last_login"])
@pytest.mark.parametrize("value", IMPOSSIBLE, ids=repr)
def test_impossible_time_of_a_user_is_read_as_none(name: str, value: object) -> None:
    ann = {"id": 7, "name": "Ann"}
    assert from_dict(User, ann | {name: value}) == from_dict(User, ann)


@pytest.mark.parametrize("cls", [LeadField, LeadLabel])
def test_time_in_another_zone_is_encoded_in_utc(cls: type[Any]) -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    time = dt.datetime(2025, 6, 13, 21, 6, 56, tzinfo=zone)
    model = cls(**(FIELD if cls is LeadField else LABEL), add_time=time)

    assert from_dict(cls, to_dict(model)) == model
    assert "19:06:56" in to_dict(model)["add_time"]


@pytest.mark.parametrize("name", ["archive_time", "add_time", "update_time"])
def test_impossible_time_of_a_lead_is_an_error(name: str) -> None:
    with pytest.raises(DecodeError, match=name):
        from_dict(Lead, {"id": LABEL["id"], "title": "Big order", name: "0000-00-00 00:00:00"})
