"""Test `UncertainKeys`, and how all clients of an account find one `AccountState`."""

from __future__ import annotations

import pytest

from pipedrive_leads_async import AccessToken, LeadsClient, SessionManager
from pipedrive_leads_async._operations.account_state.state import AccountState
from pipedrive_leads_async._operations.account_state.uncertain_keys import UncertainKeys
from pipedrive_leads_async._shared.bounded import MAX_ENTRIES

KEY = ("origin_id", "order-1234")


class Clock:
    """A clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("settle", "seconds"), [(None, 30.0), (0.01, 30.0), (30.0, 30.0), (120.0, 120.0)]
)
def test_key_is_uncertain_for_30_seconds_or_the_settle_time(
    settle: float | None, seconds: float
) -> None:
    clock = Clock()
    keys = UncertainKeys(clock)
    keys.note_sent(KEY)
    assert keys.time_left(KEY, settle) == seconds
    clock.now += 20.0
    assert keys.time_left(KEY, settle) == seconds - 20.0
    clock.now += 200.0
    assert keys.time_left(KEY, settle) == 0.0
    assert KEY in keys


def test_last_request_of_a_key_counts() -> None:
    clock = Clock()
    keys = UncertainKeys(clock)
    keys.note_sent(KEY)
    clock.now += 20.0
    keys.note_sent(KEY)
    assert keys.time_left(KEY, None) == 30.0


def test_forgotten_key_is_not_waited_for() -> None:
    keys = UncertainKeys(Clock())
    keys.note_sent(KEY)
    keys.forget(KEY)
    keys.forget(KEY)
    assert KEY not in keys
    assert keys.time_left(KEY, None) == 0.0


def test_latest_10_000_keys_are_kept() -> None:
    keys = UncertainKeys(Clock())
    keys.note_sent(("origin_id", "0"))
    for number in range(MAX_ENTRIES):
        keys.note_sent(("origin_id", str(number)))
    assert len(keys) == MAX_ENTRIES
    assert ("origin_id", "0") in keys
    keys.note_sent(KEY)
    assert len(keys) == MAX_ENTRIES
    assert ("origin_id", "0") not in keys


def state_of(client: LeadsClient) -> AccountState:
    state: AccountState = vars(client)["_account"]
    return state


def test_clients_with_equal_credentials_and_one_manager_share_their_state() -> None:
    manager = SessionManager()
    first, second = (LeadsClient("token", session=manager) for _ in range(2))
    assert state_of(first) is state_of(second)
    others = [
        LeadsClient("another", session=manager),
        LeadsClient(AccessToken("token"), session=manager),
        LeadsClient("token"),
    ]
    assert len({id(state_of(client)) for client in (first, *others)}) == 4


def test_state_outlives_the_clients_of_the_account() -> None:
    manager = SessionManager()
    state_of(LeadsClient("token", session=manager)).uncertain_keys.note_sent(KEY)
    assert KEY in state_of(LeadsClient("token", session=manager)).uncertain_keys
