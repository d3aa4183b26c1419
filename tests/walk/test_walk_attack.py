"""Test a part of the random walks of `tests.walk_attack`."""

from __future__ import annotations

import pytest

from tests.walk_attack import Attack, check


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_random_walks_miss_and_repeat_no_lead_without_an_error(first: int) -> None:
    for seed in range(first, first + 50):
        check(Attack.random(seed))


@pytest.mark.parametrize("seed", [10945, 23342, 51335, 60424])
def test_stable_list_that_hides_rows_raises_no_error(seed: int) -> None:
    check(Attack.random(seed))
