"""Test which requests `UncertainKeys` remembers for a key."""

from __future__ import annotations

from typing import Final

from pipedrive_leads_async._operations.account_state.uncertain_keys import Key, UncertainKeys
from tests.support.clock import Clock

KEY: Final[Key] = ("email", "ann@lee.example")


class StoppedClock(Clock):
    """A clock that only a test puts forward."""

    def __call__(self) -> float:
        return self._skipped


def test_key_is_uncertain_until_all_its_requests_are_known() -> None:
    keys = UncertainKeys(StoppedClock())
    keys.note_sent(KEY, "first")
    keys.note_sent(KEY, "second")
    keys.forget(KEY, ["first"])
    assert keys.requests(KEY) == ["second"]
    keys.forget(KEY, ["second"])
    assert KEY not in keys


def test_time_left_is_that_of_the_latest_request() -> None:
    clock = StoppedClock()
    keys = UncertainKeys(clock)
    keys.note_sent(KEY, "first")
    clock.skip(10)
    keys.note_sent(KEY, "second")
    assert keys.time_left(KEY, None) == 30.0
    keys.forget(KEY, ["second"])
    assert keys.time_left(KEY, None) == 20.0
    keys.forget(KEY)
    assert keys.time_left(KEY, None) == 0.0


def test_old_requests_of_a_key_count_as_one_that_stays() -> None:
    keys = UncertainKeys(StoppedClock())
    for number in range(100):
        keys.note_sent(KEY, number)
    assert keys.requests(KEY) == [None, *range(90, 100)]
    keys.forget(KEY, range(100))
    assert keys.requests(KEY) == [None]
