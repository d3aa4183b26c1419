"""Create leads, one or many, each only once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from contextlib import aclosing
from functools import partial
from typing import Final

import attrs

from ..._codec.codec import to_dict
from ..._http import reference as operations
from ..._http.caller import Caller
from ..._shared import checks
from ..._shared.concurrent import map_concurrently
from ..._shared.log import log
from ...enums import UNSET
from ...errors import (
    AuthenticationError,
    AuthUnavailableError,
    BlockedError,
    ClientClosedError,
    ConnectionFailedError,
    DailyBudgetExhaustedError,
    InvalidRequestError,
    OutcomeUnknownError,
    PipedriveError,
    WrongLoopError,
)
from ...models import AddLeadResult, EnsuredLead
from ...models._lead import LeadT
from ...request_models import AddLeadRequest
from ..base import Operations
from ..responses import read_one
from .keyed_creations import Creations
from .lookup import find_by_key

_FAILS_ALL_ITEMS: Final = (
    AuthenticationError,
    AuthUnavailableError,
    BlockedError,
    ClientClosedError,
    ConnectionFailedError,
    DailyBudgetExhaustedError,
    WrongLoopError,
)
"""Errors that do not depend on the item: the next item would fail with the same error."""


class LeadCreationOperations(Operations[LeadT]):
    """The operations that create leads, part of `LeadsClient`."""

    def __init__(self, caller: Caller, lead_type: type[LeadT]) -> None:
        super().__init__(caller, lead_type)
        self._creations = Creations[EnsuredLead[LeadT]]()

    async def add_lead(
        self, request: AddLeadRequest, *, idempotency_key: str | None = None
    ) -> LeadT:
        """Add a lead, and return it as Pipedrive created it.

        It costs 10 tokens of the daily budget.

        The request is retried only if the failed attempt cannot have created a lead. If the
        outcome of an attempt is unknown, `OutcomeUnknownError` is raised.

        With an `idempotency_key` the client can find out the outcome. Pipedrive itself has no
        idempotency keys, so the key is saved as the lead's `origin_id`. After an attempt of
        unknown outcome the client searches for the key, once, among the open and archived leads
        of the request's person or organization, and returns the lead if it finds it. With
        `RetryPolicy(settle=…)` it then waits for that time, searches again, and sends the
        request once more if there is still no such lead. A search costs up to 60 tokens for
        each 500 leads of the person or organization, and ends at the deadline. Concurrent calls
        of one client with the same key create one lead.

        The client does not search before the first attempt: a key that was used before creates
        a second lead. Use `ensure_lead` to search first.

        Args:
            request: The lead to create.
            idempotency_key: Your own unique name for this creation, such as the id of an order.

        Raises:
            InvalidRequestError: The key is invalid, or `request` has an `origin_id` of its own.
            OutcomeUnknownError: The request was sent, but its outcome is unknown.
            BadRequestError: Pipedrive refuses the lead, for example because the person does
                not exist.
            DecodeError: The lead was created, but the response cannot be decoded; `.lead_id`
                is its id.

        Example:
            >>> from pipedrive_leads_async import AddLeadRequest, LeadValue
            >>> async def order(client: LeadsClient) -> Lead:
            ...     return await client.add_lead(
            ...         AddLeadRequest(
            ...             title="Big order",
            ...             person_id=42,
            ...             value=LeadValue(amount=1200, currency="EUR"),
            ...         ),
            ...         idempotency_key="order-1234",
            ...     )

        https://developers.pipedrive.com/docs/api/v1/Leads#addLead
        """
        checks.instance("request", request, AddLeadRequest)
        if idempotency_key is None:
            return await self._send(request, None)
        key = _check_key(request, idempotency_key)
        create = partial(self._create, request, key)
        ensured, _ = await self._creations.join(key, request, create)
        return ensured.lead

    async def ensure_lead(
        self, request: AddLeadRequest, *, idempotency_key: str
    ) -> EnsuredLead[LeadT]:
        """Return the lead that was created with a key; create it if it does not exist.

        The open and archived leads of the request's person or organization are searched for
        the key, which costs up to 60 tokens of the daily budget for each 500 of them. If none
        has the key, the lead is added as `add_lead` does, for 10 more tokens.

        Call it after an `OutcomeUnknownError`, in the same process or in another one. If two
        processes call it with the same key at the same moment, both can create a lead. To
        prevent that, lock a row of your own database during the call.

        A lead is not found if it was deleted, converted, or linked to another person or
        organization.

        Args:
            request: The lead to create if it does not exist. An existing lead is not changed.
            idempotency_key: Your own unique name for this creation, such as the id of an order.

        Raises:
            InvalidRequestError: The key is invalid, or `request` has an `origin_id` of its own.
            OutcomeUnknownError: The request was sent, but its outcome is unknown.
            BadRequestError: Pipedrive refuses the lead.

        Example:
            >>> from pipedrive_leads_async import AddLeadRequest
            >>> async def capture(client: LeadsClient, form_id: str) -> Lead:
            ...     request = AddLeadRequest(title="Form", person_id=42)
            ...     ensured = await client.ensure_lead(request, idempotency_key=form_id)
            ...     print("new" if ensured.created else "known", ensured.lead.id)
            ...     return ensured.lead

        https://developers.pipedrive.com/docs/api/v1/Leads#addLead
        """
        checks.instance("request", request, AddLeadRequest)
        key = _check_key(request, idempotency_key)
        ensure = partial(self._find_or_create, request, key)
        ensured, is_first = await self._creations.join(key, request, ensure)
        return ensured if is_first else attrs.evolve(ensured, created=False)

    def add_leads(
        self,
        items: Iterable[tuple[str, AddLeadRequest]] | AsyncIterable[tuple[str, AddLeadRequest]],
        *,
        concurrency: int = 8,
    ) -> AsyncGenerator[AddLeadResult[LeadT], None]:
        """Add many leads concurrently, and yield the result of each one when it is known.

        Each lead is added as `add_lead` does with its key, and costs 10 tokens of the daily
        budget. Items are taken from `items` as slots become free. An error that concerns one
        item is part of its result, and the others continue.

        An error that would fail all items, such as a revoked token, a host that cannot be
        reached or an exhausted daily budget, ends the iteration: no more items are taken, the
        results of those in progress are yielded, and the error is raised. The leads of items
        without a result were not created. This does not apply if you leave the loop early:
        that cancels the items in progress.

        Args:
            items: Pairs of an idempotency key, such as the number of a row in a file, and a
                request. Each key must be unique.
            concurrency: The maximum number of leads to add at the same time, at least 1.

        Raises:
            DailyBudgetExhaustedError: The daily budget is exhausted. Add the remaining items
                on another day.
            TypeError: `items` is not iterable, or an item is not a pair.

        Example:
            >>> from pipedrive_leads_async import AddLeadRequest
            >>> async def load(client: LeadsClient, titles: list[str]) -> None:
            ...     items = (
            ...         (f"row-{row}", AddLeadRequest(title=title, person_id=42))
            ...         for row, title in enumerate(titles)
            ...     )
            ...     async for result in client.add_leads(items):
            ...         print(result.key, result.error or "created")

        https://developers.pipedrive.com/docs/api/v1/Leads#addLead
        """
        if not isinstance(items, Iterable | AsyncIterable) or isinstance(items, str | bytes):
            raise TypeError(
                "items must be a sync or async iterable of pairs (key, AddLeadRequest), "
                f"got {type(items).__name__}"
            )
        checks.integer("concurrency", concurrency)
        return self._add_each(items, concurrency)

    async def _add_each(
        self,
        items: Iterable[tuple[str, AddLeadRequest]] | AsyncIterable[tuple[str, AddLeadRequest]],
        concurrency: int,
    ) -> AsyncGenerator[AddLeadResult[LeadT], None]:
        keys: set[str] = set()

        async def add(item: tuple[str, AddLeadRequest]) -> AddLeadResult[LeadT]:
            key, request = _check_pair(item, position=len(keys))
            try:
                _check_is_new(key, keys)
                lead = await self.add_lead(request, idempotency_key=key)
            except (PipedriveError, TypeError) as error:
                if isinstance(error, _FAILS_ALL_ITEMS):
                    raise
                return AddLeadResult(key=key, error=error)
            return AddLeadResult(key=key, lead=lead)

        async with aclosing(map_concurrently(items, add, concurrency=concurrency)) as results:
            async for result in results:
                yield result

    async def _find_or_create(self, request: AddLeadRequest, key: str) -> EnsuredLead[LeadT]:
        found = await self._find(request, key)
        if found is None:
            return await self._create(request, key)
        return EnsuredLead(lead=found, created=False)

    async def _create(self, request: AddLeadRequest, key: str) -> EnsuredLead[LeadT]:
        """Send the request; if its outcome is unknown, search for the lead until the deadline."""
        loop = asyncio.get_running_loop()
        settle = self._caller.retry.settle or 0.0
        deadline = loop.time() + self._caller.timeouts.deadline + settle
        try:
            return EnsuredLead(lead=await self._send(request, key), created=True)
        except OutcomeUnknownError as error:
            outcome = error
        try:
            async with asyncio.timeout_at(deadline):
                found = await self._resolve_outcome(request, key)
        except (TimeoutError, PipedriveError) as error:
            reason = str(error) or "there was no time left"
            outcome.add_note(f"The search for the lead failed too: {reason}")
            found = None
        if found is None:
            raise outcome
        return EnsuredLead(lead=found, created=True)

    async def _resolve_outcome(self, request: AddLeadRequest, key: str) -> LeadT | None:
        """Search for the lead; with `settle`, wait, search again, and send the request again."""
        settle = self._caller.retry.settle
        found = await self._find(request, key)
        if found is None and settle is not None:
            await self._caller.sleep(settle)
            found = await self._find(request, key) or await self._send(request, key)
        return found

    async def _find(self, request: AddLeadRequest, key: str) -> LeadT | None:
        return await find_by_key(self._caller, self._lead_type, request, key)

    async def _send(self, request: AddLeadRequest, key: str | None) -> LeadT:
        lead = await self._caller.call(
            operations.ADD_LEAD,
            read_one(self._lead_type),
            json=to_dict(request) | ({} if key is None else {"origin_id": key}),
            idempotency_key=key,
        )
        if key is not None and lead.origin_id != key:
            log.warning(
                "Pipedrive did not keep the idempotency key of lead %s: "
                "the lead cannot be found by its key",
                lead.id,
            )
        return lead

    # Pipedrive's own operation id
    addLead = add_lead


def _check_pair(item: tuple[str, AddLeadRequest], *, position: int) -> tuple[str, AddLeadRequest]:
    if not isinstance(item, tuple) or len(item) != 2:
        raise TypeError(
            "each of items must be a pair (key, AddLeadRequest), "
            f"got {type(item).__name__} after {position} others"
        )
    return item


def _check_is_new(key: str, keys: set[str]) -> None:
    """Check the key of an item, and add it to the keys of the items before."""
    checks.text("idempotency_key", key)
    if key in keys:
        raise InvalidRequestError(
            f"idempotency_key {key!r} is in items twice: make the key of each item unique"
        )
    keys.add(key)


def _check_key(request: AddLeadRequest, key: str) -> str:
    if request.origin_id is not UNSET:
        raise InvalidRequestError(
            "idempotency_key is sent as origin_id, but request has an origin_id too: "
            "leave out one of them"
        )
    if checks.text("idempotency_key", key) != key.strip():
        raise InvalidRequestError(
            "idempotency_key begins or ends with white space, which Pipedrive may remove: strip it"
        )
    return key
