"""The fields that leads have in an account: as Pipedrive lists them, and by their names."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from . import _checks
from . import _operations as operations
from ._answers import read_list
from ._caller import Caller
from ._wire import Pagination, Response, peek_pagination
from .custom_fields import CustomFields
from .errors import PaginationError
from .models import LeadField


class LeadFieldOperations:
    """The operations on lead fields, part of `LeadsClient`."""

    _caller: Caller
    _custom_fields: _Flight | None = None

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
        fields: dict[str, LeadField] = {}
        start = 0
        while True:
            page, position = await self._caller.call(
                operations.GET_LEAD_FIELDS,
                _read_page,
                query={"start": str(start), "limit": str(operations.LARGEST_PAGE)},
            )
            known = len(fields)
            for field in page:
                # A field that was added meanwhile moves others to the next page.
                fields.setdefault(field.key, field)
            if not position.more or not page:
                return list(fields.values())
            following = start + len(page) if position.next_start is None else position.next_start
            if following <= start or len(fields) == known:
                raise PaginationError(
                    f"the server says that the list goes on, but leads from {start} to {following} "
                    "and to no new fields",
                    operation=operations.GET_LEAD_FIELDS.id,
                )
            start = following

    async def get_custom_fields(self, *, refresh: bool = False) -> CustomFields:
        """Get the custom fields of leads by their names, as `get_lead_fields` lists them.

        They are read once and kept for as long as the client lives; whoever asks meanwhile
        waits for the same answer.

        Args:
            refresh: Whether to read them again, as somebody may have changed them.

        Example:
            >>> async def show(client: LeadsClient, lead: Lead) -> None:
            ...     fields = await client.get_custom_fields()
            ...     print(fields.read(lead))

        https://developers.pipedrive.com/docs/api/v1/LeadFields#getLeadFields
        """
        _checks.boolean("refresh", refresh)
        flight = self._custom_fields
        if refresh or flight is None or flight.failed:
            flight = self._custom_fields = _Flight(self._read_custom_fields())
        return await flight.result()

    async def _read_custom_fields(self) -> CustomFields:
        return CustomFields(await self.get_lead_fields())

    # Pipedrive's own operation id
    getLeadFields = get_lead_fields


class _Flight:
    """One reading for all who wait for it, which ends when the last of them is cancelled."""

    def __init__(self, reading: Coroutine[Any, Any, CustomFields]) -> None:
        self._task = asyncio.create_task(reading)
        self._waiting = 0

    @property
    def failed(self) -> bool:
        """Whether nothing will come of it."""
        task = self._task
        if not task.done():
            return task.cancelling() > 0
        return task.cancelled() or task.exception() is not None

    async def result(self) -> CustomFields:
        if not self._task.done():
            await self._wait()
        return self._task.result()

    async def _wait(self) -> None:
        self._waiting += 1
        try:
            # Not awaited itself, which would pass the cancellation of one on to all.
            await asyncio.wait([self._task])
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._task.cancel()
                # Gathered, an error that nobody will see is not reported as never retrieved.
                await asyncio.gather(self._task, return_exceptions=True)


def _read_page(response: Response) -> tuple[list[LeadField], Pagination]:
    return read_list(LeadField)(response), peek_pagination(response)
