"""The operations on notes."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator
from typing import Any, SupportsIndex

from ..._codec.codec import decode_list, to_dict
from ..._http import reference as operations
from ..._http.envelope import read_envelope
from ..._http.message import Response
from ..._http.pagination import Pagination, read_pagination
from ..._shared import checks
from ...models import Note
from ...models._lead import LeadT
from ...request_models import AddNoteRequest, UpdateNoteRequest
from ...request_models._ids import (
    LeadId,
    NoteId,
    OrganizationId,
    PersonId,
    UserId,
    number_id,
)
from ..base import Operations
from ..endpoints.pages import Page
from ..endpoints.walk import walk
from ..responses import as_rows, read_deletion, read_one
from .filters import NoteFilters


class NoteOperations(Operations[LeadT]):
    """The operations on notes, part of `LeadsClient`."""

    def get_notes(
        self,
        *,
        lead_id: LeadId | None = None,
        person_id: PersonId | None = None,
        organization_id: OrganizationId | None = None,
        deal_id: SupportsIndex | None = None,
        user_id: UserId | None = None,
        updated_since: dt.datetime | None = None,
        pinned_to_lead: bool | None = None,
        sort: str | None = None,
        limit: int = 500,
        max_items: int | None = None,
    ) -> AsyncGenerator[Note, None]:
        """Iterate over notes, by default over all that the user of the credential may see.

        Each page costs 20 tokens of the daily budget. One page is held at a time, and you can
        leave the loop at any time. A note can be missed if notes before it are deleted
        meanwhile: those after them move to an earlier page.

        Args:
            lead_id: Only notes of this lead: its id, or the `Lead`.
            person_id: Only notes of this person: the id, or the `Person`.
            organization_id: Only notes of this organization: the id, or the `Organization`.
            deal_id: Only notes of this deal.
            user_id: Only notes of this author: the id, or the `User`.
            updated_since: Only notes changed at this time or later, an aware datetime. It is
                sent in whole seconds, rounded down.
            pinned_to_lead: True for notes that are pinned to a lead, False for the others.
            sort: Fields with their directions, separated by commas, such as
                `"update_time DESC"`. The fields are `id`, `user_id`, `deal_id`, `person_id`,
                `organization_id`, `content`, `add_time` and `update_time`.
            limit: The size of a page, 1 to 500.
            max_items: The maximum number of notes to yield, at least 0; None for all.

        Raises:
            InvalidRequestError: An argument is invalid. It is raised by the call itself, not
                by the first iteration.
            TypeError: An argument has the wrong type; raised by the call itself.
            DecodeError: A note cannot be decoded. No note of its page is yielded.
            PaginationError: The positions do not advance.

        Example:
            >>> async def last_note(client: LeadsClient, lead: Lead) -> str | None:
            ...     notes = client.get_notes(lead_id=lead, sort="add_time DESC", max_items=1)
            ...     return next((note.content async for note in notes), None)

        https://developers.pipedrive.com/docs/api/v1/Notes#getNotes
        """
        filters = NoteFilters(
            lead_id=lead_id,
            person_id=person_id,
            organization_id=organization_id,
            deal_id=deal_id,
            user_id=user_id,
            updated_since=updated_since,
            pinned_to_lead=pinned_to_lead,
            sort=sort,
        )
        limit = checks.integer("limit", limit, high=operations.LARGEST_PAGE)
        if max_items is not None:
            max_items = checks.integer("max_items", max_items, low=0)
        return walk(
            self._caller,
            operations.GET_NOTES,
            _read_page,
            query=filters.query(),
            limit=limit,
            max_items=max_items,
        )

    async def get_note(self, id: NoteId) -> Note:
        """Get one note.

        It costs 2 tokens of the daily budget.

        Args:
            id: The note's id, or a `Note`, to read it again.

        Raises:
            NotFoundError: The note does not exist.

        Example:
            >>> async def text_of(client: LeadsClient, id: int) -> str | None:
            ...     return (await client.get_note(id)).content

        https://developers.pipedrive.com/docs/api/v1/Notes#getNote
        """
        note_id = number_id("id", id, Note)
        return await self._caller.call(
            operations.GET_NOTE, read_one(Note, id=note_id), ids={"id": str(note_id)}
        )

    async def add_note(self, request: AddNoteRequest) -> Note:
        """Add a note to a lead or to other items, and return it as Pipedrive created it.

        It costs 10 tokens of the daily budget.

        Args:
            request: The note to create. `AddNoteRequest.from_text` creates it from plain text.

        Raises:
            OutcomeUnknownError: The request was sent, but its outcome is unknown: check with
                `get_notes` whether the note exists before you send it again.
            BadRequestError: Pipedrive refuses the note, for example because its lead does not
                exist.

        Example:
            >>> from pipedrive_leads_async import AddNoteRequest
            >>> async def comment(client: LeadsClient, lead: Lead, text: str) -> Note:
            ...     return await client.add_note(AddNoteRequest.from_text(text, lead_id=lead))

        https://developers.pipedrive.com/docs/api/v1/Notes#addNote
        """
        checks.request(request, AddNoteRequest)
        return await self._caller.call(operations.ADD_NOTE, read_one(Note), json=to_dict(request))

    async def update_note(self, id: NoteId, request: UpdateNoteRequest) -> Note:
        """Update a note, and return the updated note.

        It costs 10 tokens of the daily budget.

        Args:
            id: The note's id, or the `Note`.
            request: The new values. Fields that are left out keep their values.

        Raises:
            NotFoundError: The note does not exist.
            BadRequestError: Pipedrive refuses a value.
            PermissionDeniedError: Only an administrator can change the author.

        Example:
            >>> from pipedrive_leads_async import UpdateNoteRequest
            >>> async def pin(client: LeadsClient, note: Note) -> Note:
            ...     changes = UpdateNoteRequest(pinned_to_lead_flag=True)
            ...     return await client.update_note(note, changes)

        https://developers.pipedrive.com/docs/api/v1/Notes#updateNote
        """
        checks.request(request, UpdateNoteRequest)
        note_id = number_id("id", id, Note)
        return await self._caller.call(
            operations.UPDATE_NOTE,
            read_one(Note, id=note_id),
            ids={"id": str(note_id)},
            json=to_dict(request),
        )

    async def delete_note(self, id: NoteId) -> int:
        """Delete a note, and return its id.

        It costs 6 tokens of the daily budget. If a retry finds that the note does not exist, an
        earlier attempt deleted it, and no error is raised.

        Args:
            id: The note's id, or the `Note`.

        Raises:
            NotFoundError: The note does not exist.

        Example:
            >>> async def forget(client: LeadsClient, note: Note) -> None:
            ...     await client.delete_note(note)

        https://developers.pipedrive.com/docs/api/v1/Notes#deleteNote
        """
        note_id = number_id("id", id, Note)
        await self._caller.call(
            operations.DELETE_NOTE, read_deletion(note_id), ids={"id": str(note_id)}
        )
        return note_id


async def _read_page(response: Response) -> Page[Note]:
    position = Pagination()

    def parse() -> list[Any]:
        nonlocal position
        envelope = read_envelope(response)
        position = read_pagination(envelope.get("additional_data"))
        return as_rows(envelope.get("data"))

    notes = await decode_list(Note, parse, path="$.data")
    return Page(notes, "", position.more, position.next_start)
