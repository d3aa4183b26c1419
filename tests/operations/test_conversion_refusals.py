"""Test which arguments of conversions are refused before any request."""

from __future__ import annotations

from math import inf
from typing import Any, Final

import pytest

from pipedrive_leads_async import Conversion, InvalidRequestError
from tests.support.calls import ID as LEAD_ID
from tests.support.calls import client_of
from tests.support.raw_server import RawServer, success

JOB_ID: Final = "4b40248b-945a-4802-b996-60fdff8c5c69"
OF_LEAD: Final = Conversion(conversion_id=JOB_ID, source_id=LEAD_ID)
STARTED: Final = (success({"conversion_id": JOB_ID}),)


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("convert_lead_to_deal", {"id": "../x"}, "id must be a UUID"),
        (
            "convert_lead_to_deal",
            {"id": LEAD_ID, "pipeline_id": 0},
            "pipeline_id must be at least 1",
        ),
        (
            "convert_lead_to_deal",
            {"id": LEAD_ID, "stage_id": 5, "pipeline_id": 2},
            "stage_id and pipeline_id are both set",
        ),
        ("convert_deal_to_lead", {"deal_id": 0}, "deal_id must be at least 1"),
        ("get_lead_conversion_status", {"id": "33", "conversion_id": JOB_ID}, "id must be a UUID"),
        (
            "get_lead_conversion_status",
            {"id": LEAD_ID, "conversion_id": f"{JOB_ID}/x"},
            "conversion_id must be a UUID",
        ),
        (
            "get_deal_conversion_status",
            {"deal_id": 33, "conversion_id": ".."},
            "conversion_id must be a UUID",
        ),
        (
            "wait_for_conversion",
            {"conversion": Conversion(conversion_id="..", source_id=33)},
            "conversion_id must be a UUID",
        ),
        ("wait_for_conversion", {"conversion": OF_LEAD, "timeout": 0}, "timeout must be a finite"),
        (
            "wait_for_conversion",
            {"conversion": OF_LEAD, "timeout": inf},
            "timeout must be a finite",
        ),
    ],
    ids=str,
)
async def test_invalid_argument_is_refused_before_any_request(
    method: str, arguments: dict[str, Any], message: str
) -> None:
    async with RawServer(STARTED) as server:
        async with client_of(server) as client:
            with pytest.raises(InvalidRequestError, match=f"^{message}"):
                await getattr(client, method)(**arguments)
        assert not server.connections


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("convert_lead_to_deal", {"id": 33}, r"id must be a str \(a UUID\), got int"),
        (
            "convert_lead_to_deal",
            {"id": LEAD_ID, "stage_id": "5"},
            "stage_id must be an int, got str",
        ),
        ("convert_deal_to_lead", {"deal_id": LEAD_ID}, "deal_id must be an int, got str"),
        ("convert_deal_to_lead", {"deal_id": True}, "deal_id must be an int, got bool"),
        (
            "get_deal_conversion_status",
            {"deal_id": "33", "conversion_id": JOB_ID},
            "deal_id must be an int, got str",
        ),
        ("wait_for_conversion", {"conversion": JOB_ID}, "conversion must be a Conversion, got str"),
        (
            "wait_for_conversion",
            {"conversion": OF_LEAD, "timeout": None},
            r"timeout must be a number \(int, float or Decimal\), got NoneType",
        ),
    ],
    ids=str,
)
async def test_argument_of_another_type_is_refused_before_any_request(
    method: str, arguments: dict[str, Any], message: str
) -> None:
    async with RawServer(STARTED) as server:
        async with client_of(server) as client:
            with pytest.raises(TypeError, match=f"^{message}"):
                await getattr(client, method)(**arguments)
        assert not server.connections
