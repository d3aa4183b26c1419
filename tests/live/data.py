"""The data that a run makes, all of it marked, and its removal."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable
from typing import Any

from pipedrive_leads_async import (
    AddLeadRequest,
    GoneError,
    Lead,
    LeadsClient,
    NotFoundError,
    PipedriveError,
)

MARK = "Live check of pipedrive-leads-async"
"""The beginning of the title or the name of everything that a run makes."""


class MarkedData:
    """The data of one run. `name` begins with the mark and is different in every run."""

    def __init__(self, client: LeadsClient) -> None:
        self.client = client
        self.name = f"{MARK} {secrets.token_hex(4)}"
        self._made: list[tuple[str, str]] = []
        self._left: list[str] = []

    def lead(self, person: int, **fields: Any) -> AddLeadRequest:
        """Return a request for a marked lead."""
        return AddLeadRequest(title=self.name, person_id=person, **fields)

    async def add_person(self) -> int:
        """Add a person."""
        person = await self.client.request("POST", "/api/v2/persons", json={"name": self.name})
        self._made.append(("person", f"/api/v2/persons/{person['id']}"))
        return int(person["id"])

    async def add_field(self, field_type: str, *options: str) -> Any:
        """Add a custom field of deals and leads; return it."""
        body: dict[str, Any] = {"name": f"{self.name} {field_type}", "field_type": field_type}
        if options:
            body["options"] = [{"label": label} for label in options]
        return await self.client.request("POST", "/v1/dealFields", json=body)

    def add_deal(self, id: int) -> None:
        """Register a deal that a conversion made."""
        self._made.append(("deal", f"/api/v2/deals/{id}"))

    def add_organization(self, id: int) -> None:
        """Register an organization."""
        self._made.append(("organization", f"/api/v2/organizations/{id}"))

    def add_webhook(self, id: int) -> None:
        """Register a webhook."""
        self._made.append(("webhook", f"/v1/webhooks/{id}"))

    async def remove(self) -> list[str]:
        """Remove the data of this run, and all marked data of earlier runs but deals.

        Return what could not be removed.
        """
        self._left.clear()
        for kind, path in reversed(self._made):
            await self._try(kind, self.client.request("DELETE", path))
        await self._try("leads", self._remove_leads())
        await self._try("persons", self._remove_persons())
        await self._try("labels", self._remove_labels())
        await self._try("fields", self._remove_fields())
        return self._left

    async def _try(self, kind: str, removal: Awaitable[object]) -> None:
        try:
            await removal
        except (NotFoundError, GoneError):
            pass
        except (PipedriveError, LookupError, TypeError) as error:
            self._left.append(f"{kind} ({type(error).__name__})")

    async def _remove_leads(self) -> None:
        leads: list[Lead] = [lead async for lead in self.client.get_leads()]
        leads += [lead async for lead in self.client.get_archived_leads()]
        for lead in leads:
            if lead.title.startswith(MARK):
                await self._try("lead", self.client.delete_lead(lead.id))

    async def _remove_persons(self) -> None:
        query = {"term": MARK, "fields": "name"}
        found = await self.client.request("GET", "/api/v2/persons/search", params=query)
        for person in (match["item"] for match in found["items"]):
            if person["name"].startswith(MARK):
                path = f"/api/v2/persons/{person['id']}"
                await self._try("person", self.client.request("DELETE", path))

    async def _remove_labels(self) -> None:
        for label in await self.client.get_lead_labels():
            if label.name.startswith(MARK):
                await self._try("label", self.client.delete_lead_label(label.id))

    async def _remove_fields(self) -> None:
        for field in await self.client.get_lead_fields():
            if field.name.startswith(MARK) and field.id is not None:
                path = f"/v1/dealFields/{field.id}"
                await self._try("field", self.client.request("DELETE", path))
