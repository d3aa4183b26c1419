"""Test that each attempt is logged at DEBUG, and that nothing else is logged."""

from __future__ import annotations

import logging

import pytest

from pipedrive_leads_async import LeadsClient, NotFoundError
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.calls import ID

LOGGER = "pipedrive_leads_async"


async def test_attempt_is_logged_at_debug_with_its_attributes(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.fail("getLead", status=503, retry_after=0.0)
    with caplog.at_level(logging.DEBUG, logger=LOGGER):
        await client.get_lead(sandbox.leads[0]["id"])
    first, second = (record for record in caplog.records if record.name == LOGGER)
    assert first.getMessage().startswith("getLead, attempt 1: ServerError in 0.")
    assert second.getMessage().startswith("getLead, attempt 2: 200 in 0.")
    attributes = vars(first)
    assert (attributes["operation"], attributes["attempt"], attributes["status"]) == (
        "getLead",
        1,
        503,
    )
    assert attributes["error"] == "ServerError"
    assert 0.0 < attributes["duration"] < 60.0
    assert attributes["request_id"]


async def test_successful_retry_is_not_logged_above_debug(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.fail("getLead", status=503, retry_after=0.0)
    with caplog.at_level(logging.INFO, logger=LOGGER):
        await client.get_lead(sandbox.leads[0]["id"])
        with pytest.raises(NotFoundError):
            await client.get_lead(ID)
    assert not [record for record in caplog.records if record.name == LOGGER]
