"""Every public operation of a client: how it is called, what Pipedrive answers, what it gives."""

from __future__ import annotations

import enum
import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

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
    from_dict,
)
from tests.support.calls import ID
from tests.support.raw_server import ScriptedResponse, http

T = TypeVar("T")


class Kind(enum.Enum):
    """What kind of request an operation sends, as far as faults are concerned."""

    READ = enum.auto()
    PATCH = enum.auto()
    DELETE = enum.auto()
    POST = enum.auto()
    KEYED_POST = enum.auto()


Call: TypeAlias = Callable[[LeadsClient], Coroutine[Any, Any, object]]


@dataclass(frozen=True)
class Operation:
    """One operation, or a later step of one that takes several requests.

    Attributes:
        name: The method's name, and which step it is.
        kind: What its request is.
        call: Calls it.
        body: What Pipedrive answers to its request.
        gives: What the caller gets.
        malformed: An answer whose data has another shape, None where any shape is right.
        before: The answers to the requests before this step.
    """

    name: str
    kind: Kind
    call: Call
    body: bytes
    gives: object
    malformed: bytes | None = None
    before: tuple[bytes, ...] = ()

    @property
    def answer(self) -> ScriptedResponse:
        """What a server does that answers as it should."""
        return (http(200, self.body),)


def envelope(data: object, additional_data: object = None) -> bytes:
    """Write Pipedrive's answer to what succeeded."""
    whole = {"success": True, "data": data, "additional_data": additional_data}
    return json.dumps(whole).encode()


def last_page(*rows: object) -> bytes:
    """Write the last page of a list."""
    position = {"start": 0, "limit": 500, "more_items_in_collection": False}
    return envelope(rows, {"pagination": position})


def last_results(*rows: object) -> bytes:
    """Write the last page of a search."""
    return envelope({"items": rows}, {"next_cursor": None})


async def every(items: AsyncGenerator[T, None]) -> list[T]:
    return [item async for item in items]


async def leads_of_pages(pages: AsyncGenerator[Any, None]) -> list[Lead]:
    return [lead async for page in pages for lead in page.leads]


async def add_in_bulk(client: LeadsClient) -> Lead | None:
    """Add one lead of a file, and raise what is said of it."""
    [result] = await every(client.add_leads([(KEY, NEW_LEAD)]))
    if result.error is not None:
        raise result.error
    return result.lead


async def ensure(client: LeadsClient) -> Lead:
    return (await client.ensure_lead(NEW_LEAD, idempotency_key=KEY)).lead


async def get_page(client: LeadsClient) -> list[Lead]:
    return (await client.get_lead_page()).leads


async def get_custom_fields(client: LeadsClient) -> list[CustomField]:
    return list(await client.get_custom_fields())


KEY: Final = "order-1234"
JOB_ID: Final = "4b40248b-945a-4802-b996-60fdff8c5c69"
LABEL_ID: Final = "f08b42a0-4e75-11ea-9643-03698ef1cfd6"
FIELD_KEY: Final = "3ce5e62cc5e6a2b2d4c4eb8d1e2d3f4a5b6c7d8e"

NEW_LEAD: Final = AddLeadRequest(title="Big order", person_id=42)
NEW_LABEL: Final = AddLeadLabelRequest(name="Hot", color="red")

LEAD_ROW: Final = {"id": ID, "title": "Big order", "person_id": 42, "origin_id": KEY}
LABEL_ROW: Final = {"id": LABEL_ID, "name": "Hot", "color": "red"}
SOURCE_ROW: Final = {"name": "API"}
FIELD_ROW: Final = {"key": FIELD_KEY, "name": "Budget", "field_type": "double"}
FOUND_ROW: Final = {"item": {"id": ID, "title": "Big order"}}
JOB_ROW: Final = {"conversion_id": JOB_ID, "status": "completed", "deal_id": 33}

LEAD: Final = from_dict(Lead, LEAD_ROW)
LABEL: Final = from_dict(LeadLabel, LABEL_ROW)
FIELD: Final = from_dict(LeadField, FIELD_ROW)
BEGUN: Final = Conversion(conversion_id=JOB_ID, source_id=ID)
OF_LEAD: Final = Conversion(conversion_id=JOB_ID, source_id=ID, status="completed", deal_id=33)
OF_DEAL: Final = Conversion(conversion_id=JOB_ID, source_id=7, status="completed", deal_id=33)

A_LEAD: Final = envelope(LEAD_ROW)
A_LABEL: Final = envelope(LABEL_ROW)
A_JOB: Final = envelope(JOB_ROW)
LEADS: Final = last_page(LEAD_ROW)
NO_LEADS: Final = last_page()
FIELDS: Final = last_page(FIELD_ROW)

NO_LEAD: Final = envelope(LEAD_ROW | {"title": 5})
NO_LABEL: Final = envelope(LABEL_ROW | {"name": 5})
NO_JOB: Final = envelope(JOB_ROW | {"conversion_id": 5})
NO_PAGE: Final = last_page(LEAD_ROW | {"title": 5})
NO_FIELDS: Final = last_page(FIELD_ROW | {"name": 5})

OPERATIONS: Final = [
    # Reads
    Operation("get_lead", Kind.READ, lambda c: c.get_lead(ID), A_LEAD, LEAD, NO_LEAD),
    Operation("get_leads", Kind.READ, lambda c: every(c.get_leads()), LEADS, [LEAD], NO_PAGE),
    Operation(
        "get_lead_pages",
        Kind.READ,
        lambda c: leads_of_pages(c.get_lead_pages()),
        LEADS,
        [LEAD],
        NO_PAGE,
    ),
    Operation("get_lead_page", Kind.READ, get_page, LEADS, [LEAD], NO_PAGE),
    Operation(
        "get_archived_leads",
        Kind.READ,
        lambda c: every(c.get_archived_leads()),
        LEADS,
        [LEAD],
        NO_PAGE,
    ),
    Operation(
        "get_archived_lead_pages",
        Kind.READ,
        lambda c: leads_of_pages(c.get_archived_lead_pages()),
        LEADS,
        [LEAD],
        NO_PAGE,
    ),
    Operation(
        "get_lead_users",
        Kind.READ,
        lambda c: c.get_lead_users(ID),
        envelope([7, 8]),
        [7, 8],
        envelope([7, "8"]),
    ),
    Operation(
        "search_leads",
        Kind.READ,
        lambda c: every(c.search_leads("order")),
        last_results(FOUND_ROW),
        [LeadSearchResult(id=ID, title="Big order")],
        last_results({"item": {"id": ID, "title": 5}}),
    ),
    Operation(
        "get_lead_labels",
        Kind.READ,
        lambda c: c.get_lead_labels(),
        envelope([LABEL_ROW]),
        [LABEL],
        envelope([LABEL_ROW | {"name": 5}]),
    ),
    Operation(
        "get_lead_sources",
        Kind.READ,
        lambda c: c.get_lead_sources(),
        envelope([SOURCE_ROW]),
        [LeadSource(name="API")],
        envelope([{"name": 5}]),
    ),
    Operation(
        "get_lead_fields", Kind.READ, lambda c: c.get_lead_fields(), FIELDS, [FIELD], NO_FIELDS
    ),
    Operation(
        "get_custom_fields",
        Kind.READ,
        get_custom_fields,
        FIELDS,
        [CustomField(key=FIELD_KEY, name="Budget", field_type="double", options={})],
        NO_FIELDS,
    ),
    Operation(
        "get_lead_conversion_status",
        Kind.READ,
        lambda c: c.get_lead_conversion_status(ID, JOB_ID),
        A_JOB,
        OF_LEAD,
        NO_JOB,
    ),
    Operation(
        "get_deal_conversion_status",
        Kind.READ,
        lambda c: c.get_deal_conversion_status(7, JOB_ID),
        A_JOB,
        OF_DEAL,
        NO_JOB,
    ),
    Operation(
        "wait_for_conversion",
        Kind.READ,
        lambda c: c.wait_for_conversion(BEGUN),
        A_JOB,
        OF_LEAD,
        NO_JOB,
    ),
    Operation("request GET", Kind.READ, lambda c: c.request("GET", "/v1/x"), envelope(5), 5),
    Operation(
        "change_lead_labels, which reads them and finds nothing to change",
        Kind.READ,
        lambda c: c.change_lead_labels(ID, remove=[LABEL_ID]),
        A_LEAD,
        LEAD,
        NO_LEAD,
    ),
    Operation("ensure_lead, which looks and finds it", Kind.READ, ensure, LEADS, LEAD, NO_PAGE),
    # Changes
    Operation(
        "update_lead",
        Kind.PATCH,
        lambda c: c.update_lead(ID, UpdateLeadRequest(title="Big order")),
        A_LEAD,
        LEAD,
        NO_LEAD,
    ),
    Operation(
        "change_lead_labels, which writes them",
        Kind.PATCH,
        lambda c: c.change_lead_labels(ID, add=[LABEL_ID]),
        A_LEAD,
        LEAD,
        NO_LEAD,
        before=(A_LEAD,),
    ),
    Operation(
        "update_lead_label",
        Kind.PATCH,
        lambda c: c.update_lead_label(LABEL_ID, UpdateLeadLabelRequest(name="Hot")),
        A_LABEL,
        LABEL,
        NO_LABEL,
    ),
    Operation("request PATCH", Kind.PATCH, lambda c: c.request("PATCH", "/v1/x"), envelope(5), 5),
    Operation("request PUT", Kind.PATCH, lambda c: c.request("PUT", "/v1/x"), envelope(5), 5),
    # Deletions
    Operation("delete_lead", Kind.DELETE, lambda c: c.delete_lead(ID), envelope({"id": ID}), ID),
    Operation(
        "delete_lead_label",
        Kind.DELETE,
        lambda c: c.delete_lead_label(LABEL_ID),
        envelope({"id": LABEL_ID}),
        LABEL_ID,
    ),
    Operation(
        "request DELETE", Kind.DELETE, lambda c: c.request("DELETE", "/v1/x"), envelope(None), None
    ),
    # Creations
    Operation("add_lead", Kind.POST, lambda c: c.add_lead(NEW_LEAD), A_LEAD, LEAD, NO_LEAD),
    Operation(
        "add_lead_label",
        Kind.POST,
        lambda c: c.add_lead_label(NEW_LABEL),
        A_LABEL,
        LABEL,
        NO_LABEL,
    ),
    Operation(
        "convert_lead_to_deal",
        Kind.POST,
        lambda c: c.convert_lead_to_deal(ID),
        A_JOB,
        OF_LEAD,
        NO_JOB,
    ),
    Operation(
        "convert_deal_to_lead",
        Kind.POST,
        lambda c: c.convert_deal_to_lead(7),
        A_JOB,
        OF_DEAL,
        NO_JOB,
    ),
    Operation("request POST", Kind.POST, lambda c: c.request("POST", "/v1/x"), envelope(5), 5),
    # Creations that can be looked for
    Operation(
        "add_lead with a key",
        Kind.KEYED_POST,
        lambda c: c.add_lead(NEW_LEAD, idempotency_key=KEY),
        A_LEAD,
        LEAD,
        NO_LEAD,
    ),
    Operation("add_leads", Kind.KEYED_POST, add_in_bulk, A_LEAD, LEAD, NO_LEAD),
    Operation(
        "ensure_lead, which finds nothing and adds it",
        Kind.KEYED_POST,
        ensure,
        A_LEAD,
        LEAD,
        NO_LEAD,
        before=(NO_LEADS, NO_LEADS),
    ),
]

EVERY: Final = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
"""For a test of every operation."""

ONE_OF_EACH_KIND: Final = [
    next(operation for operation in OPERATIONS if operation.kind is kind) for kind in Kind
]
