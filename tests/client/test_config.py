"""Timeouts and retry policies refuse what cannot be, and name it."""

from __future__ import annotations

import math
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import ConfigurationError, RetryPolicy, Timeouts


def test_the_defaults_are_those_of_the_documentation() -> None:
    assert attrs.asdict(Timeouts()) == {"connect": 10.0, "read": 30.0, "deadline": 120.0}
    assert attrs.asdict(RetryPolicy()) == {
        "attempts": 3,
        "base": 0.5,
        "cap": 8.0,
        "quota": 500,
        "settle": None,
    }


def test_they_are_frozen_and_hashable() -> None:
    assert len({Timeouts(), Timeouts(), RetryPolicy(), RetryPolicy()}) == 2
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Timeouts().read = 1.0  # type: ignore[misc]  # the case


SECONDS = [
    (Timeouts, "connect"),
    (Timeouts, "read"),
    (Timeouts, "deadline"),
    (RetryPolicy, "base"),
    (RetryPolicy, "cap"),
]


@pytest.mark.parametrize(("cls", "name"), SECONDS)
@pytest.mark.parametrize("value", [0, -1, 0.0, -0.5, math.nan, math.inf, -math.inf, 10**400])
def test_seconds_are_finite_and_above_zero(cls: type[Any], name: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} must be a finite number above 0, got"):
        cls(**{name: value})


@pytest.mark.parametrize(("cls", "name"), SECONDS)
@pytest.mark.parametrize("value", [True, "10", [10]])
def test_seconds_are_numbers(cls: type[Any], name: str, value: object) -> None:
    with pytest.raises(TypeError, match=rf"^{name} must be a number \(int or float\), got"):
        cls(**{name: value})


@pytest.mark.parametrize(("cls", "name"), SECONDS)
@pytest.mark.parametrize("value", [1, 0.001, 1e6])
def test_seconds_are_taken_as_they_are(cls: type[Any], name: str, value: float) -> None:
    assert getattr(cls(**{name: value}), name) == value


@pytest.mark.parametrize(
    ("name", "value", "bound"), [("attempts", 0, 1), ("attempts", -1, 1), ("quota", -1, 0)]
)
def test_counts_have_a_lower_bound(name: str, value: int, bound: int) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} must be at least {bound}, got {value}$"):
        RetryPolicy(**{name: value})


@pytest.mark.parametrize("name", ["attempts", "quota"])
@pytest.mark.parametrize("value", [None, True, 1.0, "1"])
def test_counts_are_ints(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be an int, got"):
        RetryPolicy(**{name: value})


def test_the_least_counts_are_taken() -> None:
    assert RetryPolicy(attempts=1, quota=0).attempts == 1


@pytest.mark.parametrize("name", ["connect", "read", "deadline"])
def test_no_timeout_can_be_switched_off(name: str) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be a number"):
        Timeouts(**{name: None})  # type: ignore[arg-type]  # the case


def test_a_time_to_settle_is_positive_or_left_out() -> None:
    assert RetryPolicy(settle=120).settle == 120
    with pytest.raises(ConfigurationError, match=r"^settle must be a finite number above 0"):
        RetryPolicy(settle=0)
