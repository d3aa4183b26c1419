"""Parse the webhooks that Pipedrive sends about leads."""

from ._events import LeadChanged, LeadCreated, LeadDeleted, LeadEvent, check_basic_auth, parse_event

__all__ = [
    "LeadChanged",
    "LeadCreated",
    "LeadDeleted",
    "LeadEvent",
    "check_basic_auth",
    "parse_event",
]
