"""Test how `SharedState` keeps one object per key, and how many it keeps."""

from __future__ import annotations

from asyncio import Event
from weakref import ref

from pipedrive_leads_async._http.transport.shared_state import SharedState


def test_key_has_one_object_that_outlives_its_users() -> None:
    shared = SharedState()
    first = shared.get("a key", Event)
    number = id(first)
    assert shared.get("a key", Event) is first
    assert shared.get("another", Event) is not first
    del first
    assert id(shared.get("a key", Event)) == number


def test_unused_objects_are_dropped_except_the_latest() -> None:
    shared = SharedState()
    used, unused = shared.get("used", Event), ref(shared.get("unused", Event))
    latest = [ref(shared.get(key, Event)) for key in range(2000)]
    assert shared.get("used", Event) is used
    assert unused() is None
    assert all(each() is not None for each in latest[1:])


def test_object_requested_again_counts_as_latest() -> None:
    shared = SharedState()
    again, once = (ref(shared.get(key, Event)) for key in ("again", "once"))
    for number in range(1998):
        shared.get(number, Event)
    shared.get("again", Event)
    shared.get("one more", Event)
    assert again() is not None
    assert once() is None
