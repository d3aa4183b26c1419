"""The operations on deals, and the conversion of properties between leads and deals.

A deal has plain ids of its linked items, where Pipedrive has objects.
https://developers.pipedrive.com/docs/api/v1/Deals
"""

from __future__ import annotations

from .._json import Json
from .._responses import Response, not_found, success
from .._state.account import Account
from .._state.custom_fields import is_custom_key
from .._state.leads import money
from .operation import Call, operation

# The stages of each pipeline, in order.
STAGES = {1: (1, 2, 3, 4, 5), 2: (6, 7, 8)}

_SAME_IN_BOTH = (
    "title",
    "person_id",
    "expected_close_date",
    "origin",
    "origin_id",
    "channel",
    "channel_id",
    "visible_to",
)


@operation("getDeal", "GET", "/v1/deals/{id}", cost=2)
def get_deal(call: Call) -> Response:
    """Return one deal."""
    deal = find_deal(call.account, call.path["id"])
    if deal is None:
        raise not_found("deal")
    return success(deal)


@operation("deleteDeal", "DELETE", "/api/v2/deals/{id}", cost=3)
def delete_deal(call: Call) -> Response:
    """Delete a deal."""
    deal = find_deal(call.account, call.path["id"])
    if deal is None:
        raise not_found("deal")
    del call.account.deals[deal["id"]]
    call.account.notes.forget("deal_id", deal["id"])
    return success({"id": deal["id"]})


def find_deal(account: Account, id: str) -> Json | None:
    """Return the deal with this id, which is a text from a path."""
    return next((deal for deal in account.deals.values() if str(deal["id"]) == id), None)


def deal_fields(lead: Json) -> Json:
    """Return the properties of a deal that is made of this lead."""
    fields = _shared(lead) | {"user_id": lead["owner_id"], "org_id": lead["organization_id"]}
    amount, currency = money(lead)
    return fields if amount is None else fields | {"value": amount, "currency": currency}


def lead_fields(deal: Json) -> Json:
    """Return the properties of a lead that is made of this deal."""
    return _shared(deal) | {
        "owner_id": deal["user_id"],
        "organization_id": deal["org_id"],
        "value": {"amount": deal["value"], "currency": deal["currency"]} if deal["value"] else None,
        "source_name": "Deal",
        "source_deal_id": deal["id"],
    }


def _shared(item: Json) -> Json:
    return {
        name: value for name, value in item.items() if name in _SAME_IN_BOTH or is_custom_key(name)
    }
