"""Test what is logged: each attempt at DEBUG, each retry at INFO, a long pause at WARNING."""

from __future__ import annotations

import ast
import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import pipedrive_leads_async
from pipedrive_leads_async import AddLeadRequest, LeadsClient, NotFoundError, RetryPolicy
from pipedrive_leads_async._shared.log import log
from pipedrive_leads_async.sandbox import Sandbox
from tests.auth.grant.grants import app
from tests.support.calls import ID, client_of, get
from tests.support.raw_server import RawServer, failure
from tests.support.sandbox_api import until
from tests.support.token_server import DOWN, TokenServer

LOGGER = "pipedrive_leads_async"
CONTEXT = ("operation", "request_id", "host", "client")


def records_of(caplog: pytest.LogCaptureFixture, *, level: int) -> list[logging.LogRecord]:
    """Return the records of this library at a level, or above."""
    return [each for each in caplog.records if each.name == LOGGER and each.levelno >= level]


async def test_attempt_is_logged_at_debug_with_its_attributes(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.fail("getLead", status=503, retry_after=0.0)
    with caplog.at_level(logging.DEBUG, logger=LOGGER):
        await client.get_lead(sandbox.leads[0]["id"])
    first, retry, second = records_of(caplog, level=logging.DEBUG)
    assert first.getMessage().startswith("getLead, attempt 1: ServerError in 0.")
    assert second.getMessage().startswith("getLead, attempt 2: 200 in 0.")
    assert (first.levelno, retry.levelno, second.levelno) == (
        logging.DEBUG,
        logging.INFO,
        logging.DEBUG,
    )
    attributes = vars(first)
    assert (attributes["operation"], attributes["attempt"], attributes["status"]) == (
        "getLead",
        1,
        503,
    )
    assert attributes["error"] == "ServerError"
    assert attributes["tokens"] == 2
    assert 0.0 < attributes["duration"] < 60.0
    assert attributes["request_id"]
    assert attributes["host"] == urlsplit(sandbox.url).netloc


async def test_retry_is_logged_at_info_with_its_reason_and_pause(
    client: LeadsClient, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.fail("getLead", status=503, retry_after=0.25)
    with caplog.at_level(logging.INFO, logger=LOGGER):
        await client.get_lead(sandbox.leads[0]["id"])
    [record] = records_of(caplog, level=logging.INFO)
    assert record.levelno == logging.INFO
    start = "getLead, attempt 1 failed with ServerError (status 503): retry in 0."
    assert record.getMessage().startswith(start)
    assert record.getMessage().endswith(" s")
    attributes = vars(record)
    assert 0.25 <= attributes["pause"] < 1.0
    assert (attributes["operation"], attributes["attempt"]) == ("getLead", 1)
    assert attributes["error"] == "ServerError"
    assert attributes["request_id"]
    assert attributes["host"] == urlsplit(sandbox.url).netloc


async def test_reason_of_a_retry_without_a_response_is_the_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with RawServer() as server:
        url, host = server.url, urlsplit(server.url).netloc
    retry = RetryPolicy(attempts=2, base=0.001)
    with caplog.at_level(logging.INFO, logger=LOGGER):
        async with LeadsClient("token", base_url=url, retry=retry) as client:
            with pytest.raises(ConnectionError):
                await get(client)
    [record] = records_of(caplog, level=logging.INFO)
    assert record.getMessage().startswith(
        f"getLead, attempt 1 failed with ConnectionFailedError (the connection to {host} failed"
    )


@pytest.mark.parametrize(("seconds", "level"), [("9", logging.INFO), ("10", logging.WARNING)])
async def test_pause_of_ten_seconds_is_a_warning(
    seconds: str, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger=LOGGER)
    async with (
        RawServer((failure(429, retry_after=seconds),)) as server,
        client_of(server) as client,
    ):
        call = asyncio.create_task(get(client))
        await until(lambda: bool(records_of(caplog, level=logging.INFO)))
        call.cancel()
        await asyncio.wait([call])
    [record] = records_of(caplog, level=logging.INFO)
    assert record.levelno == level
    assert f"RateLimitedError (status 429): retry in {seconds}" in record.getMessage()


async def test_wait_for_an_uncertain_creation_is_logged(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.fail("addLead", status=500)
    retry = RetryPolicy(base=0.001, settle=0.05)
    request = AddLeadRequest(title="Order", person_id=sandbox.leads[0]["person_id"])
    with caplog.at_level(logging.INFO, logger=LOGGER):
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url, retry=retry) as client:
            await client.add_lead(request, idempotency_key="order-1")
    [record] = records_of(caplog, level=logging.INFO)
    assert record.getMessage() == (
        "addLead, the outcome of an earlier request is unknown: search for its lead again in 0.05 s"
    )


async def test_retry_of_a_token_refresh_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with TokenServer(DOWN) as server:
        with caplog.at_level(logging.INFO, logger=LOGGER):
            await app(server, token=server.token()).refresh()
    [record] = records_of(caplog, level=logging.INFO)
    assert record.getMessage().startswith("the refresh of the access token failed with ")
    assert record.getMessage().endswith(": retry in 0 s")
    assert vars(record)["host"] == urlsplit(server.url).netloc


async def test_error_that_is_raised_is_not_logged(
    client: LeadsClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger=LOGGER), pytest.raises(NotFoundError):
        await client.get_lead(ID)
    assert not records_of(caplog, level=logging.INFO)


def test_every_record_has_the_same_context(caplog: pytest.LogCaptureFixture) -> None:
    log.warning("without a context")
    log.warning("with a part of it", extra={"operation": "getLead", "attempt": 1})
    first, second = (vars(record) for record in caplog.records)
    assert [first[name] for name in CONTEXT] == [None] * 4
    assert [second[name] for name in CONTEXT] == ["getLead", None, None, None]
    assert second["attempt"] == 1


def log_calls(path: Path) -> Iterator[ast.Call]:
    """Yield the calls in a file that write a log record."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            function = node.func
            is_method = isinstance(function, ast.Attribute) and ast.unparse(function.value) == "log"
            if is_method or (isinstance(function, ast.Name) and function.id == "log_pause"):
                yield node


def test_every_record_of_an_operation_has_its_context() -> None:
    operations = Path(pipedrive_leads_async.__file__).parent / "_operations"
    calls = [call for path in operations.rglob("*.py") for call in log_calls(path)]
    assert len(calls) >= 10
    without = [ast.unparse(call) for call in calls if "context" not in ast.unparse(call)]
    assert not without


async def test_warning_of_an_operation_names_the_client_and_the_request(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.fail("getPersons", status=403)
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url, name="intake") as client:
        await client.get_names((await client.get_lead_page()).leads)
    [record] = records_of(caplog, level=logging.WARNING)
    attributes = vars(record)
    assert attributes["operation"] == "getPersons"
    assert attributes["client"] == "intake"
    assert attributes["host"] == urlsplit(sandbox.url).netloc
    assert attributes["request_id"]
