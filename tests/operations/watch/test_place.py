"""Test the checkpoints of watches: what they hold, and which texts are refused."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest

from pipedrive_leads_async import InvalidRequestError, Lead
from pipedrive_leads_async._operations.watch import place as places
from pipedrive_leads_async._operations.watch import seen
from pipedrive_leads_async._operations.watch.place import Mark, Place, read_from
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
        mark=Mark(8, 9, 6),
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
    again = [place.add(lead(number, second)) for number, second in enumerate((939.9, 940.0, 940.4))]
    assert [entry == "" for _, _, entry in again] == [False, True, True]
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


# The time of a pass


def begins(place: Place, clocks: list[tuple[int | None, int]]) -> list[int | None]:
    """Return the seconds from which the passes after each date and time of this machine read."""
    begins: list[int | None] = []
    for date, clock in clocks:
        place.begin_pass(date, clock)
        place.end_pass()
        begins.append(None if place.begin is None else place.begin // 1_000_000)
    return begins


@pytest.mark.parametrize(
    ("clocks", "expected"),
    [
        ([(1000, 5000), (1300, 5300), (1600, 5600)], [700, 1000, 1300]),
        ([(1000, 5000), (9999, 5300), (1600, 5600)], [700, 1000, 1000]),
        ([(1000, 5000), (1300, 9999), (1600, 5600)], [700, 1000, 1000]),
        ([(1000, 5000), (None, 5300), (1600, 5600)], [700, 700, 1300]),
        ([(None, 5000), (None, 5300), (None, 5600)], [700, 700, 700]),
    ],
    ids=["both right", "date ahead", "clock ahead", "one date missing", "no date"],
)
def test_pass_reads_from_the_start_of_the_pass_before(
    clocks: list[tuple[int | None, int]], expected: list[int]
) -> None:
    assert begins(Place(FILTERS, newest=700_000_000), clocks) == expected


@pytest.mark.parametrize("seed", range(20))
def test_pass_never_reads_too_little_while_one_clock_is_right(seed: int) -> None:
    chance = random.Random(seed)
    place = Place(FILTERS, newest=1000_000_000, mark=Mark(1000, 1000, 1000_000_000))
    offsets = [0, 0]
    for second in range(1300, 10_000, 300):
        jump = chance.choice([-86_400, -600, -400, -10, 0, 10, 400, 600, 86_400])
        offsets[chance.randrange(2)] = jump
        place.begin_pass(second + offsets[0], second + offsets[1])
        place.begin_pass(5, 5)  # only the first response counts
        place.end_pass()
        assert place.begin is not None
        assert 1000_000_000 <= place.begin <= second * 1_000_000


def test_time_of_a_pass_without_leads_is_unknown() -> None:
    place = Place(FILTERS)
    assert begins(place, [(1000, 1000), (1300, 1300)]) == [None, None]
    assert place.mark is None


def test_date_in_the_far_future_leaves_a_valid_checkpoint() -> None:
    place = Place(FILTERS, newest=1000_000_000, mark=Mark(1000, 1000, 1000_000_000))
    place.begin_pass(10**12, 10**12)
    place.end_pass()
    assert restored(place.to_text()) == place


@pytest.mark.parametrize("has_date", [True, False])
def test_change_in_the_future_does_not_move_the_next_pass(*, has_date: bool) -> None:
    place = Place(FILTERS, newest=microseconds_at(1000))
    now = microseconds_at(1000) // 1_000_000
    for second, latest in ((900, 900), (1000.9, 1000.9), (1001, 1000.9), (9e6, 1000.9)):
        place.begin_pass(now if has_date else None, 5 if has_date else now)
        place.add(lead(int(second), second))
        assert place.latest == microseconds_at(latest)


# Invalid checkpoints


@pytest.mark.parametrize(
    "text", ["", "x", "w1", "1.", "..", "é", "\ud800", "AAAA", "W10=", "bnVsbA=="]
)
def test_any_other_text_is_refused(text: str) -> None:
    for changed in (text, f"w1.{text}", f"w1.{text}.", f"w1.{text}..", f"w1.{text}.{text}.{text}"):
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
        (6, "x"),
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


@pytest.mark.parametrize("marks", [[], [[5, 6], [7, 8]], [5, 6, 10**18], "x"])
def test_mark_that_is_not_known_is_ignored(marks: Any) -> None:
    _, body, rest = Place(FILTERS, mark=Mark(1, 2, 3)).to_text().split(".", 2)
    state = json.loads(base64.urlsafe_b64decode(body))
    assert state[7] == [1, 2, 3]
    state[6:8] = [None, marks]  # version 0.1.0 wrote a list of pairs
    changed = base64.urlsafe_b64encode(json.dumps(state).encode()).decode()
    assert restored(f"w1.{changed}.{rest}") == Place(FILTERS)


def test_checkpoint_with_cut_entries_or_too_many_characters_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = Place(FILTERS).to_text()
    monkeypatch.setattr(places, "LONGEST", len(text) + 10)
    assert restored(text) == Place(FILTERS)
    for changed in (text[:-1], f"{text}AAAA", text + "A" * 20, text + "!!!!"):
        with pytest.raises(InvalidRequestError, match=r"^since is not a checkpoint"):
            restored(changed)
