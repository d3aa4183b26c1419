"""All operations of the sandbox, and the paths that each is served at."""

from __future__ import annotations

from .._responses import unknown_method
from . import deal_fields, deals, files, users, webhooks
from .contacts import organizations, persons
from .contacts import search as contact_search
from .leads import conversions, fields, labels, leads
from .leads import search as lead_search
from .notes import notes
from .operation import Operation, operation

# The first match wins, so `/leads/search` comes before `/leads/{id}`.
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
    fields.get_lead_fields,
    labels.get_lead_labels,
    labels.add_lead_label,
    labels.update_lead_label,
    labels.delete_lead_label,
    labels.get_lead_sources,
    deals.get_deal,
    deals.delete_deal,
    deal_fields.add_deal_field,
    deal_fields.delete_deal_field,
    persons.get_persons,
    persons.add_person,
    contact_search.search_persons,
    persons.get_person,
    persons.update_person,
    persons.delete_person_in_v1,
    persons.delete_person,
    organizations.get_organizations,
    organizations.add_organization,
    contact_search.search_organizations,
    organizations.get_organization,
    organizations.update_organization,
    organizations.delete_organization,
    users.get_users,
    users.get_current_user,
    notes.get_notes,
    notes.get_note,
    notes.add_note,
    notes.update_note,
    notes.delete_note,
    files.get_files,
    files.get_file,
    files.add_file,
    files.delete_file,
    webhooks.get_webhooks,
    webhooks.add_webhook,
    webhooks.delete_webhook,
)

# Pipedrive has no 405: a method that a path does not have is unknown, like a path.
# https://github.com/mautic/mautic/issues/11982
UNROUTED = operation("", "*", "/{path:.*}", cost=0)(
    lambda call: unknown_method(call.method, f"/{call.path['path']}")
)


def paths(operation: Operation) -> tuple[str, ...]:
    """Return the paths of an operation: one below `/v1` is also served below `/api/v1`."""
    if operation.path.startswith("/v1/"):
        return operation.path, f"/api{operation.path}"
    return (operation.path,)
