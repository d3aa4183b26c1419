"""The table of every public operation: its call, Pipedrive's response and the result."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Final

import pytest

from pipedrive_leads_async import (
    AddLeadLabelRequest,
    AddLeadRequest,
    Conversion,
    CustomField,
    Lead,
    LeadField,
    LeadLabel,
    LeadsClient,
    LeadSearchResult,
    LeadSource,
    UpdateLeadLabelRequest,
    UpdateLeadRequest,
    User,
    from_dict,
)
from tests.every_operation.table.contacts import CONTACT_OPERATIONS
from tests.every_operation.table.endpoints import ENDPOINT_OPERATIONS
from tests.every_operation.table.exchanges import (
    Exchange,
    Kind,
    Operation,
    collect,
    envelope,
    last_page,
    last_results,
)
from tests.every_operation.table.notes import NOTE_OPERATIONS
from tests.every_operation.table.watch import WATCH_OPERATIONS
from tests.every_operation.table.webhooks import WEBHOOK_OPERATIONS
from tests.support.calls import ID

# Calls of more than one expression


async def collect_pages(pages: AsyncGenerator[Any, None]) -> list[Lead]:
    return [lead async for page in pages for lead in page.leads]


async def add_leads(client: LeadsClient) -> Lead | None:
    """Add one lead in bulk, and raise its error."""
    [result] = await collect(client.add_leads([(KEY, NEW_LEAD)]))
    if result.error is not None:
        raise result.error
    return result.lead


async def ensure_lead(client: LeadsClient) -> Lead:
    return (await client.ensure_lead(NEW_LEAD, idempotency_key=KEY)).lead


async def get_page(client: LeadsClient) -> list[Lead]:
    return (await client.get_lead_page()).leads


async def get_names(client: LeadsClient, **links: Any) -> list[str]:
    """Return all names that are read for a lead that is linked to one thing."""
    names = await client.get_names(Lead(id=ID, title="Big order", **links))
    return [*names.owners.values(), *names.persons.values()]


async def get_custom_fields(client: LeadsClient) -> list[CustomField]:
    return list(await client.get_custom_fields())


# Rows, and the objects decoded from them

KEY: Final = "order-1234"
CONVERSION_ID: Final = "4b40248b-945a-4802-b996-60fdff8c5c69"
LABEL_ID: Final = "f08b42a0-4e75-11ea-9643-03698ef1cfd6"
FIELD_KEY: Final = "3ce5e62cc5e6a2b2d4c4eb8d1e2d3f4a5b6c7d8e"

NEW_LEAD: Final = AddLeadRequest(title="Big order", person_id=42)
NEW_LABEL: Final = AddLeadLabelRequest(name="Hot", color="red")

LEAD_ROW: Final = {"id": ID, "title": "Big order", "person_id": 42, "origin_id": KEY}
LABEL_ROW: Final = {"id": LABEL_ID, "name": "Hot", "color": "red"}
FIELD_ROW: Final = {"key": FIELD_KEY, "name": "Budget", "field_type": "double"}
USER_ROW: Final = {"id": 7, "name": "Ann", "company_id": 5}
CONVERSION_ROW: Final = {"conversion_id": CONVERSION_ID, "status": "completed", "deal_id": 33}

LEAD: Final = from_dict(Lead, LEAD_ROW)
LABEL: Final = from_dict(LeadLabel, LABEL_ROW)
STARTED: Final = Conversion(conversion_id=CONVERSION_ID, source_id=ID)

# Exchanges

LEAD_BODY: Final = envelope(LEAD_ROW)
ONE_PAGE: Final = last_page(LEAD_ROW)
EMPTY_PAGE: Final = last_page()

ONE_LEAD: Final = Exchange(LEAD_BODY, LEAD, envelope(LEAD_ROW | {"title": 5}))
ALL_LEADS: Final = Exchange(ONE_PAGE, [LEAD], last_page(LEAD_ROW | {"title": 5}))
FOUND_LEAD: Final = Exchange(ONE_PAGE, LEAD, ALL_LEADS.malformed)
USER_IDS: Final = Exchange(envelope([7, 8]), [7, 8], envelope([7, "8"]))
USERS: Final = Exchange(
    envelope([USER_ROW]), [from_dict(User, USER_ROW)], envelope([USER_ROW | {"name": 5}])
)
USER_NAMES: Final = Exchange(USERS.body, ["Ann"], envelope(USER_ROW))
ONE_USER: Final = Exchange(
    envelope(USER_ROW), from_dict(User, USER_ROW), envelope(USER_ROW | {"name": 5})
)
RESULTS: Final = Exchange(
    last_results({"item": {"id": ID, "title": "Big order"}}),
    [LeadSearchResult(id=ID, title="Big order")],
    last_results({"item": {"id": ID, "title": 5}}),
)
ONE_LABEL: Final = Exchange(envelope(LABEL_ROW), LABEL, envelope(LABEL_ROW | {"name": 5}))
LABELS: Final = Exchange(envelope([LABEL_ROW]), [LABEL], envelope([LABEL_ROW | {"name": 5}]))
SOURCES: Final = Exchange(
    envelope([{"name": "API"}]), [LeadSource(name="API")], envelope([{"name": 5}])
)
FIELDS: Final = Exchange(
    last_page(FIELD_ROW), [from_dict(LeadField, FIELD_ROW)], last_page(FIELD_ROW | {"name": 5})
)
CUSTOM_FIELDS: Final = Exchange(
    FIELDS.body,
    [CustomField(key=FIELD_KEY, name="Budget", field_type="double", options={})],
    FIELDS.malformed,
)
LEAD_CONVERSION: Final = Exchange(
    envelope(CONVERSION_ROW),
    Conversion(conversion_id=CONVERSION_ID, source_id=ID, status="completed", deal_id=33),
    envelope(CONVERSION_ROW | {"conversion_id": 5}),
)
DEAL_CONVERSION: Final = Exchange(
    LEAD_CONVERSION.body,
    Conversion(conversion_id=CONVERSION_ID, source_id=7, status="completed", deal_id=33),
    LEAD_CONVERSION.malformed,
)
DELETED_LEAD: Final = Exchange(envelope({"id": ID}), ID)
DELETED_LABEL: Final = Exchange(envelope({"id": LABEL_ID}), LABEL_ID)


# The table


READ, PATCH, DELETE, POST, KEYED_POST = Kind

OPERATIONS: Final = [
    Operation("get_lead", READ, lambda c: c.get_lead(ID), ONE_LEAD),
    Operation("get_leads", READ, lambda c: collect(c.get_leads()), ALL_LEADS),
    Operation("get_lead_pages", READ, lambda c: collect_pages(c.get_lead_pages()), ALL_LEADS),
    Operation("get_lead_page", READ, get_page, ALL_LEADS),
    Operation("get_archived_leads", READ, lambda c: collect(c.get_archived_leads()), ALL_LEADS),
    Operation(
        "get_archived_lead_pages",
        READ,
        lambda c: collect_pages(c.get_archived_lead_pages()),
        ALL_LEADS,
    ),
    Operation("get_lead_users", READ, lambda c: c.get_lead_users(ID), USER_IDS),
    Operation("search_leads", READ, lambda c: collect(c.search_leads("order")), RESULTS),
    Operation("get_lead_labels", READ, lambda c: c.get_lead_labels(), LABELS),
    Operation("get_users", READ, lambda c: c.get_users(), USERS),
    Operation("get_names (owner)", READ, lambda c: get_names(c, owner_id=7), USER_NAMES),
    Operation("get_names (person)", READ, lambda c: get_names(c, person_id=7), USER_NAMES),
    Operation("get_current_user", READ, lambda c: c.get_current_user(), ONE_USER),
    Operation("get_lead_sources", READ, lambda c: c.get_lead_sources(), SOURCES),
    Operation("get_lead_fields", READ, lambda c: c.get_lead_fields(), FIELDS),
    Operation("get_custom_fields", READ, get_custom_fields, CUSTOM_FIELDS),
    Operation(
        "get_lead_conversion_status",
        READ,
        lambda c: c.get_lead_conversion_status(ID, CONVERSION_ID),
        LEAD_CONVERSION,
    ),
    Operation(
        "get_deal_conversion_status",
        READ,
        lambda c: c.get_deal_conversion_status(7, CONVERSION_ID),
        DEAL_CONVERSION,
    ),
    Operation(
        "wait_for_conversion", READ, lambda c: c.wait_for_conversion(STARTED), LEAD_CONVERSION
    ),
    *WATCH_OPERATIONS,
    *WEBHOOK_OPERATIONS,
    Operation(
        "change_lead_labels (nothing to change)",
        READ,
        lambda c: c.change_lead_labels(ID, remove=[LABEL_ID]),
        ONE_LEAD,
    ),
    Operation("ensure_lead (found)", READ, ensure_lead, FOUND_LEAD),
    Operation(
        "update_lead",
        PATCH,
        lambda c: c.update_lead(ID, UpdateLeadRequest(title="Big order")),
        ONE_LEAD,
    ),
    Operation(
        "change_lead_labels (changed)",
        PATCH,
        lambda c: c.change_lead_labels(ID, add=[LABEL_ID]),
        ONE_LEAD,
        before=(LEAD_BODY,),
    ),
    Operation(
        "update_lead_label",
        PATCH,
        lambda c: c.update_lead_label(LABEL_ID, UpdateLeadLabelRequest(name="Hot")),
        ONE_LABEL,
    ),
    Operation("delete_lead", DELETE, lambda c: c.delete_lead(ID), DELETED_LEAD),
    Operation("delete_lead_label", DELETE, lambda c: c.delete_lead_label(LABEL_ID), DELETED_LABEL),
    Operation("add_lead", POST, lambda c: c.add_lead(NEW_LEAD), ONE_LEAD),
    Operation("add_lead_label", POST, lambda c: c.add_lead_label(NEW_LABEL), ONE_LABEL),
    Operation("convert_lead_to_deal", POST, lambda c: c.convert_lead_to_deal(ID), LEAD_CONVERSION),
    Operation("convert_deal_to_lead", POST, lambda c: c.convert_deal_to_lead(7), DEAL_CONVERSION),
    Operation(
        "add_lead with a key",
        KEYED_POST,
        lambda c: c.add_lead(NEW_LEAD, idempotency_key=KEY),
        ONE_LEAD,
    ),
    Operation("add_leads", KEYED_POST, add_leads, ONE_LEAD),
    Operation(
        "ensure_lead (added)", KEYED_POST, ensure_lead, ONE_LEAD, before=(EMPTY_PAGE, EMPTY_PAGE)
    ),
    *ENDPOINT_OPERATIONS,
    *NOTE_OPERATIONS,
    *CONTACT_OPERATIONS,
]

EACH_OPERATION: Final = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=lambda operation: operation.name
)
"""Run a test once for each operation."""

ONE_OF_EACH_KIND: Final = [
    next(operation for operation in OPERATIONS if operation.kind is kind) for kind in Kind
]
