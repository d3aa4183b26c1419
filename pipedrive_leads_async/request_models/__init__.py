"""Requests: the bodies of calls that add or update leads, labels, notes, persons and organizations.

A request checks its values when it is created, and refuses those that Pipedrive would refuse.
`UNSET`, the default, leaves a property out of the body; None clears it where Pipedrive allows
null.
"""

from ._label import AddLeadLabelRequest, UpdateLeadLabelRequest
from ._lead import AddLeadRequest, UpdateLeadRequest
from ._note import AddNoteRequest, UpdateNoteRequest
from ._organization import AddOrganizationRequest, UpdateOrganizationRequest
from ._person import AddPersonRequest, UpdatePersonRequest
from ._webhook import AddWebhookRequest

__all__ = [
    "AddLeadLabelRequest",
    "AddLeadRequest",
    "AddNoteRequest",
    "AddOrganizationRequest",
    "AddPersonRequest",
    "AddWebhookRequest",
    "UpdateLeadLabelRequest",
    "UpdateLeadRequest",
    "UpdateNoteRequest",
    "UpdateOrganizationRequest",
    "UpdatePersonRequest",
]
