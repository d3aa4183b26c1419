"""Test `BoundedDict`."""

from __future__ import annotations

from pipedrive_leads_async._shared.bounded import MAX_ENTRIES, BoundedDict


def test_entries_that_were_set_last_are_kept() -> None:
    entries: BoundedDict[int, str] = BoundedDict()
    for number in range(MAX_ENTRIES):
        entries[number] = "first"
    entries[0] = "again"
    entries[-1] = "new"
    assert len(entries) == MAX_ENTRIES
    assert entries[0] == "again"
    assert 1 not in entries
    assert 2 in entries


def test_update_keeps_the_bound() -> None:
    entries: BoundedDict[int, None] = BoundedDict()
    entries.update(dict.fromkeys(range(MAX_ENTRIES + 5)))
    assert next(iter(entries)) == 5
    assert len(entries) == MAX_ENTRIES
