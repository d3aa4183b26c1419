"""Test the defaults of `Timeouts` and `RetryPolicy`, and that they refuse invalid values."""

from __future__ import annotations

import math
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import ConfigurationError, RetryPolicy, Timeouts


def test_defaults_match_the_documentation() -> None:
    assert attrs.asdict(Timeouts()) == {"connect": 10.0, "read": 30.0, "deadline": 120.0}
    assert attrs.asdict(RetryPolicy()) == {
        "attempts": 3,
        "base": 0.5,
        "cap": 8.0,
        "settle": None,
    }


def test_timeouts_and_retry_policies_are_frozen_and_hashable() -> None:
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
def test_seconds_outside_their_bounds_are_refused(cls: type[Any], name: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} must be a finite number above 0"):
        cls(**{name: value})


@pytest.mark.parametrize(("cls", "name"), SECONDS)
@pytest.mark.parametrize("value", [True, "10", [10]])
def test_seconds_of_another_type_are_refused(cls: type[Any], name: str, value: object) -> None:
    with pytest.raises(
        TypeError, match=rf"^{name} must be a number \(int, float or Decimal\), got"
    ):
        cls(**{name: value})


@pytest.mark.parametrize(("cls", "name"), SECONDS)
@pytest.mark.parametrize("value", [1, 0.001, 1e6])
def test_valid_seconds_are_kept(cls: type[Any], name: str, value: float) -> None:
    assert getattr(cls(**{name: value}), name) == value


@pytest.mark.parametrize("value", [0, -1])
def test_attempts_below_their_bound_are_refused(value: int) -> None:
    with pytest.raises(ConfigurationError, match=f"^attempts must be at least 1, got {value}$"):
        RetryPolicy(attempts=value)


@pytest.mark.parametrize("value", [None, True, 1.0, "1"])
def test_attempts_of_another_type_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^attempts must be an int, got"):
        RetryPolicy(attempts=value)


def test_smallest_number_of_attempts_is_accepted() -> None:
    assert RetryPolicy(attempts=1).attempts == 1


def test_policy_with_a_quota_is_refused_by_keyword_and_by_position() -> None:
    with pytest.raises(TypeError, match="quota"):
        RetryPolicy(quota=500)  # type: ignore[call-arg]  # the case
    with pytest.raises(TypeError, match="positional"):
        RetryPolicy(3, 0.5, 8.0, 500)  # type: ignore[call-arg]  # the case


@pytest.mark.parametrize("name", ["connect", "read", "deadline"])
def test_timeout_of_none_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be a number"):
        Timeouts(**{name: None})  # type: ignore[arg-type]  # the case


def test_settle_must_be_above_zero() -> None:
    assert RetryPolicy(settle=120).settle == 120
    with pytest.raises(ConfigurationError, match=r"^settle must be a finite number above 0"):
        RetryPolicy(settle=0)
