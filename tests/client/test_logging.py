"""What is logged: each attempt at DEBUG, with what a search in the logs needs; else nothing."""

from __future__ import annotations

import logging

import pytest

from pipedrive_leads_async import LeadsClient, NotFoundError
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.calls import ID

LOGGER = "pipedrive_leads_async"


async def test_at_debug_each_attempt_is_a_line_with_its_facts(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.fail("getLead", status=503, retry_after=0.0)
    with caplog.at_level(logging.DEBUG, logger=LOGGER):
        await client.get_lead(sandbox.leads[0]["id"])
    first, second = (record for record in caplog.records if record.name == LOGGER)
    assert first.getMessage().startswith("getLead, attempt 1: ServerError in 0.")
    assert second.getMessage().startswith("getLead, attempt 2: 200 in 0.")
    facts = vars(first)
    assert (facts["operation"], facts["attempt"], facts["status"]) == ("getLead", 1, 503)
    assert facts["error"] == "ServerError"
    assert 0.0 < facts["duration"] < 60.0
    assert facts["request_id"]


async def test_above_debug_the_library_is_quiet(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.fail("getLead", status=503, retry_after=0.0)
    with caplog.at_level(logging.INFO, logger=LOGGER):
        await client.get_lead(sandbox.leads[0]["id"])
        with pytest.raises(NotFoundError):
            await client.get_lead(ID)
    assert not [record for record in caplog.records if record.name == LOGGER]
