"""Test the checkpoints of watches: what they hold, and which texts are refused."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async import InvalidRequestError, Lead
from pipedrive_leads_async._operations.watch import place as places
from pipedrive_leads_async._operations.watch import seen
from pipedrive_leads_async._operations.watch.place import Place, read_from
from tests.operations.watch.changing_server import time_at

FILTERS = "0123abcd"


def lead(number: int, second: float) -> Lead:
    return Lead(id=f"lead-{number}", title="x", add_time=time_at(1), update_time=time_at(second))


def restored(text: str) -> Place:
    return Place.from_text(text, FILTERS)


def test_checkpoint_restores_the_place() -> None:
    place = Place(
        FILTERS,
        since=5,
        includes_since=False,
        begin=6,
        newest=7,
        latest=8,
        date=9,
        marks=[(8, 6), (9, 7)],
        is_begun=True,
        walk="walk",
    )
    entries = [place.add(lead(number, 10.0 + number))[2] for number in range(3)]
    assert restored(place.to_text()) == place
    assert restored(Place(FILTERS).to_text() + "".join(entries)).seen == place.seen


def test_text_appended_to_a_checkpoint_replaces_an_earlier_state() -> None:
    place = Place(FILTERS)
    place.add(lead(1, 10.0))
    text = place.to_text()
    text += place.add(lead(1, 11.0))[2]
    assert restored(text).add(lead(1, 11.0)) == (False, False, "")
    assert restored(text).add(lead(1, 12.0))[:2] == (True, False)


def test_leads_that_the_next_pass_can_read_are_kept() -> None:
    place = Place(FILTERS, newest=microseconds_at(1000.5))
    for number, second in enumerate((939.9, 940.0, 940.4, 1000.0)):
        place.add(lead(number, second))
    place.end_page("walk")
    place.end_pass()
    known = [place.add(lead(number, second)) for number, second in enumerate((939.9, 940.0, 940.4))]
    assert [is_event for is_event, _, _ in known] == [True, False, False]
    assert read_from(microseconds_at(1000.5)) == microseconds_at(940.0)


def microseconds_at(second: float) -> int:
    return round(time_at(second).timestamp() * 1_000_000)


def test_last_thousand_leads_of_a_pass_are_kept_until_its_end() -> None:
    place = Place(FILTERS, newest=microseconds_at(9000))
    for number in range(1500):
        place.add(lead(number, 100))
    place.end_page("walk")
    assert len(place.seen.now) == 1000
    assert place.add(lead(1499, 100)) == (False, False, "")
    place.end_pass()
    assert not place.seen.earlier


def test_longest_checkpoint_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (seen.WRITTEN + 500) * 20 < places.LONGEST * 0.75  # the rest is for the walk
    monkeypatch.setattr(seen, "WRITTEN", 5)
    full = Place(FILTERS)
    for number in range(4):
        full.add(lead(number, 10.0))
    full.end_pass()
    for number in range(4, 7):
        full.add(lead(number, 10.0))
    again = restored(full.to_text())
    assert [again.add(lead(number, 10.0))[0] for number in range(7)] == [True] * 2 + [False] * 5
    for number in range(7, 12):
        full.add(lead(number, 10.0))
    again = restored(full.to_text())
    assert (len(again.seen.earlier), len(again.seen.now)) == (0, 5)


def test_estimate_of_the_time_needs_two_dates() -> None:
    place = Place(FILTERS, newest=2_000_000, marks=[(100, 1_000_000)])
    place.begin_pass(None)
    assert place.newest == 2_000_000
    place = Place(FILTERS, newest=2_000_000, marks=[(100, 1_000_000)])
    place.begin_pass(400)
    place.begin_pass(900)
    assert place.newest == 301_000_000
    place = Place(FILTERS, newest=None)
    place.begin_pass(101)
    assert (place.newest, place.marks) == (None, [])


def begins(dates: list[int], place: Place) -> list[int | None]:
    """Return the seconds from which the passes after each date read."""
    begins: list[int | None] = []
    for date in dates:
        place.begin_pass(date)
        place.end_pass()
        begins.append(None if place.begin is None else place.begin // 1_000_000)
    return begins


@pytest.mark.parametrize("ahead", [10, 300, 400, 599, 86_400])
@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_dates_that_are_ahead_leave_no_gap(ahead: int, count: int) -> None:
    passes = 40
    true = [1000 + 300 * number for number in range(passes)]
    dates = [date + ahead * (5 <= number < 5 + count) for number, date in enumerate(true)]
    place = Place(FILTERS, begin=700_000_000, newest=700_000_000, marks=[(700, 700_000_000)])
    read_to = 700
    after = begins(dates, place)
    for start, begin in zip(true, [700, *after], strict=False):
        assert begin is not None
        if begin - 60 <= read_to:
            read_to = start
    assert read_to == true[-1]
    assert len(place.marks) <= 16


def test_date_far_behind_reads_again_from_the_first_mark() -> None:
    place = Place(FILTERS, begin=700_000_000, newest=700_000_000, marks=[(700, 700_000_000)])
    assert begins([1000, 1300, 50, 350], place) == [700, 1000, 700, 700]
    assert begins([253_402_300_799 - 86_400], place)[0] == 1000
    assert restored(place.to_text()) == place


def test_change_later_than_the_date_does_not_move_the_next_pass() -> None:
    place = Place(FILTERS, newest=microseconds_at(1000))
    date = microseconds_at(1000) // 1_000_000
    for second, latest in ((900, 900), (1000.9, 1000.9), (1001, 1000.9), (9e6, 1000.9)):
        place.begin_pass(date)
        place.add(lead(int(second), second))
        assert place.latest == microseconds_at(latest)


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    for changed in (text, f"w1.{text}", f"w1.{text}.", f"w1.{text}.."):
        with pytest.raises(InvalidRequestError, match=r"^since is not a checkpoint"):
            restored(changed)


@pytest.mark.parametrize(
    ("position", "value"),
    [
        (0, 5),
        (1, "5"),
        (1, 10**20),
        (2, 5),
        (3, "x"),
        (3, 10**18),
        (4, []),
        (7, 5),
        (7, [5]),
        (7, [[5, 10**18]]),
        (8, None),
        (9, 5),
    ],
)
def test_checkpoint_with_an_invalid_part_is_refused(position: int, value: Any) -> None:
    _, body, rest = Place(FILTERS).to_text().split(".", 2)
    state = json.loads(base64.urlsafe_b64decode(body))
    state[position] = value
    changed = base64.urlsafe_b64encode(json.dumps(state).encode()).decode()
    with pytest.raises(InvalidRequestError, match=r"^since is not a checkpoint"):
        restored(f"w1.{changed}.{rest}")


def test_checkpoint_with_cut_entries_or_too_many_characters_is_refused() -> None:
    text = Place(FILTERS).to_text()
    for changed in (text[:-1], f"{text}AAAA", text + "A" * (9 << 20), text + "!!!!"):
        with pytest.raises(InvalidRequestError, match=r"^since is not a checkpoint"):
            restored(changed)
