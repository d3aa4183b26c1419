"""The search for leads."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import Final

import attrs

from ..._http.reference import SEARCH_LEADS
from ..._shared import checks
from ...models import LeadSearchResult, Organization, Person
from ...models._lead import LeadT
from ...request_models._ids import OrganizationId, PersonId, number_id
from ..base import Operations
from .pages import Search


@attrs.frozen(kw_only=True)
class LeadSearchItem:
    """One item of a search response: a lead, and a score for how well it matches."""

    item: LeadSearchResult
    result_score: float | None = None


_SEARCH: Final = Search(SEARCH_LEADS, LeadSearchItem, ("custom_fields", "notes", "title"))


class LeadSearchOperations(Operations[LeadT]):
    """The search for leads, part of `LeadsClient`."""

    def search_leads(
        self,
        term: str,
        *,
        fields: str | Iterable[str] | None = None,
        exact_match: bool | None = None,
        person_id: PersonId | None = None,
        organization_id: OrganizationId | None = None,
        include_was_seen: bool = False,
        max_items: int | None = None,
    ) -> AsyncGenerator[LeadSearchResult, None]:
        """Iterate over the open and archived leads that match a search term.

        Only the leads' own texts are searched: the title, the notes, and custom fields of the
        types address, double, monetary, phone, text, varchar and varchar_auto. A lead is not
        found by the name, the email address or the phone number of its contact. To find it,
        search for the person with `search_persons`, and then use `get_leads` with its
        `person_id`.

        Pipedrive updates its search index some time after each change: a search can miss a new
        lead, and can still find a deleted one. `get_leads` always reads the current leads.

        A page of 100 leads costs 20 tokens of the daily budget. Searches have a burst limit of
        their own: 10 requests in 2 seconds, on every plan. You can leave the loop at any time.

        Args:
            term: The text to search for. It has at least 2 characters, or 1 with `exact_match`.
            fields: The fields to search: `custom_fields`, `notes` and `title`, or some of
                them. None searches all three.
            exact_match: True finds only fields that are equal to the whole term; upper and
                lower case are the same.
            person_id: Only leads linked to this person. Pipedrive finds at most 2000 of them.
            organization_id: Only leads linked to this organization. Pipedrive finds at most
                2000 of them.
            include_was_seen: Whether to request `was_seen`, which is None otherwise.
            max_items: The maximum number of leads to yield, at least 0; None for all.

        Raises:
            InvalidRequestError: An argument is invalid. It is raised by the call itself, not
                by the first iteration.
            DecodeError: A lead cannot be decoded. No lead of its page is yielded.
            PaginationError: The server repeats a cursor, or returns too many empty pages.

        Example:
            >>> async def find(client: LeadsClient, order: str) -> list[str]:
            ...     found = client.search_leads(order, fields="custom_fields", exact_match=True)
            ...     return [result.id async for result in found]

        https://developers.pipedrive.com/docs/api/v1/Leads#searchLeads
        """
        query = _SEARCH.query(term, fields, exact_match)
        if person_id is not None:
            query["person_id"] = str(number_id("person_id", person_id, Person))
        if organization_id is not None:
            query["organization_id"] = str(
                number_id("organization_id", organization_id, Organization)
            )
        if checks.boolean("include_was_seen", include_was_seen):
            query["include_fields"] = "lead.was_seen"
        return _SEARCH.start(self._caller, query, max_items)

    # Pipedrive's own operation id
    searchLeads = search_leads
