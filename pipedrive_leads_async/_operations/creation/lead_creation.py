"""Make leads, one or many, and none of them twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from contextlib import aclosing
from functools import partial

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


class LeadCreationOperations(Operations[LeadT]):
    """The operations that make leads, part of `LeadsClient`."""

    def __init__(self, caller: Caller, lead_type: type[LeadT]) -> None:
        super().__init__(caller, lead_type)
        self._creations = Creations[EnsuredLead[LeadT]]()

    async def add_lead(
        self, request: AddLeadRequest, *, idempotency_key: str | None = None
    ) -> LeadT:
        """Add a lead, and get it as Pipedrive made it.

        It is sent again only where the first attempt cannot have made a lead. Pipedrive has
        no idempotency: `idempotency_key` travels as the lead's `origin_id`, by which it can
        be found. Where no answer says what became of the request, one with a key is looked
        for, once, among the open and archived leads of its person or organization, as far as
        the deadline allows; and with `RetryPolicy(settle=…)` once more after that time, and
        sent again if it is not there. Two calls with one key at the same time, in one client,
        make one lead.

        Nothing is looked for before the first attempt: a key that was used up earlier makes
        a second lead. `ensure_lead` looks first.

        Args:
            request: The lead to be made.
            idempotency_key: Your own name for this creation, such as an order's id.

        Raises:
            OutcomeUnknownError: The request was sent, and no answer says what became of it.
            BadRequestError: Pipedrive refuses the lead, such as an unknown person.
            DecodeError: It was made, and cannot be read; `.lead_id` is its id.

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
        ensured, _ = await self._creations.once(key, request, create)
        return ensured.lead

    async def ensure_lead(
        self, request: AddLeadRequest, *, idempotency_key: str
    ) -> EnsuredLead[LeadT]:
        """Get the lead that was made with a key, or make it.

        It looks among the open and archived leads of the request's person or organization,
        which costs 60 tokens of the daily budget for each 500 of them, and adds the lead as
        `add_lead` does, for 10 more, if it is not there. This is the way out of an
        `OutcomeUnknownError`, also in another process. Two processes that do it at the same
        moment can make two leads: where that can be, hold a unique row of your own.

        A lead that was deleted or converted since, or linked to somebody else, is not found.

        Args:
            request: The lead to be made if there is none. One that is found is not changed.
            idempotency_key: Your own name for this creation, such as an order's id.

        Raises:
            OutcomeUnknownError: It was sent, and no answer says what became of it.

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
        ensured, is_first = await self._creations.once(key, request, ensure)
        return ensured if is_first else attrs.evolve(ensured, created=False)

    def add_leads(
        self,
        items: Iterable[tuple[str, AddLeadRequest]] | AsyncIterable[tuple[str, AddLeadRequest]],
        *,
        concurrency: int = 8,
    ) -> AsyncGenerator[AddLeadResult[LeadT], None]:
        """Add many leads, and get what became of each as soon as it is known.

        Each is added as `add_lead` does with its key, so 20,000 of them cost 200,000 tokens
        of the daily budget. Items are taken when there is room for them; one that fails does
        not fail another. What would fail all, such as a revoked token, a host that cannot be
        reached or a daily budget that is used up, is raised when what is under way has been
        given: items without a result were not made, unless the loop was left before they
        were given.

        Args:
            items: Pairs of a key, such as a row's number in its file, and a request.
            concurrency: How many to add at once, at least 1.

        Raises:
            DailyBudgetExhaustedError: Go on with the rest another day.
            TypeError: An item is no pair.

        Example:
            >>> from pipedrive_leads_async import AddLeadRequest
            >>> async def load(client: LeadsClient, titles: list[str]) -> None:
            ...     items = (
            ...         (f"row-{row}", AddLeadRequest(title=title, person_id=42))
            ...         for row, title in enumerate(titles)
            ...     )
            ...     async for result in client.add_leads(items):
            ...         print(result.key, result.error or "made")

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
        seen: set[str] = set()

        async def add(item: tuple[str, AddLeadRequest]) -> AddLeadResult[LeadT]:
            if not isinstance(item, tuple) or len(item) != 2:
                raise TypeError(
                    "each of items must be a pair (key, AddLeadRequest), "
                    f"got {type(item).__name__} after {len(seen)} others"
                )
            key, request = item
            try:
                checks.text("idempotency_key", key)
                if key in seen:
                    raise InvalidRequestError(
                        f"idempotency_key {key!r} was in items before: give each item its own"
                    )
                seen.add(key)
                lead = await self.add_lead(request, idempotency_key=key)
            except (PipedriveError, TypeError) as error:
                if _fails_all(error):
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
        """Send it; where its fate is unknown, find out."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._caller.timeouts.deadline + (self._caller.retry.settle or 0.0)
        try:
            return EnsuredLead(lead=await self._send(request, key), created=True)
        except OutcomeUnknownError as error:
            outcome = error
        try:
            async with asyncio.timeout_at(ends):
                found = await self._find_out(request, key)
        except (TimeoutError, PipedriveError) as error:
            outcome.add_note(f"Finding out failed too: {str(error) or 'there was no time left'}")
            found = None
        if found is None:
            raise outcome
        return EnsuredLead(lead=found, created=True)

    async def _find_out(self, request: AddLeadRequest, key: str) -> LeadT | None:
        """Look for it; after the time to settle look again, and send it once more."""
        settle = self._caller.retry.settle
        found = await self._find(request, key)
        if found is None and settle is not None:
            await self._caller.sleep(settle)
            found = await self._find(request, key) or await self._send(request, key)
        return found

    async def _send(self, request: AddLeadRequest, key: str | None) -> LeadT:
        lead = await self._caller.call(
            operations.ADD_LEAD,
            read_one(self._lead_type),
            json=to_dict(request) | ({} if key is None else {"origin_id": key}),
            idempotency_key=key,
        )
        if key is not None and lead.origin_id != key:
            log.warning("Pipedrive did not keep the key of lead %s: it cannot be found", lead.id)
        return lead

    async def _find(self, request: AddLeadRequest, key: str) -> LeadT | None:
        return await find_by_key(self._caller, self._lead_type, request, key)

    # Pipedrive's own operation id
    addLead = add_lead


def _fails_all(error: Exception) -> bool:
    """Whether an error is not about one item: the next would fail alike."""
    return isinstance(
        error,
        AuthenticationError
        | AuthUnavailableError
        | BlockedError
        | ClientClosedError
        | ConnectionFailedError
        | DailyBudgetExhaustedError
        | WrongLoopError,
    )


def _check_key(request: AddLeadRequest, key: str) -> str:
    if request.origin_id is not UNSET:
        raise InvalidRequestError(
            "idempotency_key travels as origin_id, which request has already: give one"
        )
    if checks.text("idempotency_key", key) != key.strip():
        raise InvalidRequestError(
            "idempotency_key begins or ends with white space, which Pipedrive may lose: strip it"
        )
    return key
