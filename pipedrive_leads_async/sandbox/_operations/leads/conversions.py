"""The conversions of a lead to a deal and of a deal to a lead, each of which is a job.

https://developers.pipedrive.com/docs/api/v1/Leads#convertLeadToDeal
https://developers.pipedrive.com/docs/api/v1/Deals#convertDealToLead
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from ..._json import Json
from ..._responses import Response, ServiceError, forbidden, invalid, not_allowed
from ..deals import STAGES, deal_fields, find_deal, lead_fields
from ..operation import Call, operation


@operation("convertLeadToDeal", "POST", "/api/v2/leads/{id}/convert/deal", cost=40)
def convert_lead_to_deal(call: Call) -> Response:
    """Start the conversion of a lead to a deal, which replaces the lead."""
    account, id = call.account, call.path["id"]
    stage = _stage(call.optional_fields)

    def convert() -> Json | None:
        lead = account.leads.get(id)
        if lead is None:
            return None
        deal = account.new_deal(account.clock.tick(), deal_fields(lead) | stage)
        account.deals[deal["id"]] = deal
        account.notes.move("lead_id", id, "deal_id", deal["id"])
        account.leads.remove(id)
        return {"deal_id": deal["id"]}

    return _start(call, account.leads.get(id), convert)


@operation("convertDealToLead", "POST", "/api/v2/deals/{id}/convert/lead", cost=40)
def convert_deal_to_lead(call: Call) -> Response:
    """Start the conversion of a deal to a lead, which replaces the deal."""
    account, id = call.account, call.path["id"]

    def convert() -> Json | None:
        deal = find_deal(account, id)
        if deal is None:
            return None
        lead = account.new_lead(account.clock.tick(), lead_fields(deal))
        account.leads.put(lead)
        account.notes.move("deal_id", deal["id"], "lead_id", lead["id"])
        del account.deals[deal["id"]]
        return {"lead_id": lead["id"]}

    return _start(call, find_deal(account, id), convert)


@operation(
    "getLeadConversionStatus", "GET", "/api/v2/leads/{id}/convert/status/{conversion_id}", cost=1
)
def get_lead_conversion_status(call: Call) -> Response:
    """Return the status of the conversion of a lead."""
    return _status(call)


@operation(
    "getDealConversionStatus", "GET", "/api/v2/deals/{id}/convert/status/{conversion_id}", cost=1
)
def get_deal_conversion_status(call: Call) -> Response:
    """Return the status of the conversion of a deal."""
    return _status(call)


def _stage(fields: Json) -> Json:
    """Return pipeline and stage of the deal; the default is the first stage of a pipeline."""
    for name, value in fields.items():
        if name not in ("stage_id", "pipeline_id"):
            raise not_allowed(name)
        if type(value) is not int:  # isinstance would accept true
            raise invalid(name, "must be a whole number.")
    stage, pipeline = fields.get("stage_id"), fields.get("pipeline_id", 1)
    for known, stages in STAGES.items():
        if stage in stages or (stage is None and pipeline == known):
            return {"pipeline_id": known, "stage_id": stage or stages[0]}
    wrong = "pipeline_id" if stage is None else "stage_id"
    raise invalid(wrong, f"must be the id of a {wrong.removesuffix('_id')}.")


def _start(call: Call, source: Json | None, convert: Callable[[], Json | None]) -> Response:
    account = call.account
    if source is None:
        raise _not_found()
    if not account.sees(source):
        raise forbidden()
    return _response(
        {"conversion_id": account.conversions.start(call.path["id"], convert, account.random)}
    )


def _status(call: Call) -> Response:
    id = call.path["conversion_id"]
    job = call.account.conversions.find(id, call.path["id"])
    if job is None:
        raise _not_found()
    return _response({"conversion_id": id} | job.poll())


def _response(data: Json) -> Response:
    body: dict[str, Any] = {"success": True, "data": data, "additional_data": None}
    return Response(HTTPStatus.OK, body)


def _not_found() -> ServiceError:
    return ServiceError(HTTPStatus.NOT_FOUND, "Entity was not found", "Object was not found.")
