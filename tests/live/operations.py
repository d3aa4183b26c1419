"""The steps that perform every operation of the library on marked data."""

from __future__ import annotations

import datetime as dt
from typing import Final

from pipedrive_leads_async import (
    AddLeadLabelRequest,
    LeadValue,
    UpdateLeadLabelRequest,
    UpdateLeadRequest,
)

from .linked_operations import LINKED_OPERATIONS
from .run import Run, Step


async def _account(run: Run) -> None:
    user = await run.client.get_current_user()
    assert user.id in {each.id for each in await run.client.get_users()}
    run.values["currency"] = user.default_currency
    run.values["person"] = await run.data.add_person()


async def _metadata(run: Run) -> None:
    await run.client.get_lead_sources()
    await run.client.get_lead_fields()
    await run.client.get_custom_fields(refresh=True)


async def _fields(run: Run) -> None:
    for kind, options in (("varchar", ()), ("double", ()), ("monetary", ()), ("enum", ("Hot",))):
        run.values[kind] = await run.data.add_field(kind, *options)


async def _labels(run: Run) -> None:
    request = AddLeadLabelRequest(name=run.data.name, color="blue")
    label = await run.client.add_lead_label(request)
    run.values["label"] = label.id
    change = UpdateLeadLabelRequest(name=f"{run.data.name} changed", color="red")
    await run.client.update_lead_label(label.id, change)
    assert label.id in {each.id for each in await run.client.get_lead_labels()}


async def _creation(run: Run) -> None:
    person = run.values["person"]
    request = run.data.lead(
        person,
        label_ids=[run.values["label"]],
        value=LeadValue(amount=12.5, currency="EUR"),
        expected_close_date=dt.date(2030, 1, 31),
        was_seen=True,
    )
    lead = await run.client.add_lead(request, idempotency_key=f"{run.data.name} 1")
    run.values["lead"] = lead.id
    same = await run.client.ensure_lead(request, idempotency_key=f"{run.data.name} 1")
    assert (same.lead.id, same.created) == (lead.id, False)
    items = [(f"{run.data.name} {number}", run.data.lead(person)) for number in (2, 3)]
    async for result in run.client.add_leads(items):
        assert result.lead is not None, result.error
        run.values[f"lead {result.key[-1]}"] = result.lead.id


async def _one_lead(run: Run) -> None:
    id = run.values["lead"]
    await run.client.get_lead(id)
    title = f"{run.data.name} changed"
    lead = await run.client.update_lead(id, UpdateLeadRequest(title=title, value=None))
    assert (lead.title, lead.value) == (title, None)
    lead = await run.client.change_lead_labels(id, remove=[run.values["label"]])
    assert lead.label_ids == ()
    await run.client.get_lead_users(id)
    names = await run.client.get_names(lead)
    assert names.owner(lead)
    assert names.person(lead)


async def _lists(run: Run) -> None:
    person = run.values["person"]
    leads = [lead.id async for lead in run.client.get_leads(person_id=person, limit=2)]
    assert {run.values[name] for name in ("lead", "lead 2", "lead 3")} <= {*leads}
    async for _ in run.client.get_lead_pages(person_id=person, limit=50):
        pass
    await run.client.get_lead_page(person_id=person, limit=1)


async def _archive(run: Run) -> None:
    id, person = run.values["lead 2"], run.values["person"]
    await run.client.update_lead(id, UpdateLeadRequest(is_archived=True))
    archived = [lead.id async for lead in run.client.get_archived_leads(person_id=person)]
    assert archived == [id]
    async for _ in run.client.get_archived_lead_pages(person_id=person):
        pass
    await run.client.update_lead(id, UpdateLeadRequest(is_archived=False))


async def _search(run: Run) -> None:
    # The index is updated after a delay, so the lead may be missing.
    async for _ in run.client.search_leads(run.data.name, include_was_seen=True):
        pass


async def _conversion(run: Run) -> None:
    client, id = run.client, run.values["lead 3"]
    started = await client.convert_lead_to_deal(id)
    await client.get_lead_conversion_status(id, started.conversion_id)
    done = await client.wait_for_conversion(started)
    assert done.deal_id is not None
    run.data.add_deal(done.deal_id)
    run.values["converted"] = id
    started = await client.convert_deal_to_lead(done.deal_id)
    await client.get_deal_conversion_status(done.deal_id, started.conversion_id)
    done = await client.wait_for_conversion(started)
    assert done.lead_id is not None


async def _deletion(run: Run) -> None:
    id = run.values.pop("lead 2")
    assert await run.client.delete_lead(id) == id
    label = run.values["label"]
    assert await run.client.delete_lead_label(label) == label


OPERATIONS: Final[dict[str, Step]] = {
    "account and person": _account,
    "sources and fields": _metadata,
    "new custom fields": _fields,
    "labels": _labels,
    "new leads": _creation,
    "one lead": _one_lead,
    "lists": _lists,
    "archive": _archive,
    "search": _search,
    **LINKED_OPERATIONS,
    "conversions": _conversion,
}
"""The steps by name, in their order."""

LAST_OPERATIONS: Final[dict[str, Step]] = {"deletions": _deletion}
"""The steps after the questions."""
