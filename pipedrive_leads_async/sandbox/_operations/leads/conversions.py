"""The operations that make a deal of a lead or a lead of a deal: each begins a job.

https://developers.pipedrive.com/docs/api/v1/Leads#convertLeadToDeal
https://developers.pipedrive.com/docs/api/v1/Deals#convertDealToLead
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from ..._json import Json
from ..._responses import Answer, ServiceError, bad_request
from ..deals import STAGES, deal_fields, find_deal, lead_fields
from ..operation import Call, operation


@operation("convertLeadToDeal", "POST", "/api/v2/leads/{id}/convert/deal", cost=40)
def convert_lead_to_deal(call: Call) -> Answer:
    """Begin to make a deal of a lead, which is gone when the deal is there."""
    account, id = call.account, call.path["id"]
    stage = _stage(call.optional_fields)

    def convert() -> Json | None:
        lead = account.leads.get(id)
        if lead is None:
            return None
        deal = account.new_deal(account.clock.tick(), deal_fields(lead) | stage)
        account.deals[deal["id"]] = deal
        account.leads.remove(id)
        return {"deal_id": deal["id"]}

    return _begin(call, account.leads.get(id), convert)


@operation("convertDealToLead", "POST", "/api/v2/deals/{id}/convert/lead", cost=40)
def convert_deal_to_lead(call: Call) -> Answer:
    """Begin to make a lead of a deal, which is gone when the lead is there."""
    account, id = call.account, call.path["id"]

    def convert() -> Json | None:
        deal = find_deal(account, id)
        if deal is None:
            return None
        lead = account.new_lead(account.clock.tick(), lead_fields(deal))
        account.leads.put(lead)
        del account.deals[deal["id"]]
        return {"lead_id": lead["id"]}

    return _begin(call, find_deal(account, id), convert)


@operation(
    "getLeadConversionStatus", "GET", "/api/v2/leads/{id}/convert/status/{conversion_id}", cost=1
)
def get_lead_conversion_status(call: Call) -> Answer:
    """Tell how far the conversion of a lead is."""
    return _status(call)


@operation(
    "getDealConversionStatus", "GET", "/api/v2/deals/{id}/convert/status/{conversion_id}", cost=1
)
def get_deal_conversion_status(call: Call) -> Answer:
    """Tell how far the conversion of a deal is."""
    return _status(call)


def _stage(fields: Json) -> Json:
    """Return where the deal goes: a stage names its pipeline, a pipeline means its first stage."""
    for name, value in fields.items():
        if name not in ("stage_id", "pipeline_id"):
            raise bad_request(f"{name} is not allowed.")
        if type(value) is not int:  # isinstance would take true for 1
            raise bad_request(f"{name} must be a whole number.")
    stage, pipeline = fields.get("stage_id"), fields.get("pipeline_id", 1)
    for known, stages in STAGES.items():
        if stage in stages or (stage is None and pipeline == known):
            return {"pipeline_id": known, "stage_id": stage or stages[0]}
    wrong = "pipeline_id" if stage is None else "stage_id"
    raise bad_request(f"{wrong} must be the id of a {wrong.removesuffix('_id')}.")


def _begin(call: Call, source: Json | None, convert: Callable[[], Json | None]) -> Answer:
    if source is None:
        raise _nothing_there()
    account = call.account
    return _said(
        {"conversion_id": account.conversions.begin(call.path["id"], convert, account.random)}
    )


def _status(call: Call) -> Answer:
    id = call.path["conversion_id"]
    job = call.account.conversions.find(id, call.path["id"])
    if job is None:
        raise _nothing_there()
    return _said({"conversion_id": id} | job.poll())


def _said(data: Json) -> Answer:
    body: dict[str, Any] = {"success": True, "data": data, "additional_data": None}
    return Answer(HTTPStatus.OK, body)


def _nothing_there() -> ServiceError:
    return ServiceError(HTTPStatus.NOT_FOUND, "Entity was not found", "Object was not found.")
