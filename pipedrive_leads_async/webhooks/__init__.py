"""Parse the webhooks that Pipedrive sends about leads.

    match parse_event(body):
        case LeadCreated(lead=lead):
            print("new:", lead.title)
        case LeadChanged() as event:
            print(event.lead.title, "changed:", event.changed)
        case LeadDeleted(lead_id=lead_id):
            print("deleted:", lead_id)

`parse_event` needs no event loop and no web framework: pass it the body of the request.
`LeadsClient.ensure_webhook` creates the webhook.

Respond with any 2xx status within 10 seconds to every event, also to one that `parse_event`
refuses. Otherwise Pipedrive sends the event again after 3, 30 and 150 seconds, with the same `id`.
To process each event once, store its `id` in the same transaction as your work, and skip an event
whose `id` is stored already.

**Events can get lost.** After ten events whose first attempt failed, Pipedrive bans the webhook for
30 minutes and drops the events of that time. After three days without a success, it deletes the
webhook. So a copy of the leads that follows only webhooks drifts: also make a pass of
`LeadsClient.watch_lead_pages(every=None)` from time to time.

`parse_uninstall` parses another request of Pipedrive, which is sent to a Marketplace app after a
user has uninstalled it.

https://pipedrive.readme.io/docs/guide-for-webhooks-v2
"""

from ._basic_auth import check_basic_auth
from ._events import (
    LeadChanged,
    LeadChanges,
    LeadCreated,
    LeadDeleted,
    LeadEvent,
    LeadRemoved,
    LeadUpdated,
)
from ._parse import parse_event
from ._uninstall import AppUninstalled, parse_uninstall

__all__ = [
    "AppUninstalled",
    "LeadChanged",
    "LeadChanges",
    "LeadCreated",
    "LeadDeleted",
    "LeadEvent",
    "LeadRemoved",
    "LeadUpdated",
    "check_basic_auth",
    "parse_event",
    "parse_uninstall",
]
