"""The fields of leads: Pipedrive's own fields and the custom fields of an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from .._codec.codec import Rows
from .._codec.custom_field_keys import is_custom_field
from .._http import reference as operations
from .._http.caller import Caller
from .._http.deadline import Deadline
from .._http.message import Response
from .._http.pagination import Pagination, peek_pagination
from .._shared import checks
from .._shared.steps import Steps
from ..custom_fields import CustomFields
from ..errors import PaginationError, PipedriveError
from ..models import LeadField
from ..models._lead import LeadT
from .account_state.shared_work import SharedWork
from .base import Operations
from .responses import parse_rows

_MOST_FIELDS: Final = 100_000
"""The maximum number of all fields and options: a faulty server could report more without end."""


class LeadFieldOperations(Operations[LeadT]):
    """The operations on the fields of leads, part of `LeadsClient`."""

    async def get_lead_fields(self) -> list[LeadField]:
        """Get all fields of leads: Pipedrive's own and the account's custom fields.

        A page of 500 fields costs 20 tokens of the daily budget.

        Raises:
            DecodeError: A field cannot be decoded.
            PaginationError: The positions that the server returns do not advance.

        Example:
            >>> async def keys(client: LeadsClient) -> dict[str, str]:
            ...     return {field.name: field.key for field in await client.get_lead_fields()}

        https://developers.pipedrive.com/docs/api/v1/LeadFields#getLeadFields
        """
        return await request_fields(self._caller, is_required=lambda _: True)

    async def get_custom_fields(self, *, refresh: bool = False) -> CustomFields:
        """Get the account's custom fields of leads, by name.

        They are requested once for the account, and later calls of all clients that share the
        session manager and the credential return the same object. Concurrent calls share one
        request. A page of 500 fields costs 20 tokens of the daily budget.

        Args:
            refresh: Whether to request them again, for example because a custom field was
                added or renamed in Pipedrive.

        Raises:
            DecodeError: A custom field cannot be decoded. Fields of Pipedrive's own that cannot
                be decoded are skipped.
            PaginationError: The positions that the server returns do not advance.

        Example:
            >>> async def show(client: LeadsClient, lead: Lead) -> None:
            ...     fields = await client.get_custom_fields()
            ...     print(fields.read(lead))

        https://developers.pipedrive.com/docs/api/v1/LeadFields#getLeadFields
        """
        checks.boolean("refresh", refresh)
        work = self._account.custom_fields
        if refresh or work is None or not work.can_be_joined:
            self._caller.check_usable(operations.GET_LEAD_FIELDS)
            work = self._account.custom_fields = SharedWork(self._caller, _request_custom_fields)
        try:
            await work.wait(self._caller, Deadline(self._caller.timeouts.deadline))
        except PipedriveError as error:
            error.operation = operations.GET_LEAD_FIELDS.id
            raise
        return await work.result()

    # Pipedrive's own operation id
    getLeadFields = get_lead_fields


async def _request_custom_fields(caller: Caller) -> CustomFields:
    # A malformed field of Pipedrive's own must not hide the account's custom fields.
    return CustomFields(await request_fields(caller, is_required=_is_custom))


async def request_fields(caller: Caller, *, is_required: Callable[[Any], bool]) -> list[LeadField]:
    """Return all fields of leads.

    Args:
        caller: Sends the requests.
        is_required: Returns whether a field that cannot be decoded is an error, given its row.
            It is skipped otherwise.
    """
    fields: dict[str, LeadField] = {}
    start = size = 0
    while True:
        page = await caller.call(
            operations.GET_LEAD_FIELDS,
            lambda response: _read(response, is_required=is_required),
            query={"start": str(start), "limit": str(operations.LARGEST_PAGE)},
        )
        known = len(fields)
        for field in page.fields:
            # A field that is added between two requests moves another to the next page.
            fields.setdefault(field.key, field)
        size += page.size
        if size > _MOST_FIELDS:
            raise PaginationError(
                f"the server returns more than {_MOST_FIELDS:,} fields and options",
                operation=operations.GET_LEAD_FIELDS.id,
            )
        if not page.position.more:
            return list(fields.values())
        next_start = page.position.next_start
        if next_start is None:
            next_start = start + page.rows
        has_nothing_new = not page.rows or (page.fields and len(fields) == known)
        if next_start <= start or has_nothing_new:
            raise PaginationError(
                f"the server reports more fields, but the page at {start} has no new ones, "
                f"or its next position {next_start} does not advance",
                operation=operations.GET_LEAD_FIELDS.id,
            )
        start = next_start


class _Page(NamedTuple):
    """One page of fields.

    Attributes:
        fields: The fields that could be decoded.
        rows: The number of fields on the page, including those that could not be decoded.
        position: The position of the next page.
    """

    fields: list[LeadField]
    rows: int
    position: Pagination

    @property
    def size(self) -> int:
        """The number of its fields and their options."""
        return self.rows + sum(len(field.options or ()) for field in self.fields)


async def _read(response: Response, *, is_required: Callable[[Any], bool]) -> _Page:
    fields: list[LeadField] = []
    skipped = 0
    steps = Steps()
    position = peek_pagination(response)
    await steps.next()
    rows = Rows(LeadField, lambda: parse_rows(response), path="$.data")
    await steps.next()
    for batch, errors in rows.batches():
        for error in errors.values():
            if is_required(error.raw):
                raise error
        fields += batch
        skipped += len(errors)
        await steps.next()
    return _Page(fields, len(fields) + skipped, position)


def _is_custom(row: Any) -> bool:
    match row:
        case {"key": key}:
            return is_custom_field(key, row)
        case _:
            return False
