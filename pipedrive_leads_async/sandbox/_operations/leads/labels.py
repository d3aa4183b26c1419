"""The operations on lead labels and lead sources.

https://developers.pipedrive.com/docs/api/v1/LeadLabels
https://developers.pipedrive.com/docs/api/v1/LeadSources
"""

from __future__ import annotations

from ..._json import Json
from ..._responses import Response, bad_request, invalid, not_found, success
from ..._state.clock import iso
from ..operation import Call, operation

_COLORS = (
    "blue",
    "brown",
    "dark-gray",
    "gray",
    "green",
    "orange",
    "pink",
    "purple",
    "red",
    "yellow",
)

_SOURCES = (
    "Manually created",
    "Deal",
    "Web forms",
    "Prospector",
    "Leadbooster",
    "Live chat",
    "Import",
    "Website visitors",
    "Workflow automation",
    "API",
)


@operation("getLeadLabels", "GET", "/v1/leadLabels", cost=10)
def get_lead_labels(call: Call) -> Response:
    """List all labels, without pages."""
    return success(list(call.account.labels.values()))


@operation("addLeadLabel", "POST", "/v1/leadLabels", cost=10)
def add_lead_label(call: Call) -> Response:
    """Add a label."""
    fields, account = call.fields, call.account
    _check(fields)
    for name in ("name", "color"):
        if name not in fields:
            raise invalid(name, "is required.")
    label = account.new_label(account.clock.tick(), fields["name"], fields["color"])
    account.labels[label["id"]] = label
    return success(label)


@operation("updateLeadLabel", "PATCH", "/v1/leadLabels/{id}", cost=10)
def update_lead_label(call: Call) -> Response:
    """Change the name or the color of a label."""
    label, fields, account = _find(call), call.fields, call.account
    _check(fields)
    if not fields:
        raise bad_request("The body must name at least one property.")
    label = label | fields | {"update_time": iso(account.clock.tick())}
    account.labels[label["id"]] = label
    return success(label)


@operation("deleteLeadLabel", "DELETE", "/v1/leadLabels/{id}", cost=6)
def delete_lead_label(call: Call) -> Response:
    """Delete a label, and remove it from all leads."""
    label = _find(call)["id"]
    account = call.account
    del account.labels[label]
    for lead in account.leads.listed(archived=None):
        if label in lead["label_ids"]:
            others = [other for other in lead["label_ids"] if other != label]
            account.leads.put(lead | {"label_ids": others})
    return success({"id": label})


@operation("getLeadSources", "GET", "/v1/leadSources", cost=2)
def get_lead_sources(_: Call) -> Response:
    """List the possible sources of leads; the list is fixed."""
    return success([{"name": name} for name in _SOURCES])


def _find(call: Call) -> Json:
    label = call.account.labels.get(call.path["id"])
    if label is None:
        raise not_found("lead label")
    return label


def _check(fields: Json) -> None:
    for name, value in fields.items():
        match name:
            case "name":
                if not isinstance(value, str) or not value.strip():
                    raise invalid("name", "must be a text that is not empty.")
            case "color":
                if value not in _COLORS:
                    raise invalid("color", f"must be one of {', '.join(_COLORS)}.")
            case _:
                raise invalid(name, "is not allowed.")
