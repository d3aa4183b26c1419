"""The fields that leads have in an account: as Pipedrive lists them, and by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .._codec.codec import decode_list
from .._codec.custom_field_keys import is_custom_field_key
from .._http import reference as operations
from .._http.caller import Caller
from .._http.message import Response
from .._http.pagination import Pagination, peek_pagination
from .._shared import checks
from .._shared.tasks import SharedTask
from ..custom_fields import CustomFields
from ..errors import PaginationError
from ..models import LeadField
from ..models._lead import LeadT
from .base import Operations
from .responses import read_rows


class LeadFieldOperations(Operations[LeadT]):
    """The operations on lead fields, part of `LeadsClient`."""

    def __init__(self, caller: Caller, lead_type: type[LeadT]) -> None:
        super().__init__(caller, lead_type)
        self._custom_fields: SharedTask[CustomFields] | None = None

    async def get_lead_fields(self) -> list[LeadField]:
        """Get all fields of leads: Pipedrive's own and the account's custom fields.

        A page of 500 costs 20 tokens of the daily budget.

        Raises:
            PaginationError: The server's positions do not advance.

        Example:
            >>> async def keys(client: LeadsClient) -> dict[str, str]:
            ...     return {field.name: field.key for field in await client.get_lead_fields()}

        https://developers.pipedrive.com/docs/api/v1/LeadFields#getLeadFields
        """
        return await self._read_fields(_read_page)

    async def get_custom_fields(self, *, refresh: bool = False) -> CustomFields:
        """Get the custom fields of leads by their names, as `get_lead_fields` lists them.

        They are read once and kept for as long as the client lives; whoever asks meanwhile
        waits for the same answer. A field of Pipedrive's own that cannot be read is left out.

        Args:
            refresh: Whether to read them again, as somebody may have changed them.

        Example:
            >>> async def show(client: LeadsClient, lead: Lead) -> None:
            ...     fields = await client.get_custom_fields()
            ...     print(fields.read(lead))

        https://developers.pipedrive.com/docs/api/v1/LeadFields#getLeadFields
        """
        checks.boolean("refresh", refresh)
        reading = self._custom_fields
        if refresh or reading is None or reading.failed:
            reading = self._custom_fields = SharedTask(self._read_custom_fields())
        return await reading.result()

    async def _read_custom_fields(self) -> CustomFields:
        return CustomFields(await self._read_fields(_read_page_for_custom_fields))

    async def _read_fields(self, read: Callable[[Response], _Page]) -> list[LeadField]:
        fields: dict[str, LeadField] = {}
        start = 0
        while True:
            page = await self._caller.call(
                operations.GET_LEAD_FIELDS,
                read,
                query={"start": str(start), "limit": str(operations.LARGEST_PAGE)},
            )
            known = len(fields)
            for field in page.fields:
                # A field that was added meanwhile moves others to the next page.
                fields.setdefault(field.key, field)
            if not page.position.more:
                return list(fields.values())
            following = page.position.next_start
            if following is None:
                following = start + page.rows
            brings_nothing = not page.rows or (page.fields and len(fields) == known)
            if following <= start or brings_nothing:
                raise PaginationError(
                    f"the server says that the list goes on, but leads from {start} to {following} "
                    "and to no new fields",
                    operation=operations.GET_LEAD_FIELDS.id,
                )
            start = following

    # Pipedrive's own operation id
    getLeadFields = get_lead_fields


class _Page(NamedTuple):
    """One page of the list.

    Attributes:
        fields: What could be read.
        rows: How many fields it has.
        position: Where the list goes on.
    """

    fields: list[LeadField]
    rows: int
    position: Pagination


def _read_page(response: Response) -> _Page:
    return _read(response, needed=lambda _: True)


def _read_page_for_custom_fields(response: Response) -> _Page:
    # So that one odd field of Pipedrive's own does not take the names from all others.
    return _read(response, needed=_is_custom)


def _read(response: Response, *, needed: Callable[[Any], bool]) -> _Page:
    fields, errors = decode_list(LeadField, lambda: read_rows(response), path="$.data")
    for error in errors.values():
        if needed(error.raw):
            raise error
    return _Page(fields, len(fields) + len(errors), peek_pagination(response))


def _is_custom(row: Any) -> bool:
    match row:
        case {"key": str() as key}:
            is_part = "_" in key
            return is_custom_field_key(key) is not None and not is_part
        case _:
            return False
