"""Test that each type of custom field converts to Python and back."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async import InvalidRequestError, LeadValue
from pipedrive_leads_async.custom_fields import Address, DateRange, TimeRange
from tests.custom_fields.account import OPTIONS, TYPES, key_of, lead_with, one_of_each

FIELDS = one_of_each()

MORNING = TimeRange(start=dt.time(9), until=dt.time(11, 30))
JANUARY = DateRange(start=dt.date(2024, 1, 1), until=dt.date(2024, 1, 31))
OFFICE = Address(value="530 Fifth Avenue", locality="New York", admin_area_level_1="New York")


def written(name: str, value: Any) -> dict[str, Any]:
    """Write one field and return its JSON by the suffixes of the key."""
    json = FIELDS.write({name: value})
    return {key.removeprefix(key_of(name)): raw for key, raw in json.items()}


def read(name: str, raw: Any, **parts: Any) -> dict[str, Any]:
    """Read a lead with one field and return the result."""
    key = key_of(name)
    return FIELDS.read(
        lead_with({key: raw} | {key + suffix: part for suffix, part in parts.items()})
    )


# JSON values and their Python values.

FORMS: list[tuple[str, Any, dict[str, Any]]] = [
    ("varchar", "Test", {"": "Test"}),
    ("varchar_auto", "", {"": ""}),
    ("text", "two\nlines", {"": "two\nlines"}),
    ("phone", "+372 600 0000", {"": "+372 600 0000"}),
    ("double", 500, {"": 500}),
    ("double", -0.5, {"": -0.5}),
    ("monetary", LeadValue(amount=9.99, currency="USD"), {"": 9.99, "_currency": "USD"}),
    ("enum", "Hot", {"": "1"}),
    ("set", ("Cold", "Hot"), {"": "30,1"}),
    ("user", 1234, {"": 1234}),
    ("org", 1234, {"": 1234}),
    ("people", 1234, {"": 1234}),
    ("date", dt.date(2024, 1, 1), {"": "2024-01-01"}),
    ("daterange", JANUARY, {"": "2024-01-01", "_until": "2024-01-31"}),
    ("time", dt.time(9, 5), {"": "09:05:00"}),
    ("timerange", MORNING, {"": "09:00:00", "_until": "11:30:00"}),
    (
        "address",
        OFFICE,
        {"": "530 Fifth Avenue", "_locality": "New York", "_admin_area_level_1": "New York"},
    ),
    ("hologram", {"depth": [1, None]}, {"": {"depth": [1, None]}}),
]


NO_DATE = "has a time of day or a time zone: pass its date, such as value.date()"
NO_NUMBER = "must be a number (int, float or Decimal), got"


@pytest.mark.parametrize(("name", "value", "raw"), FORMS)
def test_each_type_is_written_in_pipedrives_form(
    name: str, value: Any, raw: dict[str, Any]
) -> None:
    assert written(name, value) == raw
    assert read(name, raw.pop(""), **raw) == {name: value}


def test_every_type_has_a_case_in_these_tests() -> None:
    assert {name for name, _, _ in FORMS} == set(TYPES)


labels = st.sampled_from(sorted(OPTIONS.values()))
unknown_ids = st.integers(100, 2**31)
amounts = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
ids = st.integers(1, 2**31)
times = st.times().map(lambda time: time.replace(microsecond=0, fold=0))
parts = st.none() | st.text()
scalars = st.booleans() | amounts | st.text()

VALUES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("varchar", "varchar_auto", "text", "phone"), st.text()),
    "double": amounts,
    "monetary": st.builds(LeadValue, amount=amounts, currency=st.sampled_from(["EUR", "USD"])),
    "enum": labels | unknown_ids,
    "set": st.lists(labels | unknown_ids, min_size=1, unique=True).map(tuple),
    **dict.fromkeys(("user", "org", "people"), ids),
    "date": st.dates(),
    "daterange": st.builds(DateRange, st.dates(), st.dates()),
    "time": times,
    "timerange": st.builds(TimeRange, times, times),
    "address": st.builds(
        Address,
        value=st.text(),
        **{part.name: parts for part in attrs.fields(Address) if part.name != "value"},
    ),
    "hologram": scalars | st.lists(scalars) | st.dictionaries(st.text(), scalars),
}


@given(st.fixed_dictionaries({}, optional=VALUES))
def test_written_values_are_read_back(values: dict[str, Any]) -> None:
    sent = json.loads(json.dumps(FIELDS.write(values)))
    found = FIELDS.read(lead_with(sent))
    assert found == values
    assert list(map(type, found.values())) == [type(values[name]) for name in found]


@given(st.fixed_dictionaries({}, optional=VALUES))
def test_read_values_can_be_written(values: dict[str, Any]) -> None:
    sent = FIELDS.write(values)
    assert FIELDS.write(FIELDS.read(lead_with(sent))) == sent


# JSON values of another form.


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("text", 5),
        ("text", {"value": "x"}),
        ("double", "500"),
        ("double", True),
        ("monetary", "500"),
        ("enum", "Hot?"),
        ("enum", "01"),
        ("enum", True),
        ("enum", {"id": 1}),
        ("set", "1,Hot?"),
        ("set", [{"id": 1}]),
        ("set", 1.5),
        ("user", {"id": 1234, "name": "Ann"}),
        ("user", "1234"),
        ("date", "2024-02-30"),
        ("date", "20240101"),
        ("date", "2024-01-01 00:00:00"),
        ("date", 2024),
        ("time", "09:00"),
        ("time", "24:00:00"),
        ("time", "09:00:00.5"),
        ("time", "09:00:00+02:00"),
        ("time", "09:00+02"),
        ("time", 9),
        ("address", {"value": "530 Fifth Avenue"}),
    ],
)
def test_value_of_another_form_is_read_as_pipedrive_sent_it(name: str, raw: Any) -> None:
    assert read(name, raw) == {name: raw}


@pytest.mark.parametrize(
    ("name", "raw", "beside"),
    [
        ("monetary", 500, {}),
        ("monetary", 500, {"_currency": 978}),
        ("daterange", "2024-01-01", {}),
        ("daterange", "2024-01-01", {"_until": "soon"}),
        ("daterange", "soon", {"_until": "2024-01-31"}),
        ("timerange", "09:00:00", {"_until": None}),
        ("address", 530, {"_country": "Estonia"}),
    ],
)
def test_value_without_a_part_is_read_as_pipedrive_sent_it(
    name: str, raw: Any, beside: dict[str, Any]
) -> None:
    left = {key_of(name) + suffix: part for suffix, part in beside.items() if part is not None}
    assert read(name, raw, **beside) == {name: raw, **left}


def test_part_without_its_value_keeps_its_key() -> None:
    alone = {f"{key_of('daterange')}_until": "2024-01-31"}
    assert FIELDS.read(lead_with(alone)) == alone


def test_unknown_or_malformed_address_parts_keep_their_keys() -> None:
    key = key_of("address")
    assert read("address", "Tallinn", _country="Estonia", _lat=59.4, _route=5) == {
        "address": Address(value="Tallinn", country="Estonia"),
        f"{key}_lat": 59.4,
        f"{key}_route": 5,
    }


@pytest.mark.parametrize("name", ["time", "timerange"])
def test_time_zone_of_a_time_keeps_its_key_in_read_and_write(name: str) -> None:
    value = {"time": dt.time(9), "timerange": MORNING}[name]
    values = {name: value, f"{key_of(name)}_timezone_id": 327}
    raw = FIELDS.write(values)
    assert raw == FIELDS.write({name: value}) | {f"{key_of(name)}_timezone_id": 327}
    assert FIELDS.read(lead_with(raw)) == values


# Refused values.

WHOLE = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("double", float("nan"), "values['double'] must be a finite number, got nan"),
        (
            "monetary",
            LeadValue(amount=5, currency=" "),
            "values['monetary'].currency is empty: pass a text",
        ),
        (
            "monetary",
            LeadValue(amount=float("inf"), currency="EUR"),
            "values['monetary'].amount must be a finite number, got inf",
        ),
        ("enum", 0, "values['enum'] must be at least 1, got 0"),
        ("user", 0, "values['user'] must be at least 1, got 0"),
        (
            "date",
            WHOLE,
            f"values['date'] {NO_DATE}",
        ),
        (
            "daterange",
            DateRange(start=JANUARY.start, until=WHOLE),
            f"values['daterange'].until {NO_DATE}",
        ),
        (
            "time",
            dt.time(9, tzinfo=dt.UTC),
            (
                "values['time'] has a time zone: write its replace(tzinfo=None). Pipedrive stores "
                "the number of the zone under the field's key with _timezone_id"
            ),
        ),
        (
            "time",
            dt.time(9, 0, 0, 5),
            "values['time'] has a fraction of a second: write its replace(microsecond=0)",
        ),
    ],
)
def test_write_refuses_a_value_that_pipedrive_cannot_store(
    name: str, value: Any, sentence: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        written(name, value)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("name", ["varchar", "varchar_auto"])
def test_write_refuses_more_than_255_characters_of_a_short_text(name: str) -> None:
    assert FIELDS.write({name: "ä" * 255}) == {key_of(name): "ä" * 255}
    with pytest.raises(InvalidRequestError, match="has 256 characters: shorten it to 255"):
        FIELDS.write({name: "ä" * 256})
    with pytest.raises(InvalidRequestError, match=re.escape(f"values['{name}'] has 1000")):
        FIELDS.write({name: "x" * 1000})


def test_write_accepts_long_texts() -> None:
    assert FIELDS.write({"text": "x" * 65_000}) == {key_of("text"): "x" * 65_000}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("text", 5, "values['text'] must be a str, got int"),
        ("double", "5", f"values['double'] {NO_NUMBER} str: convert it with float()"),
        ("double", True, f"values['double'] {NO_NUMBER} bool: convert it with float()"),
        (
            "monetary",
            500,
            "values['monetary'] must be LeadValue, got int: write LeadValue(amount=…, currency=…)",
        ),
        (
            "monetary",
            {"amount": 500, "currency": "EUR"},
            "values['monetary'] must be LeadValue, got dict: write LeadValue(amount=…, currency=…)",
        ),
        (
            "enum",
            True,
            "values['enum'] must be the label of an option (a str) or its id (an int), got bool",
        ),
        ("set", "Hot", "values['set'] must be a list of option labels, got str"),
        (
            "set",
            [1.5],
            "values['set'][0] must be the label of an option (a str) or its id (an int), got float",
        ),
        ("user", "1234", "values['user'] must be an int, got str: convert it with int()"),
        (
            "date",
            "2024-01-01",
            "values['date'] must be a datetime.date, got str: convert it with date.fromisoformat()",
        ),
        (
            "daterange",
            JANUARY.start,
            "values['daterange'] must be DateRange, got date: write DateRange(start=…, until=…)",
        ),
        (
            "daterange",
            (JANUARY.start, JANUARY.until),
            "values['daterange'] must be DateRange, got tuple: write DateRange(start=…, until=…)",
        ),
        ("time", "09:00:00", "values['time'] must be a datetime.time, got str"),
        (
            "timerange",
            TimeRange(start=dt.time(9), until=None),  # type: ignore[arg-type]  # a wrong type, on purpose
            "values['timerange'].until must be a datetime.time, got NoneType",
        ),
        (
            "address",
            "Tallinn",
            "values['address'] must be Address, got str: write Address(value=…)",
        ),
        (
            "address",
            Address(value="Tallinn", country=5),  # type: ignore[arg-type]  # a wrong type, on purpose
            "values['address'].country must be a str, got int",
        ),
    ],
)
def test_write_refuses_a_value_of_another_python_type(name: str, value: Any, sentence: str) -> None:
    with pytest.raises(TypeError) as caught:
        written(name, value)
    assert str(caught.value) == sentence
