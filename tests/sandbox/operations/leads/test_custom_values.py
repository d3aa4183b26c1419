"""Test which values of custom fields the sandbox accepts, and which keys it ignores."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, assert_refused, serving

VALID: dict[str, list[dict[str, Any]]] = {
    "varchar": [{"": "x"}, {"": ""}, {"": "ä" * 255}],
    "varchar_auto": [{"": "x"}, {"": "x" * 255}],
    "text": [{"": "x" * 65_000}],
    "phone": [{"": "+44 20 7946 0000"}],
    "double": [{"": 12.5}, {"": 0}, {"": -1}],
    "monetary": [{"": 500, "_currency": "USD"}, {"": 0.5, "_currency": "EUR"}],
    "enum": [{"": "190"}, {"": 191}],
    "set": [{"": "201"}, {"": "203,201"}, {"": 202}],
    "user": [{"": 11884361}],
    "org": [{"": 1}],
    "people": [{"": 1}],
    "date": [{"": "2026-02-28"}],
    "daterange": [{"": "2026-01-01", "_until": "2026-12-31"}],
    "time": [{"": "09:00:00"}, {"": "09:00:00", "_timezone_id": 228}],
    "timerange": [{"": "09:00:00", "_until": "11:30:00", "_timezone_id": 228}],
    "address": [{"": "Pikk 1, Tallinn"}, {"": "Pikk 1", "_locality": "Tallinn"}],
}
# By type: the invalid value, the suffix of its key, and the words of the error.
INVALID: list[tuple[str, str, Any, str]] = [
    ("varchar", "", 5, "must be a string"),
    ("varchar", "", ["x"], "must be a string"),
    ("varchar", "", "x" * 256, "at most 255"),
    ("varchar_auto", "", "x" * 256, "at most 255"),
    ("text", "", "x" * 65_001, "at most 65000"),
    ("text", "", True, "must be a string"),
    ("phone", "", 4420, "must be a string"),
    ("double", "", "12.5", "must be a number"),
    ("double", "", True, "must be a number"),
    ("monetary", "", "500", "must be a number"),
    ("monetary", "", {"amount": 5, "currency": "EUR"}, "must be a number"),
    ("monetary", "_currency", "euro", "must be a currency"),
    ("monetary", "_currency", 5, "must be a currency"),
    ("enum", "", "Company", "the id of an option"),
    ("enum", "", "201", "the id of an option"),
    ("enum", "", 19.0, "the id of an option"),
    ("enum", "", True, "the id of an option"),
    ("set", "", "Support", "the ids of options"),
    ("set", "", "201,Support", "the ids of options"),
    ("set", "", "201, 202", "the ids of options"),
    ("set", "", "", "the ids of options"),
    ("set", "", ["201"], "the ids of options"),
    ("user", "", "11884361", "the id of a user"),
    ("user", "", 1, "the id of a user"),
    ("org", "", 10_000, "the id of an organization"),
    ("people", "", 10_000, "the id of a person"),
    ("people", "", "Ada Aalto", "the id of a person"),
    ("date", "", "28.02.2026", "YYYY-MM-DD"),
    ("date", "", "2026-02-30", "YYYY-MM-DD"),
    ("date", "", 20260228, "YYYY-MM-DD"),
    ("daterange", "_until", "2026", "YYYY-MM-DD"),
    ("time", "", "9 o'clock", "HH:MM:SS"),
    ("time", "", 9, "HH:MM:SS"),
    ("time", "_timezone_id", "Europe/Tallinn", "must be an integer"),
    ("timerange", "_until", "25:00:00", "HH:MM:SS"),
    ("address", "", {"value": "Pikk 1"}, "must be a string"),
    ("address", "_locality", 5, "must be a string"),
]


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving(Sandbox(leads=0, burst=None)) as api:
        yield api


async def key_of(api: Api, field_type: str) -> str:
    fields = (await api.get("/leadFields", limit="500")).data
    return next(
        str(field["key"])
        for field in fields
        if field["edit_flag"] and field["field_type"] == field_type
    )


async def add(api: Api, fields: dict[str, Any]) -> Any:
    return (await api.post("/leads", {"title": "x", "person_id": 1} | fields)).data


@pytest.mark.parametrize(
    ("field_type", "parts"), [(kind, parts) for kind, all in VALID.items() for parts in all]
)
async def test_value_that_the_type_allows_is_stored(
    api: Api, field_type: str, parts: dict[str, Any]
) -> None:
    key = await key_of(api, field_type)
    values = {key + suffix: value for suffix, value in parts.items()}
    lead = await add(api, values)
    assert {name: value for name, value in lead.items() if name.startswith(key)} == values


@pytest.mark.parametrize(("field_type", "suffix", "value", "words"), INVALID)
async def test_value_that_the_type_does_not_allow_is_refused(
    api: Api, field_type: str, suffix: str, value: Any, words: str
) -> None:
    key = await key_of(api, field_type) + suffix
    lead = await add(api, {})
    for verb, reply in (
        ("create", await api.post("/leads", {"title": "x", "person_id": 1, key: value})),
        ("update", await api.patch(f"/leads/{lead['id']}", {key: value})),
    ):
        assert_refused(reply, f'"{key}" must be ', words)
        assert reply.body["error"] == f"Couldn't {verb} lead, body is invalid."
    assert api.sandbox.leads == [lead]


async def test_type_of_an_added_field_is_checked_too(api: Api) -> None:
    key = api.sandbox.add_custom_field("Stage", "enum", ["Hot", "Cold"])
    assert_refused(await api.post("/leads", {"title": "x", "person_id": 1, key: "Hot"}), key)
    assert (await add(api, {key: "204"}))[key] == "204"


@pytest.mark.parametrize(
    "value", ["x", 1.5, True, None, ["x"], {"amount": 5}], ids=lambda value: type(value).__name__
)
async def test_key_of_no_field_is_ignored(api: Api, value: Any) -> None:
    text = await key_of(api, "varchar")
    keys = ["f" * 40, f"{'f' * 40}_until", f"{text}_until", f"{text}_x"]
    lead = await add(api, dict.fromkeys(keys, value))
    assert not lead.keys() & set(keys)
    changed = (await api.patch(f"/leads/{lead['id']}", dict.fromkeys(keys, value))).data
    assert changed == lead | {"update_time": changed["update_time"]}
    assert_refused(await api.post("/leads", {"title": "x"}), "person", "organization")


async def test_key_of_a_deleted_field_is_ignored(api: Api) -> None:
    money, text = [await key_of(api, kind) for kind in ("monetary", "varchar")]
    lead = await add(api, {money: 5, f"{money}_currency": "USD", text: "kept"})
    api.sandbox.delete_custom_field(money)
    kept = {name: value for name, value in lead.items() if not name.startswith(money)}
    assert api.sandbox.leads == [kept]
    assert (await api.get("/leads")).data == [kept]
    assert money not in await add(api, {money: "no number"})
    keys = {field["key"] for field in (await api.get("/leadFields", limit="500")).data}
    assert not keys & {money, f"{money}_currency"}


def test_deleting_an_unknown_field_raises_an_error() -> None:
    sandbox = Sandbox(leads=0)
    key = sandbox.add_custom_field("Budget", "monetary")
    for unknown in ("f" * 40, f"{key}_currency"):
        with pytest.raises(LookupError, match=f"no custom field {unknown!r}"):
            sandbox.delete_custom_field(unknown)


async def test_amount_without_a_currency_takes_that_of_the_user(api: Api) -> None:
    key = await key_of(api, "monetary")
    default = (await api.get("/users/me")).data["default_currency"]
    lead = await add(api, {key: 5})
    assert (lead[key], lead[f"{key}_currency"]) == (5, default)
    path = f"/leads/{lead['id']}"
    dollars = (await api.patch(path, {key: 6, f"{key}_currency": "USD"})).data
    assert (dollars[key], dollars[f"{key}_currency"]) == (6, "USD")
    changed = (await api.patch(path, {key: 7})).data
    assert (changed[key], changed[f"{key}_currency"]) == (7, "USD")
    cleared = (await api.patch(path, {key: None})).data
    assert not cleared.keys() & {key, f"{key}_currency"}
