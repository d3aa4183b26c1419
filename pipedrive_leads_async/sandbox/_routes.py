"""Every operation that the sandbox knows, and the paths under which it is found."""

from __future__ import annotations

from . import _contacts, _labels, _leads
from ._answers import unauthorized
from ._operation import Operation

OPERATIONS = (
    _leads.get_leads,
    _leads.get_archived_leads,
    _leads.get_lead,
    _leads.add_lead,
    _leads.update_lead,
    _leads.delete_lead,
    _labels.get_lead_labels,
    _labels.add_lead_label,
    _labels.update_lead_label,
    _labels.delete_lead_label,
    _labels.get_lead_sources,
    _contacts.add_person,
    _contacts.get_person,
    _contacts.add_organization,
    _contacts.get_organization,
    _contacts.get_current_user,
)


# The gateway says 401 to a path or a method it does not know, not 404 or 405.
UNROUTED = Operation("", "*", "/{path:.*}", 0, lambda _: unauthorized())


def paths(operation: Operation) -> tuple[str, ...]:
    """Return the paths of an operation: what is under ``/v1`` is under ``/api/v1`` too."""
    if operation.path.startswith("/v1/"):
        return operation.path, f"/api{operation.path}"
    return (operation.path,)
