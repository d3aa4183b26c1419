"""Models of Pipedrive's responses: leads, labels, fields, users, and results of operations.

All models are frozen attrs classes. An attribute that a response leaves out is None, and keys
that this version does not know are in `extra`.
"""

from ._contacts.organization import Organization, OrganizationSearchResult
from ._contacts.parts import ContactDetail, PostalAddress
from ._contacts.person import Person, PersonSearchResult
from ._conversion import Conversion
from ._field import LeadField, LeadFieldOption
from ._label import LeadLabel, LeadSource
from ._lead import Lead, LeadValue
from ._lead_names import LabelNames, LeadNames
from ._note import Note, NoteAuthor, NoteItem
from ._results import AddLeadResult, EnsuredLead, EnsuredOrganization, EnsuredPerson, LeadPage
from ._search import LeadSearchResult, LinkedItem
from ._user import User, UserAccess, UserLanguage
from ._webhook import EnsuredWebhook, Webhook

__all__ = [
    "AddLeadResult",
    "ContactDetail",
    "Conversion",
    "EnsuredLead",
    "EnsuredOrganization",
    "EnsuredPerson",
    "EnsuredWebhook",
    "LabelNames",
    "Lead",
    "LeadField",
    "LeadFieldOption",
    "LeadLabel",
    "LeadNames",
    "LeadPage",
    "LeadSearchResult",
    "LeadSource",
    "LeadValue",
    "LinkedItem",
    "Note",
    "NoteAuthor",
    "NoteItem",
    "Organization",
    "OrganizationSearchResult",
    "Person",
    "PersonSearchResult",
    "PostalAddress",
    "User",
    "UserAccess",
    "UserLanguage",
    "Webhook",
]
