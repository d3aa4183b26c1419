"""Parse the webhooks that Pipedrive sends about leads.

    match parse_event(body):
        case LeadCreated(lead=lead):
            print("new:", lead.title)
        case LeadChanged() as event:
            print(event.lead.title, "changed:", event.changed)
        case LeadDeleted(lead_id=lead_id):
            print("deleted:", lead_id)

`parse_event` needs no event loop and no web framework: pass it the body of the request. Respond
with any 2xx status within 10 seconds; otherwise Pipedrive sends the event again after 3, 30 and
150 seconds, with the same `id`. To process each event once, store its `id` in the same transaction
as your work, and skip an event whose `id` is stored already.

https://pipedrive.readme.io/docs/guide-for-webhooks-v2
"""

from ._basic_auth import check_basic_auth
from ._events import LeadChanged, LeadCreated, LeadDeleted, LeadEvent
from ._parse import parse_event

__all__ = [
    "LeadChanged",
    "LeadCreated",
    "LeadDeleted",
    "LeadEvent",
    "check_basic_auth",
    "parse_event",
]
