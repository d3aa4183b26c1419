"""Test that responses are decoded the same with and without msgspec."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipedrive_leads_async import (
    Conversion,
    DecodeError,
    Lead,
    LeadField,
    LeadLabel,
    LeadSource,
    UnexpectedResponseError,
)
from pipedrive_leads_async._codec import decode_struct
from pipedrive_leads_async._codec.codec import decode_page
from pipedrive_leads_async._codec.fields import json_fields
from pipedrive_leads_async._codec.reading_habit import ReadingHabit
from pipedrive_leads_async._http.message import Response
from pipedrive_leads_async._http.reference import SEARCH_LEADS
from pipedrive_leads_async._operations.responses import read_leads, read_list, read_one
from pipedrive_leads_async._operations.search.leads import LeadSearchItem
from pipedrive_leads_async._operations.search.pages import Search
from pipedrive_leads_async._shared import steps
from pipedrive_leads_async.models._unread import is_unread
from tests.codec.lead_classes import (
    ID,
    KEYS,
    CachedHash,
    Converted,
    Defaulted,
    DictLead,
    GenericLead,
    Mixed,
    MyLead,
    PlainInit,
    PlainLead,
    StrictLead,
    Validated,
)
from tests.codec.test_roundtrip import ODD, complete_rows, known_keys, values
from tests.codec.ways import assert_same_both_ways, page, read_page, response, run, without_msgspec

LARGEST: Final = 1.7976931348623157e308

DEEP: Final = 100_000 if sys.version_info < (3, 14) else 10_000
"""Levels of lists. Since 3.14, the size of the stack limits them, of which msgspec needs less."""

TOKENS: Final = [
    *(json.dumps(value).encode() for value in ODD),
    *(b"-0 -0.0 1.0 1E2 1e2 -1e-400 9223372036854775807 9223372036854775808".split()),
    *(b"-9223372036854775809 12345678901234567890123 1.7976931348623158e308 1e23 0.1e1".split()),
    *(b'01 1. .5 +1 1e - NaN Infinity -Infinity nul nulll \'a\' [1,] {"a":1,} [ {"a"} ]'.split()),
    b'"\\ud83d\\ude00"',
    b'"\\ud800"',
    b'"\\udc00\\ud83d"',
    b'"\\ud80"',
    b'"\\x41"',
    b'"\\u0000"',
    b'"a\nb"',
    b'"\x00"',
    b'"\xff"',
    b'"\xc3"',
    b'"\xed\xa0\x80"',
    b'"\xed\xa0\xbd\xed\xb8\x80"',
    '"é\u2028\U0001f600"'.encode(),
    b'"\xef\xbb\xbf"',
    b'{"amount":5,"currency":"EUR","rate":{"x":[1e5]}}',
    b'{"amount":5,"currency":"EUR","amount":6}',
    b'{"amount":12345678901234567890123,"currency":"EUR"}',
    b'{"street":"x","street":1}',
    b'["a","\\u00e9"]',
    b'["a",null]',
    b"\t[\n1 , 2\r]",
    b"\x0b1",
    b"[" * 200 + b"]" * 200,
    b'"2024-10-15T09:33:33.1234567Z"',
    b'"2024-10-15T09:33:33.1234567+02:00"',
    b'"2024-10-15 09:33:33"',
    b'"2024-10-15t09:33:33z"',
    b'"2024-10-15T24:00:00Z"',
    b'"2024-10-15T23:59:60Z"',
    b'"2024-10-15T11:33:33.5+02:00:30"',
    b'"2024-10-15T11:33+0200"',
    b'"0001-01-01T00:00:00+14:00"',
    b'"9999-12-31T23:59:59-14:00"',
    b'"0000-00-00 00:00:00"',
    b'"0000-01-01"',
    b'"2024-02-30"',
    b'"2024-10-15T"',
    b'"2024-10-15 "',
    b'"02024-10-15"',
    '"\uff12\uff10\uff12\uff14-10-15"'.encode(),
    b"[" * DEEP,
    b"[" * DEEP + b"]" * DEEP,
]
"""JSON values, some of which are invalid."""

IDS: Final = [f"{number} {token[:20]!r}" for number, token in enumerate(TOKENS)]

PLACES: Final = [*sorted(known_keys), "f" * 40, f"{'f' * 40}_currency", "new", "custom_fields"]
"""A key of each kind: of a field, of a custom field, and unknown."""


def text(**fields: bytes) -> bytes:
    """Return the JSON of a lead; the values are JSON."""
    known = {"id": json.dumps(ID).encode(), "title": b'"Big order"', **fields}
    return b"{%b}" % b",".join(b"%b:%b" % (json.dumps(k).encode(), v) for k, v in known.items())


@pytest.mark.parametrize("token", TOKENS, ids=IDS)
def test_value_of_any_key_is_decoded_the_same(token: bytes) -> None:
    for place in PLACES:
        body = page(text(), text(**{place: token}))
        assert_same_both_ways(read_page, body, MyLead)


def one(row: bytes, end: bytes = b"") -> Response:
    """Return a response whose data is one row; `end` is added to its envelope."""
    return response(b'{"success":true,"data":%b%b}' % (row, end))


@pytest.mark.parametrize("token", TOKENS, ids=IDS)
def test_one_lead_is_decoded_the_same(token: bytes) -> None:
    for key in (b"new", b"additional_data", b"success", b"data"):
        assert_same_both_ways(read_one(Lead), one(text(), b',"%b":%b' % (key, token)))
    assert_same_both_ways(read_one(Lead), one(token))


@pytest.mark.parametrize("token", TOKENS, ids=IDS)
def test_value_beside_the_rows_is_decoded_the_same(token: bytes) -> None:
    for body in (
        page(text(), end=b',"new":%b' % token),
        page(text(), end=b',"additional_data":%b' % token),
        page(text(), end=b',"success":%b' % token),
        page(text(), end=b',"data":%b' % token),
        page(text(), token),
        token,
    ):
        assert_same_both_ways(read_page, body)


@pytest.mark.parametrize("key", ["id", "owner_id", "value", "f" * 40, "new"])
def test_last_one_of_two_equal_keys_counts(key: str) -> None:
    for pair in ((b"1", b'"x"'), (b'"x"', b"1"), (b"null", b"1"), (b"1", b"null")):
        added = b"".join(b',"%b":%b' % (key.encode(), value) for value in pair)
        body = page(text()[:-1] + added + b"}")
        assert_same_both_ways(read_page, body)


@pytest.mark.parametrize(
    "cls",
    [
        DictLead,
        PlainLead,
        StrictLead,
        Mixed,
        # Their constructor is called.
        Validated,
        Converted,
        Defaulted,
        PlainInit,
        CachedHash,
        GenericLead,
    ],
)
@pytest.mark.parametrize("value", [b"5", b"-5", b'"x"', b"null"])
def test_any_class_is_decoded_the_same(cls: type[Lead], value: bytes) -> None:
    body = page(text(**{KEYS[0]: value, KEYS[1]: b"1", "number": value, "f" * 40: b"1"}))
    assert_same_both_ways(read_page, body, cls)


json_texts = st.builds(json.dumps, values | st.floats(), ensure_ascii=st.booleans())
tokens = json_texts.map(lambda text: text.encode("utf-8", "surrogatepass"))


@settings(max_examples=30, deadline=None)
@given(st.lists(complete_rows, max_size=3), st.data())
def test_pages_are_decoded_the_same(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    keys = st.sampled_from(sorted(known_keys)) | st.text(max_size=3)
    changes = st.dictionaries(keys, tokens | st.sampled_from(TOKENS), max_size=2)
    texts = [
        text(**{k: json.dumps(v).encode() for k, v in row.items()} | data.draw(changes))
        for row in rows
    ]
    assert_same_both_ways(read_page, page(*texts))
    assert_same_both_ways(read_page, page(*texts), MyLead)
    for row in texts:
        assert_same_both_ways(read_one(MyLead), one(row))


@settings(max_examples=30, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("cls", [LeadLabel, LeadSource, LeadField, Conversion])
def test_other_models_are_decoded_the_same(cls: type[Any], data: st.DataObject) -> None:
    keys = st.sampled_from([field.key for field in json_fields(cls)]) | st.text(max_size=3)
    good = {"id": b'"1"', "key": b'"x"', "name": b'"Hot"', "conversion_id": b'"1"'}
    fields = good | data.draw(st.dictionaries(keys, tokens | st.sampled_from(TOKENS), max_size=3))
    row = text(**fields)
    assert_same_both_ways(read_one(cls), one(row))
    assert_same_both_ways(read_list(cls), response(page(row, row)))


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["id", "title", "owner", "phones", "value", "visible_to", "new"]),
        tokens | st.sampled_from(TOKENS),
        max_size=3,
    )
)
def test_search_results_are_decoded_the_same(fields: dict[str, bytes]) -> None:
    items = b'{"items":[{"result_score":0.5,"item":%b}]}' % text(**fields)
    body = response(b'{"success":true,"data":%b,"additional_data":{}}' % items)
    assert_same_both_ways(Search(SEARCH_LEADS, LeadSearchItem, ()).read_page, body)


# The differences.


TOO_LARGE: Final[dict[str, tuple[bytes, Any]]] = {
    "float": (b"1e400", LARGEST),
    "negative": (b"[-1e400]", [-LARGEST]),
    "int": (b"1" * 5000, LARGEST),
    "nested": (b'{"a":1e400,"b":[{}],"a":"\\"[]"}', {"a": '"[]', "b": [{}]}),
}


@pytest.mark.parametrize("key", ["f" * 40, "new"])
@pytest.mark.parametrize(("token", "nearest"), TOO_LARGE.values(), ids=TOO_LARGE)
def test_number_that_is_too_large_in_an_unread_key_is_the_nearest(
    key: str, token: bytes, nearest: object
) -> None:
    body = page(text(**{key: token}))
    [lead], _ = read_page(body)

    assert {**lead.custom_fields, **lead.extra} == {key: nearest}
    with without_msgspec(), pytest.raises(UnexpectedResponseError, match="is not a JSON object"):
        read_page(body)


@pytest.mark.parametrize("place", ["title", "owner_id", "was_seen", "add_time"])
def test_number_that_is_too_large_in_a_field_is_refused(place: str) -> None:
    for token in (b"1e400", b"1" * 5000):
        assert_same_both_ways(read_page, page(text(**{place: token})))


def test_value_that_is_nested_too_deeply_for_the_stack_is_read() -> None:
    [lead], _ = read_page(page(text(new=b"[" * 700 + b"1" + b"]" * 700)))

    def read(frames: int) -> Any:
        return read(frames - 1) if frames else lead.extra["new"]

    value = read(500)
    for _ in range(700):
        [value] = value
    assert value == 1


# The choice of the way.


def is_fastest(body: bytes, cls: type[Lead] = Lead, most_rows: int = 10) -> bool:
    return run(decode_page(cls, body, most_rows=most_rows)) is not None


def test_ordinary_pages_are_decoded_in_the_fastest_way() -> None:
    full = {field.key: b"null" for field in json_fields(MyLead)} | {"f" * 40: b"1", "new": b"[]"}
    del full["id"], full["title"]
    assert is_fastest(page(text(**full)))
    assert is_fastest(page(text(**full)), MyLead)
    assert is_fastest(page(text(value=b'{"amount":1,"currency":"EUR"}', label_ids=b'["a"]')))
    assert is_fastest(page(text(title='"é\U0001f600"'.encode())))
    assert is_fastest(b'{"success":true,"data":null}')
    assert is_fastest(page(*[text()] * 10))


def test_one_lead_is_decoded_in_the_fastest_way() -> None:
    assert is_unread(run(read_one(Lead, id=ID)(one(text()))))
    assert is_unread(run(read_one(Lead)(one(text(title='"é"'.encode())))))


def test_no_lead_is_read_late_where_litestar_reads_the_memory_of_leads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "litestar", ModuleType("litestar"))
    assert not is_unread(run(read_one(Lead)(one(text()))))
    [lead], _errors = read_page(page(text()))
    assert not is_unread(lead)


def test_one_lead_with_another_id_is_decoded_in_another_way() -> None:
    upper = text(id=b'"%b"' % ID.upper().encode())
    assert not is_unread(run(read_one(Lead, id=ID)(one(upper))))
    with pytest.raises(UnexpectedResponseError, match="belongs to another request"):
        run(read_one(Lead, id=ID)(one(text(id=b'"other"'))))


def test_other_pages_are_decoded_in_another_way() -> None:
    assert not is_fastest(page(*[text()] * 11))
    assert not is_fastest(page(text(owner_id=b'"1"')))
    assert not is_fastest(page(text(value=b'{"amount":1,"currency":"EUR","new":1}')))
    assert not is_fastest(b'{"success":false,"data":[]}')
    assert not is_fastest(page(text()), Validated)


def test_pages_are_decoded_in_another_way_without_msgspec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_struct, "msgspec", None)
    assert decode_struct.struct_decoder(Lead, lambda field: field.kind) is None


def is_read_late(habit: ReadingHabit, *, rows: int, used: int) -> bool:
    """Decode a page, use some of its leads, and return whether the page was read late."""
    received = run(read_leads("getLeads", Lead)(response(page(*[text()] * rows))))
    received.habit = habit
    leads = run(received.decode()).leads
    is_late = is_unread(leads[0])
    assert [lead.extra for lead in leads[:used]] == [{}] * used
    return is_late


def test_pages_are_decoded_at_once_while_most_of_their_leads_are_used() -> None:
    habit = ReadingHabit()
    for at_once in (4, 8, 16, 16):
        assert is_read_late(habit, rows=50, used=21)
        assert not any(is_read_late(habit, rows=50, used=0) for _ in range(at_once))
    assert is_read_late(habit, rows=50, used=20)
    assert is_read_late(habit, rows=49, used=49)
    assert is_read_late(habit, rows=50, used=21)
    assert not any(is_read_late(habit, rows=50, used=0) for _ in range(4))
    assert is_read_late(habit, rows=50, used=0)


def test_walks_do_not_share_their_habit() -> None:
    assert is_read_late(ReadingHabit(), rows=50, used=50)
    assert is_read_late(ReadingHabit(), rows=50, used=50)


@pytest.mark.parametrize(("rows", "turns"), [(200, 0), (201, 1), (401, 2)])
def test_other_tasks_run_while_a_large_page_is_decoded(
    rows: int, turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "_LONG", 60.0)  # so that a slow machine takes no more turns
    body = page(*[text()] * rows)
    assert len([*decode_page(Lead, body, most_rows=rows).__await__()]) == turns


def test_large_text_with_long_numbers_is_parsed_by_the_standard_library() -> None:
    filler = b" " * (1 << 20)
    assert not is_unread(run(read_one(Lead)(one(filler + text(new=b"1" * 390)))))
    assert is_fastest(page(text(), filler + text(new=b"1" * 300)))
    assert not is_fastest(page(text(), filler + text(new=b"1" * 450)))
    with pytest.raises(UnexpectedResponseError):
        read_page(page(text(), filler + text(new=b"1" * 450)))


def test_errors_of_malformed_rows_have_the_same_paths() -> None:
    leads, errors = read_page(page(text(), text(owner_id=b'"x"'), text(title=b"5")))
    assert [lead.title for lead in leads] == ["Big order"]
    assert [error.paths for error in errors.values()] == [
        ("$.data[1].owner_id: expected int, got str",),
        ("$.data[2].title: expected str, got int",),
    ]
    assert isinstance(errors[1], DecodeError)
    assert errors[1].raw["owner_id"] == "x"
