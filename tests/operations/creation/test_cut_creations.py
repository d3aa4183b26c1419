"""Test that a creation cut at any byte, or delivered late, and then repeated makes one lead."""

from __future__ import annotations

import logging

import pytest

from tests.soak_creations import soak


@pytest.fixture(autouse=True)
def ignore_the_log_of_the_sandbox(caplog: pytest.LogCaptureFixture) -> None:
    """Ignore the errors that aiohttp logs for requests that are cut."""
    caplog.set_level(logging.CRITICAL, "aiohttp.server")


async def test_creation_cut_at_every_100th_byte_makes_one_lead_for_each_key() -> None:
    outcomes = await soak(step=100, late=2)
    assert {outcome.split(":")[0] for outcome in outcomes} == {
        "keys, each with one lead",
        "late after a cancellation",
        "late after a timeout",
        "request cut",
        "response cut",
    }
