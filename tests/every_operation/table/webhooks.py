"""The rows of the table of operations for webhooks."""

from __future__ import annotations

from typing import Final

from pipedrive_leads_async import AddWebhookRequest, LeadsClient, Webhook, from_dict
from tests.every_operation.table.exchanges import Exchange, Kind, Operation, envelope

NEW_WEBHOOK: Final = AddWebhookRequest("https://app.example/webhooks")

ROW: Final = {
    "id": 7,
    "subscription_url": "https://app.example/webhooks",
    "event_action": "*",
    "event_object": "lead",
    "is_active": 1,
}
MALFORMED: Final = ROW | {"event_action": 5}
WEBHOOK: Final = from_dict(Webhook, ROW)

ONE: Final = Exchange(envelope(ROW), WEBHOOK, envelope(MALFORMED))
ALL: Final = Exchange(envelope([ROW]), [WEBHOOK], envelope([MALFORMED]))
# Malformed rows are skipped, but the data must be a list.
FOUND: Final = Exchange(ALL.body, WEBHOOK, envelope(ROW))
LOOKED_AGAIN: Final = Exchange(ALL.body, WEBHOOK)
DELETED: Final = Exchange(b'{"status": "ok", "success": true}', 7)


async def ensure(client: LeadsClient) -> Webhook:
    return (await client.ensure_webhook(NEW_WEBHOOK)).webhook


WEBHOOK_OPERATIONS: Final = [
    Operation("get_webhooks", Kind.READ, lambda c: c.get_webhooks(), ALL),
    Operation("add_webhook", Kind.POST, lambda c: c.add_webhook(NEW_WEBHOOK), ONE),
    Operation("delete_webhook", Kind.DELETE, lambda c: c.delete_webhook(7), DELETED),
    Operation("ensure_webhook (found)", Kind.READ, ensure, FOUND),
    Operation(
        "ensure_webhook (looked again)",
        Kind.READ,
        ensure,
        LOOKED_AGAIN,
        before=(envelope([]), ONE.body),
    ),
]
