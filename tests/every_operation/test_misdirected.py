"""Test every operation with the response to another request."""

from __future__ import annotations

import json
from typing import Any, Final, cast

import pytest

from pipedrive_leads_async import OutcomeUnknownError, UnexpectedResponseError
from tests.every_operation.operations import OPERATIONS
from tests.every_operation.outcomes import carry_out
from tests.every_operation.table.exchanges import Kind, Operation
from tests.support.raw_server import http

OTHER: Final[dict[str, Any]] = {
    "id": "11111111-8ad8-11ef-9e9e-07879dd74146",
    "conversion_id": "22222222-945a-4802-b996-60fdff8c5c69",
    "origin_id": "order-5678",
    "title": "Another order",
}


def misdirected(operation: Operation) -> bytes | None:
    """Return the body of the response to another request; None if there is nothing to compare."""
    envelope = json.loads(operation.body)
    found: object = envelope.get("data")
    if not isinstance(found, dict) or "items" in found or operation.name == "get_current_user":
        return None
    data = cast("dict[str, Any]", found)
    if operation.kind is Kind.POST:
        return None  # it asks for no id, and has no key
    number: Any = {"id": 8} if isinstance(data.get("id"), int) else {}
    envelope["data"] = data | {key: OTHER[key] for key in OTHER if key in data} | number
    return json.dumps(envelope).encode()


COMPARED: Final = [operation for operation in OPERATIONS if misdirected(operation)]


@pytest.mark.parametrize("operation", COMPARED, ids=lambda operation: operation.name)
async def test_response_to_another_request_is_never_returned(operation: Operation) -> None:
    body = misdirected(operation)
    assert body is not None
    is_keyed = operation.kind is Kind.KEYED_POST
    # A keyed creation is looked up afterwards, in the lists of open and of archived leads.
    lists = [(http(200, b'{"success": true, "data": []}'),)] * is_keyed
    observed = await carry_out(operation, (http(200, body),), *lists)
    error: BaseException | None = observed.error
    if operation.kind is not Kind.READ:
        assert isinstance(error, OutcomeUnknownError)
        error = error.__cause__
    assert isinstance(error, UnexpectedResponseError)
    assert error.misdirected
    assert observed.requests == 3
    assert observed.result is None


@pytest.mark.parametrize(
    "operation",
    [operation for operation in COMPARED if operation.kind is not Kind.KEYED_POST],
    ids=lambda operation: operation.name,
)
async def test_operation_is_retried_after_the_response_to_another_request(
    operation: Operation,
) -> None:
    body = misdirected(operation)
    assert body is not None
    observed = await carry_out(operation, (http(200, body),), operation.response)
    assert (observed.result, observed.error) == (operation.result, None)
    assert observed.requests == 2
