"""Test conversions: how they are started, how their status is read, and how to wait for them."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeAlias

import pytest

from pipedrive_leads_async import Conversion, ConversionStatus, LeadsClient
from pipedrive_leads_async.errors import (
    ClientClosedError,
    ConversionFailedError,
    DecodeError,
    NotFoundError,
    OutcomeUnknownError,
    RequestTimeoutError,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.http.caller.faults import UNKNOWN_OUTCOME
from tests.support.calls import CANARY, client_of
from tests.support.raw_server import End, RawServer, ScriptedResponse, failure, http

LEAD_ID: Final = "9f3e6e50-9d99-11ee-9538-29c81a92c0d1"
JOB_ID: Final = "4b40248b-945a-4802-b996-60fdff8c5c69"
DEAL_ID: Final = 33

OF_LEAD: Final = Conversion(conversion_id=JOB_ID, source_id=LEAD_ID)
OF_DEAL: Final = Conversion(conversion_id=JOB_ID, source_id=DEAL_ID)

Call: TypeAlias = Callable[[LeadsClient], Coroutine[Any, Any, Conversion]]

CALLS: Final[dict[str, Call]] = {
    "convertLeadToDeal": lambda client: client.convert_lead_to_deal(LEAD_ID),
    "convertDealToLead": lambda client: client.convert_deal_to_lead(DEAL_ID),
    "getLeadConversionStatus": lambda client: client.get_lead_conversion_status(LEAD_ID, JOB_ID),
    "getDealConversionStatus": lambda client: client.get_deal_conversion_status(DEAL_ID, JOB_ID),
}
STARTING: Final = [call for name, call in CALLS.items() if name.startswith("convert")]


def response_of(data: object) -> ScriptedResponse:
    envelope = {"success": True, "data": data, "additional_data": None}
    return (http(200, json.dumps(envelope).encode()),)


def job(status: str | None = None, **created: object) -> ScriptedResponse:
    """Return the response about a conversion; that of a new one has no status."""
    fields = {} if status is None else {"status": status}
    return response_of({"conversion_id": JOB_ID, **fields, **created})


STARTED: Final = job()
RUNNING: Final = job("running")
DEAL_CREATED: Final = job("completed", deal_id=DEAL_ID)
LEAD_CREATED: Final = job("completed", lead_id=LEAD_ID)


class WaitRecorder(LeadsClient):
    """A client that records its waits between requests instead of sleeping."""

    def __init__(self, server: RawServer | Sandbox) -> None:
        token = server.api_token if isinstance(server, Sandbox) else CANARY
        super().__init__(token, base_url=server.url)
        self.waits: list[float] = []
        self._caller.sleep = self._record  # type: ignore[method-assign]  # no real waits

    async def _record(self, seconds: float) -> None:
        self.waits.append(seconds)


# Start


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        ({}, {}),
        ({"stage_id": None, "pipeline_id": None}, {}),
        ({"stage_id": 5}, {"stage_id": 5}),
        ({"pipeline_id": 2}, {"pipeline_id": 2}),
    ],
    ids=str,
)
async def test_conversion_of_a_lead_sends_the_stage_or_pipeline(
    arguments: dict[str, Any], body: dict[str, int]
) -> None:
    async with RawServer(STARTED) as server, client_of(server) as client:
        conversion = await client.convert_lead_to_deal(LEAD_ID, **arguments)
        [request] = server.requests
    assert (request.method, request.target) == ("POST", f"/api/v2/leads/{LEAD_ID}/convert/deal")
    assert request.headers["content-type"] == "application/json"
    assert request.json == body
    assert conversion == OF_LEAD
    assert conversion.status is ConversionStatus.NOT_STARTED


async def test_conversion_of_a_deal_sends_no_body() -> None:
    async with RawServer(STARTED) as server, client_of(server) as client:
        assert await client.convert_deal_to_lead(DEAL_ID) == OF_DEAL
        [request] = server.requests
    assert (request.method, request.target) == ("POST", "/api/v2/deals/33/convert/lead")
    assert request.body == b""
    assert request.headers["content-length"] == "0"
    assert "content-type" not in request.headers


@pytest.mark.parametrize("base", ["/v1", "/api/v1", ""])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_conversions_use_version_2_of_the_api_on_the_same_host(call: Call, base: str) -> None:
    async with RawServer(RUNNING) as server:
        async with LeadsClient(CANARY, base_url=f"{server.origin}{base}") as client:
            await call(client)
        assert server.requests[0].target.startswith(("/api/v2/leads/", "/api/v2/deals/"))


@pytest.mark.parametrize("fault", UNKNOWN_OUTCOME.values(), ids=UNKNOWN_OUTCOME)
@pytest.mark.parametrize("call", STARTING, ids=["lead", "deal"])
async def test_conversion_of_unknown_outcome_is_not_sent_again(
    call: Call, fault: ScriptedResponse
) -> None:
    async with RawServer(fault) as server:
        async with client_of(server, timeout=0.2) as client:
            with pytest.raises(OutcomeUnknownError, match="before sending it again"):
                await call(client)
        assert len(server.requests) == 1


# Status


async def test_status_of_the_conversion_of_a_lead_is_returned() -> None:
    async with RawServer(DEAL_CREATED) as server, client_of(server) as client:
        conversion = await client.get_lead_conversion_status(LEAD_ID, JOB_ID)
        [request] = server.requests
    assert (request.method, request.body) == ("GET", b"")
    assert request.target == f"/api/v2/leads/{LEAD_ID}/convert/status/{JOB_ID}"
    assert conversion == Conversion(
        conversion_id=JOB_ID,
        source_id=LEAD_ID,
        status=ConversionStatus.COMPLETED,
        deal_id=DEAL_ID,
    )


async def test_status_of_the_conversion_of_a_deal_is_returned() -> None:
    async with RawServer(LEAD_CREATED) as server, client_of(server) as client:
        conversion = await client.get_deal_conversion_status(DEAL_ID, JOB_ID)
        [request] = server.requests
    assert (request.method, request.body) == ("GET", b"")
    assert request.target == f"/api/v2/deals/33/convert/status/{JOB_ID}"
    assert conversion == Conversion(
        conversion_id=JOB_ID,
        source_id=DEAL_ID,
        status=ConversionStatus.COMPLETED,
        lead_id=LEAD_ID,
    )


@pytest.mark.parametrize("status", ConversionStatus)
async def test_known_status_is_a_member_of_conversion_status(status: ConversionStatus) -> None:
    async with RawServer(job(status.value)) as server, client_of(server) as client:
        assert (await client.get_lead_conversion_status(LEAD_ID, JOB_ID)).status is status


async def test_unknown_values_of_a_response_are_kept() -> None:
    async with RawServer(job("paused", reason="lunch")) as server, client_of(server) as client:
        conversion = await client.get_lead_conversion_status(LEAD_ID, JOB_ID)
    assert (conversion.status, conversion.extra) == ("paused", {"reason": "lunch"})


@pytest.mark.parametrize(("name", "call"), CALLS.items(), ids=CALLS)
async def test_missing_conversion_is_a_not_found_error(name: str, call: Call) -> None:
    missing = (failure(404, "Entity was not found"),)
    async with RawServer(missing) as server, client_of(server) as client:
        with pytest.raises(NotFoundError, match=f"^{name}: .* Entity was not found"):
            await call(client)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (None, "$.data: expected an object, got NoneType"),
        ([], "$.data: expected an object, got list"),
        ({}, "$.data.conversion_id: missing"),
        ({"conversion_id": 5}, "$.data.conversion_id: expected str, got int"),
        ({"conversion_id": JOB_ID, "status": 1}, "$.data.status: expected str, got int"),
        ({"conversion_id": JOB_ID, "deal_id": "33"}, "$.data.deal_id: expected int, got str"),
        ({"conversion_id": JOB_ID, "lead_id": 33}, "$.data.lead_id: expected str, got int"),
    ],
    ids=str,
)
@pytest.mark.parametrize(("name", "call"), CALLS.items(), ids=CALLS)
async def test_malformed_conversion_is_an_error_with_its_path(
    name: str, call: Call, data: object, path: str
) -> None:
    async with RawServer(response_of(data)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=f"^{name}: the response does not fit") as caught:
            await call(client)
    assert caught.value.paths == (path,)


# Wait


async def test_status_is_requested_less_and_less_often_until_completed() -> None:
    responses = [job("not_started"), *[RUNNING] * 6, DEAL_CREATED]
    async with RawServer(*responses) as server, WaitRecorder(server) as client:
        conversion = await client.wait_for_conversion(OF_LEAD)
        targets = {request.target for request in server.requests}
        assert len(server.requests) == len(responses)
    assert conversion.status is ConversionStatus.COMPLETED
    assert (conversion.deal_id, conversion.source_id) == (DEAL_ID, LEAD_ID)
    assert targets == {f"/api/v2/leads/{LEAD_ID}/convert/status/{JOB_ID}"}
    assert client.waits == [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


async def test_status_of_the_conversion_of_a_deal_is_requested_by_deal() -> None:
    async with RawServer(RUNNING, LEAD_CREATED) as server, WaitRecorder(server) as client:
        assert (await client.wait_for_conversion(OF_DEAL)).lead_id == LEAD_ID
        targets = {request.target for request in server.requests}
    assert targets == {f"/api/v2/deals/33/convert/status/{JOB_ID}"}


@pytest.mark.parametrize("end", ["completed", "failed", "rejected"])
async def test_status_of_an_ended_conversion_is_not_requested(end: str) -> None:
    ended = Conversion(conversion_id=JOB_ID, source_id=LEAD_ID, status=end, deal_id=DEAL_ID)
    async with RawServer(RUNNING) as server:
        async with client_of(server) as client:
            if end == "completed":
                assert await client.wait_for_conversion(ended) is ended
            else:
                with pytest.raises(ConversionFailedError):
                    await client.wait_for_conversion(ended)
        assert not server.connections


async def test_unknown_status_does_not_end_the_wait() -> None:
    responses = job("paused"), job("resumed"), DEAL_CREATED
    async with RawServer(*responses) as server, WaitRecorder(server) as client:
        assert (await client.wait_for_conversion(OF_LEAD)).deal_id == DEAL_ID
        assert len(server.requests) == 3


@pytest.mark.parametrize("conversion", [OF_LEAD, OF_DEAL], ids=["lead", "deal"])
@pytest.mark.parametrize("end", ["failed", "rejected"])
async def test_failed_conversion_is_an_error_with_its_ids(conversion: Conversion, end: str) -> None:
    async with RawServer(RUNNING, job(end)) as server, WaitRecorder(server) as client:
        with pytest.raises(ConversionFailedError, match=f"{JOB_ID} .* ended as {end}$") as caught:
            await client.wait_for_conversion(conversion)
        assert len(server.requests) == 2
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        assert (error.status, error.conversion_id) == (end, JOB_ID)
        assert error.source_id == conversion.source_id
        assert type(error.status) is str


@pytest.mark.parametrize(
    ("conversion", "advice"),
    [
        (OF_LEAD, f"get_lead_conversion_status('{LEAD_ID}', '{JOB_ID}')"),
        (OF_DEAL, f"get_deal_conversion_status(33, '{JOB_ID}')"),
    ],
    ids=["lead", "deal"],
)
async def test_timeout_of_a_wait_names_the_method_to_call_later(
    conversion: Conversion, advice: str
) -> None:
    async with RawServer(RUNNING) as server, client_of(server) as client:
        with pytest.raises(RequestTimeoutError) as caught:
            await client.wait_for_conversion(conversion, timeout=0.05)
        assert len(server.requests) == 1  # the second one would follow after half a second
    message = str(caught.value)
    assert f"conversion {JOB_ID} of " in message
    assert "is not completed after 0.05 s, but continues" in message
    assert message.endswith(advice)
    assert isinstance(caught.value, TimeoutError)


async def test_hanging_status_request_ends_at_the_timeout() -> None:
    async with RawServer((End.HANG,)) as server, client_of(server) as client:
        with pytest.raises(RequestTimeoutError, match="but continues"):
            await client.wait_for_conversion(OF_LEAD, timeout=0.05)


async def test_deadline_of_a_status_request_is_its_own_error() -> None:
    async with RawServer((End.HANG,)) as server, client_of(server, timeout=0.05) as client:
        with pytest.raises(RequestTimeoutError, match=r"^getLeadConversionStatus: not done within"):
            await client.wait_for_conversion(OF_LEAD, timeout=30)


async def test_conversion_deleted_during_a_wait_is_a_not_found_error() -> None:
    async with RawServer(RUNNING, (failure(404),)) as server, WaitRecorder(server) as client:
        with pytest.raises(NotFoundError, match=r"^getLeadConversionStatus: "):
            await client.wait_for_conversion(OF_LEAD)


async def test_wait_can_be_cancelled() -> None:
    async with RawServer((End.HANG,)) as server, client_of(server) as client:
        waiting = asyncio.create_task(client.wait_for_conversion(OF_LEAD))
        await server.received(1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_closing_the_client_ends_a_wait() -> None:
    async with RawServer((End.HANG,)) as server, client_of(server) as client:
        waiting = asyncio.create_task(client.wait_for_conversion(OF_LEAD))
        await server.received(1)
        await client.aclose()
        with pytest.raises(ClientClosedError):
            await waiting


# With the sandbox


async def test_lead_is_converted_to_a_deal_and_back(sandbox: Sandbox) -> None:
    lead = sandbox.leads[0]
    async with WaitRecorder(sandbox) as client:
        conversion = await client.convert_lead_to_deal(lead["id"])
        deal_id = (await client.wait_for_conversion(conversion)).deal_id
        assert [deal["id"] for deal in sandbox.deals] == [deal_id]
        with pytest.raises(NotFoundError):
            await client.get_lead(lead["id"])

        assert deal_id is not None
        conversion = await client.convert_deal_to_lead(deal_id)
        lead_id = (await client.wait_for_conversion(conversion)).lead_id
        assert lead_id is not None
        assert (await client.get_lead(lead_id)).title == lead["title"]
        assert not sandbox.deals


@pytest.mark.parametrize("outcome", ["failed", "rejected"])
async def test_lead_whose_conversion_failed_still_exists(outcome: str, sandbox: Sandbox) -> None:
    sandbox.plan_conversions(outcome=outcome)
    id = sandbox.leads[0]["id"]
    async with WaitRecorder(sandbox) as client:
        with pytest.raises(ConversionFailedError) as caught:
            await client.wait_for_conversion(await client.convert_lead_to_deal(id))
        assert (await client.get_lead(id)).id == caught.value.source_id == id
    assert caught.value.status == outcome


@pytest.mark.parametrize(
    ("operation_id", "method"),
    [
        ("convertLeadToDeal", "convert_lead_to_deal"),
        ("convertDealToLead", "convert_deal_to_lead"),
        ("getLeadConversionStatus", "get_lead_conversion_status"),
        ("getDealConversionStatus", "get_deal_conversion_status"),
    ],
)
def test_methods_have_aliases_with_their_operation_ids(operation_id: str, method: str) -> None:
    assert getattr(LeadsClient, operation_id) is getattr(LeadsClient, method)
