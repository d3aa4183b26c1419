"""The operations on leads: https://developers.pipedrive.com/docs/api/v1/Leads."""

from __future__ import annotations

from http import HTTPStatus

from ..._json import Json
from ..._responses import Response, forbidden, invalid, not_found, success
from ..._state.clock import iso
from ..._state.leads import archive_state
from ..operation import Call, operation
from .custom_values import known_fields, with_default_currencies
from .lists import page
from .rules import check_changes, check_new_lead, without_cleared_fields

_ARCHIVED_STATUS = {"archived": True, "not_archived": False, "all": None}


@operation("getLeads", "GET", "/v1/leads", cost=20)
def get_leads(call: Call) -> Response:
    """List the open leads; before 2025-07-15, `archived_status` selected the leads."""
    archived: bool | None = False
    if call.account.honours_archived_status:
        status = call.query.get("archived_status", "all")
        if status not in _ARCHIVED_STATUS:
            raise invalid("archived_status", "must be archived, not_archived or all.")
        archived = _ARCHIVED_STATUS[status]
    leads = call.account.leads.listed(archived=archived)
    return page(call.account.visible(leads), call.query, updated_since=True)


@operation("getArchivedLeads", "GET", "/v1/leads/archived", cost=40)
def get_archived_leads(call: Call) -> Response:
    """List the archived leads."""
    leads = call.account.leads.listed(archived=True)
    return page(call.account.visible(leads), call.query, updated_since=False)


@operation("getLead", "GET", "/v1/leads/{id}", cost=2)
def get_lead(call: Call) -> Response:
    """Return one lead, archived or not."""
    return success(_find(call))


@operation("addLead", "POST", "/v1/leads", cost=10)
def add_lead(call: Call) -> Response:
    """Add a lead; its source is the API, or the Marketplace app that adds it."""
    fields, account = call.fields, call.account
    check_new_lead(fields, account)
    fields = known_fields(fields, account)
    properties = {"source_name": "API", "origin": "API", "was_seen": False} | fields
    if call.marketplace_app:
        properties |= call.marketplace_app.source(fields)
    lead = account.new_lead(account.clock.tick(), properties)
    lead = with_default_currencies(without_cleared_fields(lead), fields, account)
    account.leads.put(lead)
    return success(lead, status=HTTPStatus.CREATED)


@operation("updateLead", "PATCH", "/v1/leads/{id}", cost=10)
def update_lead(call: Call) -> Response:
    """Change properties of a lead; lists are replaced, not merged."""
    lead, fields, account = _find(call), call.fields, call.account
    check_changes(lead, fields, account)
    fields = known_fields(fields, account)
    moment = account.clock.tick()
    if "is_archived" in fields:
        fields |= archive_state(lead, moment, is_archived=fields["is_archived"])
    changed = without_cleared_fields(lead | fields | {"update_time": iso(moment)})
    lead = with_default_currencies(changed, fields, account)
    account.leads.put(lead)
    return success(lead)


@operation("deleteLead", "DELETE", "/v1/leads/{id}", cost=6)
def delete_lead(call: Call) -> Response:
    """Delete a lead."""
    lead = _find(call)
    call.account.delete_lead(lead["id"])
    return success({"id": lead["id"]})


@operation("getLeadUsers", "GET", "/v1/leads/{id}/permittedUsers", cost=10)
def get_lead_users(call: Call) -> Response:
    """List the users who may see a lead."""
    return success(call.account.permitted_users(_find(call)))


def _find(call: Call) -> Json:
    lead = call.account.leads.get(call.path["id"])
    if lead is None:
        raise not_found("lead")
    if not call.account.sees(lead):
        raise forbidden()
    return lead
