"""Test `Trail`: which pages join, which of their leads are new, and where the next page begins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async._walk.join import Join
from pipedrive_leads_async._walk.overlap import OVERLAP
from pipedrive_leads_async._walk.pages import DecodedPage
from pipedrive_leads_async._walk.trail import EVER, Trail
from pipedrive_leads_async.models import Lead
from tests.walk.list_server import ids, lead, leads, malformed, second


def page(*rows: Lead, wrong: tuple[int, ...] = ()) -> DecodedPage[Lead]:
    """Return a page of these rows, of which those in `wrong` are malformed."""
    errors = {row: malformed(rows[row], row) for row in wrong}
    return DecodedPage([each for row, each in enumerate(rows) if row not in wrong], errors)


def new_trail(start: int = 0, *, limit: int = 500, ordered: bool = True) -> Trail:
    return Trail.begin(start, limit=limit, ordered=ordered)


def trail_after(*rows: Lead, start: int = 0, limit: int = 500, ordered: bool = True) -> Trail:
    """Return the trail of a walk that has read one page of these rows."""
    trail = new_trail(start, limit=limit, ordered=ordered)
    trail.advance(start, page(*rows), list(rows), start + len(rows))
    return trail


def read_page(trail: Trail, *rows: Lead, start: int | None = None) -> list[str]:
    """Read a page that joins, and return the ids of its new leads."""
    start = trail.start if start is None else start
    found = page(*rows)
    assert trail.joins(start, found)
    new_leads = trail.new_leads(found)
    trail.advance(start, found, new_leads, start + len(rows))
    return ids(new_leads)


# A page


@given(st.lists(st.booleans(), max_size=12))
def test_rows_of_a_page_include_its_malformed_rows(marks: list[bool]) -> None:
    rows = leads(len(marks))
    found = page(*rows, wrong=tuple(i for i, wrong in enumerate(marks) if wrong))
    assert found.rows == len(rows)
    for index, each in enumerate(found.leads):
        row = found.row(index)
        assert rows[row] is each
        assert found.index(row) == index
        assert found.before(row).leads == found.leads[:index]
        assert found.before(row).rows == row


@pytest.mark.parametrize(
    ("times", "in_order"),
    [([], True), ([1, 2, 2, 3], True), ([2, 1], False), ([1, None], False), ([None, 1], False)],
)
def test_creation_times_are_used_only_if_complete_and_ascending(
    times: list[float | None], in_order: bool
) -> None:
    rows = [lead(i, add_time=None if t is None else second(t)) for i, t in enumerate(times)]
    assert (page(*rows).times is not None) == in_order


# The next page


def test_next_page_begins_before_the_end_of_the_last_one() -> None:
    trail = trail_after(*leads(500))
    assert (trail.start, trail.frontier) == (498, 500)


def test_next_page_begins_before_all_leads_of_the_latest_time() -> None:
    trail = trail_after(*leads(400), *leads(100, first=400, add_time=second(400)))
    assert trail.start == 399
    assert trail.join is Join.TIME


def test_next_page_begins_with_one_lead_before_the_latest_time() -> None:
    trail = trail_after(*leads(300), *leads(200, first=300, add_time=second(300)), limit=500)
    assert trail.start == 299
    short = trail_after(*leads(10))
    assert (short.start, short.join) == (8, Join.TIME)


def test_latest_time_is_read_again_even_if_it_fills_most_of_a_page() -> None:
    trail = trail_after(*leads(2), *leads(498, first=2, add_time=second(2)))
    assert (trail.start, trail.join) == (1, Join.TIME)


def test_pages_join_by_id_if_one_time_fills_a_page() -> None:
    trail = trail_after(lead(0), *leads(499, first=1, add_time=second(1)))
    assert (trail.start, trail.join) == (500 - OVERLAP - 1, Join.ID)
    assert read_page(trail, *leads(100, first=479, add_time=second(1))) == ids(leads(79, first=500))


def test_page_is_read_again_twice_as_large_if_one_time_fills_it() -> None:
    trail = new_trail(limit=50)
    rows = leads(50, add_time=second(0))
    trail.advance(0, page(*rows), rows, 50, can_grow=True)
    assert (trail.start, trail.join, trail.needs_larger) == (0, Join.TIME, True)


def test_small_pages_do_not_overlap() -> None:
    trail = trail_after(*leads(49), limit=49)
    assert (trail.start, trail.join) == (49, Join.NEW)
    assert trail_after(*leads(50), limit=50).start < 50


def test_page_of_one_row_cannot_overlap() -> None:
    trail = trail_after(lead(0))
    assert (trail.start, trail.join) == (1, Join.TRUST)


def test_overlap_includes_hidden_rows() -> None:
    trail = new_trail()
    trail.advance(0, page(*leads(90)), leads(90), 100)
    assert (trail.start, trail.frontier, trail.join) == (96, 100, Join.TIME)


def test_page_that_hides_most_of_its_rows_overlaps_too() -> None:
    trail = new_trail()
    trail.advance(0, page(*leads(40)), leads(40), 100)
    assert (trail.start, trail.sure, trail.join) == (90, 38, Join.TIME)
    trail.step_back(100)
    assert trail.start == 38


def test_malformed_rows_count_as_positions() -> None:
    rows = leads(100)
    trail = new_trail()
    found = page(*rows, wrong=(10, 85, 99))
    trail.advance(0, found, found.leads, 100)
    # The last lead is in row 98, and the one before it in row 97.
    assert trail.start == 97
    assert trail.join is Join.TIME


def test_page_with_a_malformed_second_half_overlaps_its_first_half() -> None:
    found = page(*leads(100), wrong=tuple(range(40, 100)))
    trail = new_trail()
    trail.advance(0, found, found.leads, 100)
    assert (trail.start, trail.join) == (38, Join.TIME)


def test_overlap_among_malformed_rows_is_counted_in_leads() -> None:
    found = page(*leads(100), wrong=tuple(range(90)))
    trail = new_trail()
    trail.advance(0, found, found.leads, 100)
    assert (trail.start, trail.join, trail.low) == (98, Join.TIME, second(98))


def test_malformed_lead_that_was_read_is_known() -> None:
    found = page(*leads(100), wrong=(99,))
    trail = new_trail()
    trail.advance(0, found, found.leads, 100)
    assert "lead-99" in trail.known


def test_malformed_row_without_an_id_adds_nothing_to_known() -> None:
    error = malformed(lead(1))
    error.lead_id = None
    trail = new_trail()
    trail.advance(0, DecodedPage([], {0: error}), [], 1)
    assert trail.known == {}


# Joining


def test_page_joins_if_its_first_lead_is_older_than_the_boundary() -> None:
    trail = trail_after(*leads(100))
    assert trail.joins(trail.start, page(*leads(100, first=98)))
    assert not trail.joins(trail.start, page(*leads(100, first=99)))
    assert not trail.joins(trail.start, page(*leads(100, first=150)))


def test_page_joins_by_an_older_lead_after_all_known_leads_were_deleted() -> None:
    trail = trail_after(*leads(100))
    assert trail.joins(40, page(*leads(10, first=30), *leads(50, first=200)))


def test_empty_page_joins_only_at_position_0() -> None:
    trail = trail_after(*leads(100))
    assert not trail.joins(trail.start, page())
    assert trail.joins(0, page())


def test_page_at_position_0_always_joins() -> None:
    trail = trail_after(*leads(100))
    assert read_page(trail, *leads(50, first=300), start=0) == ids(leads(50, first=300))


def test_first_page_joins_at_any_position() -> None:
    assert new_trail(1000).joins(1000, page(*leads(5)))
    assert new_trail(1000).joins(1000, page())


def test_page_in_another_order_joins_if_its_first_lead_was_read() -> None:
    trail = trail_after(*leads(100), ordered=False)
    assert trail.joins(trail.start, page(lead(99), lead(500)))
    assert not trail.joins(trail.start, page(lead(500), lead(99)))
    assert not trail.joins(trail.start, page(lead(500), lead(501)))


def test_small_page_that_begins_with_an_older_lead_joins_only_if_it_overlaps() -> None:
    trail = trail_after(*leads(10, first=10), limit=10)
    assert not trail.joins(10, page(lead(5), *leads(5, first=20)))
    assert trail.joins(10, page(lead(5), lead(19)))
    assert trail.joins(8, page(lead(5), *leads(5, first=20)))


def test_large_page_joins_by_an_older_lead_without_an_overlap() -> None:
    trail = trail_after(*leads(10, first=10))
    assert trail.joins(10, page(lead(5), *leads(5, first=20)))


def test_pages_join_by_id_after_times_out_of_order() -> None:
    trail = trail_after(*leads(100))
    disorder = page(lead(98), lead(150), lead(99), lead(149))
    assert trail.joins(trail.start, disorder)
    assert not trail.joins(trail.start, page(lead(150), lead(149)))
    trail.advance(trail.start, disorder, trail.new_leads(disorder), trail.start + 4)
    assert not trail.ordered
    assert trail.join is Join.ID


# New leads


def test_leads_read_again_are_not_new() -> None:
    trail = trail_after(*leads(100))
    assert read_page(trail, *leads(100, first=79)) == ids(leads(79, first=100))


def test_leads_of_the_latest_time_are_recognized_by_id() -> None:
    trail = trail_after(*leads(90), *leads(10, first=90, add_time=second(90)))
    tie = leads(15, first=90, add_time=second(90))
    assert read_page(trail, *leads(20, first=70), *reversed(tie)) == ids(
        reversed(leads(5, first=100))
    )


def test_lead_older_than_low_is_not_new_when_it_comes_back() -> None:
    trail = trail_after(*leads(100))
    assert read_page(trail, lead(3), *leads(50, first=79)) == ids(leads(29, first=100))


def test_leads_that_come_back_between_deleted_ones_are_not_new() -> None:
    trail = trail_after(*leads(500))
    assert read_page(trail, *leads(300, first=100), lead(500)) == ["lead-500"]
    assert read_page(trail, *leads(122, first=380)) == ["lead-501"]


def test_lead_of_the_latest_time_is_not_new_when_it_comes_back() -> None:
    trail = trail_after(*leads(100))
    twin = lead(100, add_time=second(99))
    without = [*leads(20, first=79), twin, *leads(19, first=101)]
    assert read_page(trail, *without) == ids([twin, *leads(19, first=101)])
    assert read_page(trail, lead(98), lead(99), twin, *leads(20, first=101)) == ["lead-120"]


def test_unknown_lead_between_known_ones_is_new_once() -> None:
    trail = trail_after(*leads(100))
    newcomer = lead(1000, add_time=second(98.5))
    rows = [lead(97), lead(98), newcomer, *leads(10, first=99)]
    assert read_page(trail, *rows) == [newcomer.id, *ids(leads(9, first=100))]
    assert read_page(trail, newcomer, *leads(10, first=99), start=50) == []


def test_unknown_lead_slightly_out_of_order_is_new() -> None:
    trail = trail_after(*leads(100))
    late = lead(1000, add_time=second(98.5))
    assert read_page(trail, *leads(21, first=79), late, lead(100)) == [late.id, "lead-100"]


def test_leads_before_the_start_of_a_walk_are_not_new() -> None:
    trail = trail_after(*leads(100, first=200), start=200)
    assert read_page(trail, *leads(300, first=100), start=100) == ids(leads(100, first=300))


def test_all_leads_at_position_0_are_new_in_another_order_if_none_is_known() -> None:
    trail = trail_after(*leads(100), ordered=False)
    assert read_page(trail, *leads(50, first=300), start=0) == ids(leads(50, first=300))


def test_lead_missed_between_small_pages_is_new_when_it_comes_back() -> None:
    trail = trail_after(*leads(10), limit=10)
    assert read_page(trail, *leads(10, first=15)) == ids(leads(10, first=15))
    assert read_page(trail, *leads(10, first=12)) == ids(leads(3, first=12))


def test_leads_of_small_pages_are_recognized_by_id_alone() -> None:
    trail = trail_after(lead(5), lead(4), limit=2)
    assert read_page(trail, lead(3), lead(5), lead(2)) == ["lead-3", "lead-2"]


@pytest.mark.parametrize("ordered", [True, False])
def test_lead_that_a_page_contains_twice_is_new_once(ordered: bool) -> None:
    trail = new_trail(ordered=ordered)
    assert read_page(trail, lead(1), lead(2), lead(2), lead(3), lead(1)) == ids(
        [lead(1), lead(2), lead(3)]
    )


def test_lead_without_a_creation_time_is_new_unless_its_id_is_known() -> None:
    trail = trail_after(*leads(100))
    without_time = [lead(n, add_time=None) for n in (98, 500)]
    assert read_page(trail, *without_time) == ["lead-500"]


# Memory


def test_memory_is_flat_in_creation_order() -> None:
    trail = trail_after(*leads(500))
    for first in range(479, 20_000, 479):
        read_page(trail, *leads(500, first=first))
        assert len(trail.known) == 2


def test_memory_is_flat_if_each_page_has_one_new_lead() -> None:
    trail = trail_after(*leads(100))
    for last in range(100, 1000):
        read_page(trail, *leads(21, first=last - 20), start=trail.start + 1)
    assert len(trail.known) < 100


def test_ids_of_one_time_are_kept_until_a_later_time_was_read() -> None:
    trail = trail_after(*leads(500, add_time=DAY))
    read_page(trail, *leads(500, first=479, add_time=DAY))
    assert len(trail.known) == 979
    rest = [lead(n, add_time=second(86_400 + n)) for n in range(1000, 1479)]
    read_page(trail, *leads(21, first=958, add_time=DAY), *rest)
    assert len(trail.known) == 2


def test_every_id_is_kept_in_another_order() -> None:
    trail = trail_after(*leads(100), ordered=False)
    read_page(trail, *leads(100, first=79))
    assert len(trail.known) == 179
    assert trail.low == EVER


def test_older_page_read_again_changes_neither_times_nor_ids() -> None:
    trail = trail_after(*leads(500))
    low, boundary, known = trail.low, trail.boundary, dict(trail.known)
    assert read_page(trail, *leads(100, first=50), start=50) == []
    assert (trail.low, trail.boundary, trail.known) == (low, boundary, known)
    assert trail.start == 148


# Steps back


def test_steps_back_double_and_end_at_position_0() -> None:
    trail = trail_after(*leads(500), start=2000)
    starts: list[int] = []
    for _ in range(4):
        trail.step_back(500)
        starts.append(trail.start)
    assert starts == [2248, 1748, 748, 0]


def test_page_that_joins_ends_the_steps_back() -> None:
    trail = trail_after(*leads(500), start=2000)
    trail.step_back(500)
    read_page(trail, *leads(500, first=400))
    assert trail.steps_back == 0


def test_next_page_begins_earlier_after_the_list_moved_up_twice() -> None:
    trail = trail_after(*leads(500))
    read_page(trail, *leads(500, first=478 + 10), start=478)
    assert trail.start == 478 + 498 - OVERLAP
    read_page(trail, *leads(500, first=966 + 10))
    assert trail.start == 956 + 498 - OVERLAP - 10


def test_page_without_new_leads_resets_the_expected_move() -> None:
    trail = trail_after(*leads(500))
    read_page(trail, *leads(500, first=500), start=0)
    read_page(trail, *leads(500, first=1000), start=0)
    assert trail.start == 0
    read_page(trail, *leads(500, first=1000))
    assert trail.start == 498 - OVERLAP


DAY = second(86_400)
