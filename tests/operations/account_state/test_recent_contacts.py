"""Test which contacts of an account are remembered, and for how long."""

from __future__ import annotations

from typing import Final

from pipedrive_leads_async._operations.account_state.recent_contacts import RecentContacts
from tests.support.clock import Clock

KEY: Final = ("email", "ann@lee.example")


def test_contact_is_remembered_for_ten_minutes() -> None:
    clock = Clock()
    recent = RecentContacts(clock)
    recent.note(7, [KEY, ("phone", "112")])
    clock.skip(300)
    recent.note(8, [KEY])
    assert recent.ids(KEY) == [7, 8]
    clock.skip(301)
    assert recent.ids(KEY) == [8]
    assert recent.ids(("phone", "112")) == []
    assert recent.ids(("email", "bo@lee.example")) == []


def test_changed_contact_is_remembered_anew() -> None:
    clock = Clock()
    recent = RecentContacts(clock)
    recent.note(7, [KEY])
    clock.skip(599)
    recent.note(7, [KEY])
    clock.skip(599)
    assert recent.ids(KEY) == [7]


def test_latest_ten_contacts_of_an_address_are_remembered() -> None:
    recent = RecentContacts(Clock())
    for id in range(20):
        recent.note(id, [KEY])
    recent.note(10, [KEY])  # it was changed
    recent.note(20, [KEY])
    assert recent.ids(KEY) == [*range(12, 20), 10, 20]


def test_latest_addresses_are_remembered() -> None:
    recent = RecentContacts(Clock())
    for number in range(10_002):
        recent.note(number, [("phone", str(number))])
    assert [recent.ids(("phone", str(number))) for number in (0, 1, 2, 10_001)] == [
        [],
        [],
        [2],
        [10_001],
    ]
