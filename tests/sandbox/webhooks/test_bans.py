"""Test what the sandbox does to a webhook that fails: it is banned, and in the end deleted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from pipedrive_leads_async.sandbox._webhooks.policy import Health, Policy
from tests.support.raw_server import RawServer, http
from tests.support.sandbox_api import Api, all_delivered, serving

FAIL, ACCEPT = (http(500),), (http(204),)


def quick_sandbox(*, waits: tuple[float, ...] = (), **options: Any) -> Sandbox:
    return Sandbox(leads=0, burst=None, webhook_waits=waits, **options)


async def add_leads(sandbox: Sandbox, *titles: str) -> None:
    """Add leads one after the other, and wait until their events are delivered or lost."""
    for title in titles:
        sandbox.add_lead(title=title)
    await all_delivered(sandbox)


def titles(receiver: RawServer) -> list[str]:
    return [request.json["data"]["title"] for request in receiver.requests]


NINE = tuple(f"failed {n}" for n in range(9))


async def test_events_are_lost_after_ten_failed_first_attempts() -> None:
    async with RawServer(*[FAIL] * 10, ACCEPT) as receiver, quick_sandbox() as sandbox:
        sandbox.add_webhook(receiver.origin)
        await add_leads(sandbox, *NINE, "tenth", "lost")
        await add_leads(sandbox, "also lost")
        assert titles(receiver) == [*NINE, "tenth"]


async def test_nine_failed_first_attempts_are_no_reason_for_a_ban() -> None:
    async with RawServer(*[FAIL] * 9, ACCEPT) as receiver, quick_sandbox() as sandbox:
        sandbox.add_webhook(receiver.origin)
        await add_leads(sandbox, *NINE, "accepted")
        await add_leads(sandbox, "accepted, too")
        assert titles(receiver) == [*NINE, "accepted", "accepted, too"]


async def test_success_does_not_reset_the_number_of_failures() -> None:
    async with RawServer(*[FAIL] * 9, ACCEPT, FAIL, ACCEPT) as receiver, quick_sandbox() as sandbox:
        sandbox.add_webhook(receiver.origin)
        await add_leads(sandbox, *NINE, "accepted", "tenth failure", "lost")
        assert titles(receiver)[-1] == "tenth failure"


async def test_failed_retries_do_not_count() -> None:
    async with RawServer(FAIL) as receiver, quick_sandbox(waits=(0.001,) * 3) as sandbox:
        sandbox.add_webhook(receiver.origin)
        await add_leads(sandbox, *NINE)
        assert len(receiver.requests) == 36
        receiver.responses[:] = [ACCEPT]
        await add_leads(sandbox, "accepted")
        assert titles(receiver)[-1] == "accepted"


async def test_event_before_a_ban_is_still_repeated() -> None:
    async with (
        RawServer(*[FAIL] * 10, ACCEPT) as receiver,
        quick_sandbox(waits=(0.5,)) as sandbox,
    ):
        sandbox.add_webhook(receiver.origin)
        await add_leads(sandbox, *NINE, "tenth", "lost")
        assert sorted(titles(receiver)[10:]) == [*NINE, "tenth"]


async def test_ban_ends_and_the_failures_are_counted_from_zero() -> None:
    async with (
        RawServer(*[FAIL] * 19, ACCEPT) as receiver,
        quick_sandbox(webhook_ban=0.1) as sandbox,
    ):
        sandbox.add_webhook(receiver.origin)
        await add_leads(sandbox, *NINE, "tenth", "lost")
        await asyncio.sleep(0.1)
        await add_leads(sandbox, *NINE, "accepted")
        assert titles(receiver)[10:] == [*NINE, "accepted"]


async def test_ban_applies_to_one_webhook_only() -> None:
    failing, working = RawServer(FAIL), RawServer(ACCEPT)
    async with failing, working, quick_sandbox() as sandbox:
        for server in (failing, working):
            sandbox.add_webhook(server.origin)
        await add_leads(sandbox, *NINE, "tenth", "eleventh")
        assert len(failing.requests) == 10
        assert len(working.requests) == 11


async def test_webhook_without_a_success_is_deleted() -> None:
    sandbox = quick_sandbox(webhook_lifetime=0.05)
    async with RawServer(FAIL) as receiver, serving(sandbox) as api:
        sandbox.add_webhook(receiver.origin)
        await add_leads(sandbox, "failed")
        assert len(await webhooks(api)) == 1
        await asyncio.sleep(0.05)
        await add_leads(sandbox, "failed again", "not sent")
        assert await webhooks(api) == []
        assert titles(receiver) == ["failed", "failed again"]


async def test_webhook_with_a_success_in_between_is_not_deleted() -> None:
    sandbox = quick_sandbox(webhook_lifetime=0.05)
    async with RawServer(FAIL, ACCEPT, FAIL) as receiver, serving(sandbox) as api:
        sandbox.add_webhook(receiver.origin)
        await add_leads(sandbox, "failed", "accepted")
        await asyncio.sleep(0.05)
        await add_leads(sandbox, "failed")
        assert len(await webhooks(api)) == 1


async def webhooks(api: Api) -> list[Any]:
    webhooks: list[Any] = (await api.get("/webhooks")).data
    return webhooks


def test_health_of_a_webhook_follows_the_times_of_pipedrive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(
        "pipedrive_leads_async.sandbox._webhooks.policy.time.monotonic", lambda: now
    )
    health = Health(Policy.of((3.0, 30.0, 150.0), 10.0, 1800.0, 259_200.0))
    for _ in range(10):
        assert not health.is_banned
        health.note(1, is_accepted=False)
    now = 1799.9
    assert health.is_banned
    now = 1800.0
    assert not health.is_banned
    now = 3 * 86_400 - 0.1
    health.note(1, is_accepted=False)
    assert not health.is_over
    now = 3 * 86_400
    assert health.is_over
    health.note(2, is_accepted=True)
    assert not health.is_over


@pytest.mark.parametrize("name", ["webhook_ban", "webhook_lifetime"])
@pytest.mark.parametrize(("value", "error"), [("1", TypeError), (-1, ValueError)])
def test_invalid_times_are_refused(name: str, value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"^{name} must be a number of seconds"):
        Sandbox(leads=0, **{name: value})
