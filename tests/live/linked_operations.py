"""The steps that perform the operations on what belongs to leads, on marked data."""

from __future__ import annotations

from typing import Final

from pipedrive_leads_async import (
    AddNoteRequest,
    AddOrganizationRequest,
    AddWebhookRequest,
    UpdateLeadRequest,
    UpdateNoteRequest,
    UpdateOrganizationRequest,
    UpdatePersonRequest,
)

from .run import Run, Step

RECEIVER: Final = "https://example.com/pipedrive-leads-async"
"""The URL of the webhook, which is deleted before anything is sent to it."""


async def _persons(run: Run) -> None:
    id, name = run.values["person"], f"{run.data.name} changed"
    assert (await run.client.update_person(id, UpdatePersonRequest(name=name))).name == name
    assert (await run.client.get_person(id)).name == name
    # The index is updated after a delay, so the person may be missing.
    async for _ in run.client.search_persons(run.data.name):
        pass


async def _organizations(run: Run) -> None:
    client, name = run.client, f"{run.data.name} changed"
    added = await client.add_organization(AddOrganizationRequest(name=run.data.name))
    run.data.add_organization(added.id)
    changed = await client.update_organization(added.id, UpdateOrganizationRequest(name=name))
    assert await client.get_organization(added.id) == changed
    async for _ in client.search_organizations(run.data.name):
        pass
    link = UpdateLeadRequest(organization_id=added.id)
    lead = await client.update_lead(run.values["lead"], link)
    assert (await client.get_names(lead)).organization(lead) == name


async def _notes(run: Run) -> None:
    client, lead = run.client, run.values["lead"]
    note = await client.add_note(AddNoteRequest.from_text(run.data.name, lead_id=lead))
    changed = await client.update_note(note.id, UpdateNoteRequest(content=f"{run.data.name} 2"))
    assert (await client.get_note(note.id)).content == changed.content
    assert note.id in {each.id async for each in client.get_notes(lead_id=lead)}
    await client.delete_note(note.id)


async def _webhooks(run: Run) -> None:
    request = AddWebhookRequest(RECEIVER, event_action="delete", name=run.data.name)
    ensured = await run.client.ensure_webhook(request)
    run.data.add_webhook(ensured.webhook.id)
    assert ensured.created
    assert not (await run.client.ensure_webhook(request)).created
    assert ensured.webhook.id in {webhook.id for webhook in await run.client.get_webhooks()}
    await run.client.delete_webhook(ensured.webhook.id)


LINKED_OPERATIONS: Final[dict[str, Step]] = {
    "persons": _persons,
    "organizations": _organizations,
    "notes": _notes,
    "webhooks": _webhooks,
}
"""The steps by name, in their order."""
