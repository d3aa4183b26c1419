"""Every operation that the sandbox knows, and the paths under which it is found."""

from __future__ import annotations

from . import (
    _contacts,
    _conversions,
    _deals,
    _fields,
    _labels,
    _lead_search,
    _leads,
    _person_search,
    _subscriptions,
)
from ._answers import unauthorized
from ._operation import Operation, operation

# In the order of matching: `/leads/search` would do for the id of a lead too.
OPERATIONS = (
    _leads.get_leads,
    _leads.get_archived_leads,
    _lead_search.search_leads_by_position,
    _lead_search.search_leads,
    _leads.get_lead,
    _leads.add_lead,
    _leads.update_lead,
    _leads.delete_lead,
    _leads.get_lead_users,
    _conversions.convert_lead_to_deal,
    _conversions.get_lead_conversion_status,
    _conversions.convert_deal_to_lead,
    _conversions.get_deal_conversion_status,
    _deals.get_deal,
    _fields.get_lead_fields,
    _labels.get_lead_labels,
    _labels.add_lead_label,
    _labels.update_lead_label,
    _labels.delete_lead_label,
    _labels.get_lead_sources,
    _contacts.add_person,
    _contacts.get_person,
    _person_search.search_persons,
    _contacts.add_organization,
    _contacts.get_organization,
    _contacts.get_current_user,
    _subscriptions.get_webhooks,
    _subscriptions.add_webhook,
    _subscriptions.delete_webhook,
)


# The gateway says 401 to a path or a method it does not know, not 404 or 405.
UNROUTED = operation("", "*", "/{path:.*}", cost=0)(lambda _: unauthorized())


def paths(operation: Operation) -> tuple[str, ...]:
    """Return the paths of an operation: what is under ``/v1`` is under ``/api/v1`` too."""
    if operation.path.startswith("/v1/"):
        return operation.path, f"/api{operation.path}"
    return (operation.path,)
