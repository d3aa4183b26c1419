"""Test `Checkpoint`: its text is short, can be parsed again, and is refused if it is altered."""

from __future__ import annotations

import base64
import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async._walk.checkpoint import Checkpoint
from pipedrive_leads_async._walk.join import Join
from pipedrive_leads_async._walk.pages import DecodedPage
from pipedrive_leads_async._walk.trail import EVER, Trail
from pipedrive_leads_async.errors import InvalidRequestError
from pipedrive_leads_async.models import Lead
from tests.walk.list_server import ids, lead, leads, second


def trail_after(rows: list[Lead], *, limit: int = 500, ordered: bool = True) -> Trail:
    """Return the trail of a walk that has read these rows."""
    trail = Trail.begin(0, limit=limit, ordered=ordered)
    trail.advance(0, DecodedPage(rows), rows, len(rows))
    return trail


def text(trail: Trail) -> str:
    return Checkpoint(
        "LEADS", ("LEADS",), trail, saw_archived=False, may_have_missed=False, digest="7f3a"
    ).to_text()


def parse(written: str, *, limit: int = 500, ordered: bool = True) -> Checkpoint:
    return Checkpoint.from_text(written, limit=limit, by_creation=ordered)


def tampered(change: int, value: object) -> str:
    """Return a checkpoint with another value in one place."""
    state: list[Any] = json.loads(
        base64.urlsafe_b64decode(text(trail_after(leads(9))).split(".")[1])
    )
    state[change] = value
    return encoded(state)


def encoded(state: list[Any]) -> str:
    written = json.dumps(state, separators=(",", ":")).encode()
    return f"2.{base64.urlsafe_b64encode(written).decode()}"


@pytest.mark.parametrize("saw_archived", [True, False])
def test_checkpoint_is_parsed_as_it_was_written(saw_archived: bool) -> None:
    trail = trail_after(leads(500))
    lists = ("LEADS_ALL", "ARCHIVED")
    checkpoint = Checkpoint(
        "ARCHIVED", lists, trail, saw_archived, may_have_missed=not saw_archived, digest="7f3a"
    )
    found = parse(checkpoint.to_text())
    assert (found.list_name, found.lists, found.digest) == ("ARCHIVED", lists, "7f3a")
    assert (found.saw_archived, found.may_have_missed) == (saw_archived, not saw_archived)
    assert (found.trail.start, found.trail.frontier) == (498, 500)
    assert (found.trail.join, found.trail.ordered) == (Join.TIME, True)
    assert found.trail.boundary == second(499)


@pytest.mark.parametrize(
    ("start", "join", "known", "ordered"),
    [
        (479, "time", ["lead-499"], True),
        (0, "id", ["lead-499", "lead-498"], False),
        (500, "trust", ["lead-499", "lead-498"], False),
    ],
)
def test_checkpoint_of_version_1_is_read(
    start: int, join: str, known: list[str], ordered: bool
) -> None:
    time = "2024-01-01T00:08:19+00:00"
    state = ["LEADS", start, 500, join, True, time, time, known, False, "7f3a"]
    found = parse(f"1.{encoded(state)[2:]}")
    assert (found.lists, found.may_have_missed) == ((), False)
    assert (found.trail.start, found.trail.frontier) == (480, 500)
    assert (found.trail.ordered, found.trail.complete) == (ordered, ordered)
    assert list(found.trail.known) == known[::-1]
    assert found.trail.low == (second(499) if ordered else EVER)


@pytest.mark.parametrize("state", [[], {}, ["LEADS", 0, 500, "trust"]])
def test_altered_checkpoint_of_version_1_is_refused(state: Any) -> None:
    with pytest.raises(InvalidRequestError, match="resume_from"):
        parse(f"1.{encoded(state)[2:]}")


@pytest.mark.parametrize(
    ("list_name", "archived_status"), [("ARCHIVED", "all"), ("LEADS_ALL", None)]
)
def test_checkpoint_of_version_1_of_another_list_is_refused(
    list_name: str, archived_status: str | None
) -> None:
    time = "2024-01-01T00:08:19+00:00"
    state = [list_name, 479, 500, "time", True, time, time, ["lead-499"], False, "00000000"]
    with pytest.raises(InvalidRequestError, match=r"^resume_from comes from a walk with other"):
        LeadsClient("a-canary").get_leads(
            archived_status=archived_status, resume_from=f"1.{encoded(state)[2:]}"
        )


def test_checkpoint_of_version_1_without_a_lead_is_refused() -> None:
    time = "2024-01-01T00:08:19+00:00"
    state: Any = ["LEADS", 500, 500, "trust", False, time, time, [], False, "7f3a"]
    with pytest.raises(InvalidRequestError, match="resume_from"):
        parse(f"1.{encoded(state)[2:]}")


def test_checkpoint_of_more_leads_of_one_time_than_fit_has_the_last_ones() -> None:
    found = parse(text(trail_after(leads(1001, add_time=second(0)))))
    assert list(found.trail.known) == ids(leads(21, first=980))
    assert (found.trail.ordered, found.trail.complete) == (False, False)


def test_checkpoint_in_creation_order_has_the_ids_of_the_latest_time() -> None:
    found = parse(text(trail_after([*leads(499), lead(500, add_time=second(498))])))
    assert found.trail.low == found.trail.boundary == second(498)
    assert set(found.trail.known) == {"lead-498", "lead-500"}


def test_checkpoint_in_another_order_has_the_ids_of_the_last_leads() -> None:
    trail = trail_after(leads(500), ordered=False)
    found = parse(text(trail), ordered=False)
    assert list(found.trail.known) == ids(leads(21, first=479))
    assert (found.trail.join, found.trail.ordered) == (Join.ID, False)


def test_checkpoint_in_creation_order_is_short() -> None:
    rows = [lead(n, add_time=second(n)) for n in range(500)]
    assert len(text(trail_after(rows))) < 600


def test_checkpoint_contains_no_long_id() -> None:
    rows = [lead(0), Lead(id="x" * 1_000_000, title="Odd", add_time=second(0))]
    for ordered in (True, False):
        written = text(trail_after(rows, ordered=ordered))
        assert len(written) < 700
        assert list(parse(written, ordered=ordered).trail.known) == ["lead-0"]


def test_checkpoint_of_more_than_a_mebibyte_is_refused_before_it_is_parsed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(base64, "b64decode", None)
    with pytest.raises(InvalidRequestError, match="resume_from is not a checkpoint"):
        parse(f"2.{'A' * (1 << 20)}=")


@given(st.text(max_size=100 - 3))
def test_checkpoint_contains_only_characters_that_need_no_escaping(id: str) -> None:
    written = text(trail_after([Lead(id=f"{id}?>~", title="Odd", add_time=second(0))]))
    assert set(written) <= set(string.ascii_letters + string.digits + "-_.=")
    assert list(parse(written).trail.known) == [f"{id}?>~"]


def test_checkpoint_can_be_parsed_for_another_page_size() -> None:
    found = parse(text(trail_after(leads(500))), limit=10)
    assert not found.trail.overlaps
    assert found.trail.join is Join.TIME


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "1",
        "1.",
        "1.e30=",
        "2.e30=",
        "2.bnVsbA==",
        "1.!!!",
        "1.é",
        "479",
        "https://example.com/?start=479",
        "2." + base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        "2." + base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_text_that_is_not_a_checkpoint_is_refused(garbage: str) -> None:
    with pytest.raises(InvalidRequestError, match="resume_from"):
        parse(garbage)


def test_value_that_is_not_a_str_is_a_type_error() -> None:
    number: Any = 479
    with pytest.raises(TypeError, match="resume_from"):
        parse(number)


def test_checkpoint_of_another_version_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="resume_from"):
        parse("3" + text(trail_after(leads(9)))[1:])


@pytest.mark.parametrize("length", range(0, 149, 7))
def test_truncated_checkpoint_is_refused(length: int) -> None:
    whole = text(trail_after(leads(500)))
    with pytest.raises(InvalidRequestError, match="resume_from"):
        parse(whole[:length])


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, 5),
        (1, None),
        (1, [1]),
        (2, -1),
        (2, 10**9),
        (2, "5"),
        (3, None),
        (4, "guess"),
        (5, 1),
        (6, "yesterday"),
        (6, 17),
        (6, "0001-01-01T00:00:00+14:00"),
        (7, "lead-1"),
        (7, [1]),
        (7, ["lead-1", 1]),
        (8, None),
        (9, 5),
        (10, "no"),
        (11, 0),
        (12, None),
    ],
)
def test_checkpoint_with_a_wrong_value_is_refused(place: int, value: object) -> None:
    with pytest.raises(InvalidRequestError, match="resume_from"):
        parse(tampered(place, value))


@pytest.mark.parametrize("noise", [" ", "\n", "!", "."])
def test_checkpoint_with_an_inserted_character_is_refused(noise: str) -> None:
    whole = text(trail_after(leads(500)))
    with pytest.raises(InvalidRequestError, match="resume_from"):
        parse(whole[:20] + noise + whole[20:])


@given(st.text(max_size=30))
def test_arbitrary_text_is_refused(garbage: str) -> None:
    with pytest.raises(InvalidRequestError, match="resume_from"):
        parse(garbage)
