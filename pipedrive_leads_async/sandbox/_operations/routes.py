"""Every operation that the sandbox knows, and the paths under which it is found."""

from __future__ import annotations

from .._responses import unauthorized
from . import deals, webhooks
from .contacts import contacts
from .contacts import search as person_search
from .leads import conversions, labels, leads
from .leads import fields as lead_fields
from .leads import search as lead_search
from .operation import Operation, operation

# In the order of matching: `/leads/search` would do for the id of a lead too.
OPERATIONS = (
    leads.get_leads,
    leads.get_archived_leads,
    lead_search.search_leads_by_position,
    lead_search.search_leads,
    leads.get_lead,
    leads.add_lead,
    leads.update_lead,
    leads.delete_lead,
    leads.get_lead_users,
    conversions.convert_lead_to_deal,
    conversions.get_lead_conversion_status,
    conversions.convert_deal_to_lead,
    conversions.get_deal_conversion_status,
    deals.get_deal,
    lead_fields.get_lead_fields,
    labels.get_lead_labels,
    labels.add_lead_label,
    labels.update_lead_label,
    labels.delete_lead_label,
    labels.get_lead_sources,
    contacts.add_person,
    contacts.get_person,
    person_search.search_persons,
    contacts.add_organization,
    contacts.get_organization,
    contacts.get_current_user,
    webhooks.get_webhooks,
    webhooks.add_webhook,
    webhooks.delete_webhook,
)


# The gateway says 401 to a path or a method it does not know, not 404 or 405.
UNROUTED = operation("", "*", "/{path:.*}", cost=0)(lambda _: unauthorized())


def paths(operation: Operation) -> tuple[str, ...]:
    """Return the paths of an operation: what is under ``/v1`` is under ``/api/v1`` too."""
    if operation.path.startswith("/v1/"):
        return operation.path, f"/api{operation.path}"
    return (operation.path,)
