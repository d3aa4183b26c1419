"""Test that a response with another id than the one asked for is never returned."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

import pytest

from pipedrive_leads_async import (
    LeadsClient,
    UpdateLeadLabelRequest,
    UpdateLeadRequest,
)
from pipedrive_leads_async.errors import OutcomeUnknownError, UnexpectedResponseError
from tests.every_operation.operations import CONVERSION_ID, STARTED
from tests.support.calls import ID, LEAD, client_of
from tests.support.raw_server import RawServer, failure, success

OTHER: Final = "11111111-8ad8-11ef-9e9e-07879dd74146"
LABEL: Final = {"id": ID, "name": "Hot"}
CONVERSION: Final = {"conversion_id": CONVERSION_ID, "status": "completed"}


@dataclass(frozen=True)
class Case:
    """An operation by id.

    Attributes:
        call: A function that calls it.
        data: The data of its response.
        other: The data of a response to another request.
    """

    call: Callable[[LeadsClient], Coroutine[Any, Any, object]]
    data: object
    other: object


OTHER_LEAD: Final = LEAD | {"id": OTHER}
READS: Final[dict[str, Case]] = {
    "get_lead": Case(lambda c: c.get_lead(ID), LEAD, OTHER_LEAD),
    "get_lead in upper case": Case(lambda c: c.get_lead(ID.upper()), LEAD, OTHER_LEAD),
    "change_lead_labels": Case(
        lambda c: c.change_lead_labels(ID, remove=[OTHER]), LEAD, OTHER_LEAD
    ),
    "get_lead_conversion_status": Case(
        lambda c: c.get_lead_conversion_status(ID, CONVERSION_ID),
        CONVERSION,
        CONVERSION | {"conversion_id": OTHER},
    ),
    "get_deal_conversion_status": Case(
        lambda c: c.get_deal_conversion_status(7, CONVERSION_ID),
        CONVERSION,
        CONVERSION | {"conversion_id": OTHER},
    ),
    "get_lead_conversion_status (a lead)": Case(
        lambda c: c.get_lead_conversion_status(ID, CONVERSION_ID), CONVERSION, OTHER_LEAD
    ),
    "wait_for_conversion": Case(
        lambda c: c.wait_for_conversion(STARTED), CONVERSION, CONVERSION | {"conversion_id": OTHER}
    ),
}
CHANGES: Final[dict[str, Case]] = {
    "update_lead": Case(
        lambda c: c.update_lead(ID, UpdateLeadRequest(title="x")), LEAD, OTHER_LEAD
    ),
    "update_lead_label": Case(
        lambda c: c.update_lead_label(ID, UpdateLeadLabelRequest(name="Hot")),
        LABEL,
        LABEL | {"id": OTHER},
    ),
    "delete_lead": Case(lambda c: c.delete_lead(ID), {"id": ID}, {"id": OTHER}),
    "delete_lead_label": Case(lambda c: c.delete_lead_label(ID), {"id": ID}, {"id": OTHER}),
}
BOTH: Final[dict[str, Case]] = READS | CHANGES


@pytest.mark.parametrize("case", BOTH.values(), ids=BOTH)
async def test_response_to_another_request_is_dropped_with_its_connection(case: Case) -> None:
    """The server sends the response to this request after the other one."""
    shifted = (success(case.other), success(case.data))
    async with RawServer((success(case.data),), shifted, (success(case.data),)) as server:
        async with client_of(server) as client:
            expected = await case.call(client)
            assert await case.call(client) == expected
        assert (len(server.requests), server.connections) == (3, 2)


@pytest.mark.parametrize("case", READS.values(), ids=READS)
async def test_read_fails_if_all_responses_are_to_other_requests(case: Case) -> None:
    async with RawServer((success(case.other),)) as server:
        async with client_of(server) as client:
            with pytest.raises(UnexpectedResponseError, match="belongs to another") as caught:
                await case.call(client)
        assert len(server.requests) == caught.value.attempts == 3
    assert caught.value.misdirected


@pytest.mark.parametrize("case", CHANGES.values(), ids=CHANGES)
async def test_outcome_of_a_change_is_unknown_if_all_responses_are_to_others(case: Case) -> None:
    async with RawServer((success(case.other),)) as server:
        async with client_of(server) as client:
            with pytest.raises(OutcomeUnknownError, match="check whether it was carried") as caught:
                await case.call(client)
        assert len(server.requests) == caught.value.attempts == 3
    assert isinstance(caught.value.__cause__, UnexpectedResponseError)


async def test_deletion_whose_response_was_to_another_request_accepts_404() -> None:
    async with RawServer((success({"id": OTHER}),), (failure(404),)) as server:
        async with client_of(server) as client:
            assert await client.delete_lead(ID) == ID
        assert len(server.requests) == 2


@pytest.mark.parametrize("data", [None, True, {}, {"id": 11}, {"id": ID.upper()}])
async def test_deletion_accepts_data_without_another_id(data: object) -> None:
    async with RawServer((success(data),)) as server, client_of(server) as client:
        assert await client.delete_lead(ID) == ID
        assert len(server.requests) == 1
