"""Create leads, one or many, each only once."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Mapping
from contextlib import aclosing
from typing import Any, Final, cast

import attrs

from ..._codec.codec import decode_fast, to_dict
from ..._codec.decode_exact import decode_exactly
from ..._http import reference as operations
from ..._http.caller import Caller
from ..._http.deadline import Deadline
from ..._http.error_redaction import redact_error, redact_model
from ..._shared import checks
from ..._shared.concurrent import map_concurrently
from ..._shared.json_copy import copy_in_steps, excerpt
from ...custom_fields import CustomField
from ...errors import (
    AuthenticationError,
    AuthUnavailableError,
    BlockedError,
    ClientClosedError,
    ConfigurationError,
    ConnectionFailedError,
    DailyBudgetExhaustedError,
    DecodeError,
    IdempotencyKeyLostError,
    InvalidRequestError,
    PipedriveError,
    WrongLoopError,
)
from ...models import AddLeadResult, EnsuredLead
from ...models._lead import LeadT
from ...request_models import AddLeadRequest
from ..account_state.creations import KeyedLead
from ..account_state.shared_work import SharedWork
from ..base import Operations
from ..missing_fields import warn_about_missing_fields
from ..responses import read_one
from .key_property import KeyProperty
from .keyed_creation import KeyedCreation

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

    def __init__(
        self, caller: Caller, lead_type: type[LeadT], idempotency_field: str | CustomField | None
    ) -> None:
        super().__init__(caller, lead_type)
        self._key_property = KeyProperty.of(idempotency_field)

    async def add_lead(
        self, request: AddLeadRequest, *, idempotency_key: str | None = None
    ) -> LeadT:
        """Add a lead, and return it as Pipedrive created it.

        It costs 10 tokens of the daily budget.

        The request is retried only if the failed attempt cannot have created a lead. If the
        outcome of an attempt is unknown, `OutcomeUnknownError` is raised.

        With an `idempotency_key` the client can find out the outcome. Pipedrive itself has no
        idempotency keys, so the key is saved as the lead's `origin_id`, or in the custom field
        that the client has as `idempotency_field`. After an attempt of
        unknown outcome the client searches for the key, once, among the open and archived leads
        of the request's person or organization, and returns the lead if it finds it. With
        `RetryPolicy(settle=…)` it then waits for that time, searches again, and sends the
        request once more if there is still no such lead. A search costs up to 60 tokens for
        each 500 leads of the person or organization, and ends at the deadline. Concurrent calls
        with the same key create one lead, if their clients share a session manager and the
        credential. Each call ends at its own deadline.

        The client does not search before the first attempt: a key that was used before creates
        a second lead. Use `ensure_lead` to search first. Exception: if this process sent a
        request with the key and its outcome is still unknown, the call behaves like
        `ensure_lead`.

        Args:
            request: The lead to create.
            idempotency_key: Your own unique name for this creation, such as the id of an order.

        Raises:
            InvalidRequestError: The key is invalid or longer than 255 characters, or `request`
                sets the property that holds the key: `origin_id` or the `idempotency_field`.
            OutcomeUnknownError: The request was sent, but its outcome is unknown; or an earlier
                request may still be on its way, and nothing was sent now.
            IdempotencyKeyLostError: The lead was created, but Pipedrive did not keep the key.
            ConfigurationError: Pipedrive did not keep an earlier key of the account: set the
                client's `idempotency_field`.
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
        checks.request(request, AddLeadRequest)
        if idempotency_key is None:
            return await self._send(request)
        self._check_keys_are_kept()
        return (await self._join(request, idempotency_key, looks_first=False)).lead

    async def ensure_lead(
        self, request: AddLeadRequest, *, idempotency_key: str
    ) -> EnsuredLead[LeadT]:
        """Return the lead that was created with a key; create it if it does not exist.

        The open and archived leads of the request's person or organization are searched for
        the key, which costs up to 60 tokens of the daily budget for each 500 of them. If none
        has the key, the lead is added as `add_lead` does, for 10 more tokens.

        Call it after an `OutcomeUnknownError`, a cancellation or a crash. An earlier request
        with the key may still be on its way: Pipedrive can create its lead after the client has
        given up. All clients that share a session manager and the credential remember the
        latest 10,000 such keys. For these keys, the call searches at once, waits until 30
        seconds (or `RetryPolicy.settle`, if longer) have passed since that request was sent,
        searches again, and only then sends a new request. If the deadline ends before that, it
        raises `OutcomeUnknownError` at once and sends nothing.

        Another process does not remember these keys. If an earlier process may have sent the
        request, wait 30 seconds (or `settle`) before you call this method. If two processes
        call it with the same key at the same moment, both can create a lead. To prevent that,
        lock a row of your own database during the call.

        A lead is not found if it was deleted, converted, or linked to another person or
        organization.

        Args:
            request: The lead to create if it does not exist. An existing lead is not changed.
            idempotency_key: Your own unique name for this creation, such as the id of an order.

        Raises:
            InvalidRequestError: The key is invalid or longer than 255 characters, or `request`
                sets the property that holds the key: `origin_id` or the `idempotency_field`.
            OutcomeUnknownError: The request was sent, but its outcome is unknown; or an earlier
                request may still be on its way, and nothing was sent now.
            IdempotencyKeyLostError: The lead was created, but Pipedrive did not keep the key.
            ConfigurationError: Pipedrive did not keep an earlier key of the account: set the
                client's `idempotency_field`.
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
        checks.request(request, AddLeadRequest)
        self._check_keys_are_kept()
        return await self._join(request, idempotency_key, looks_first=True)

    def add_leads(
        self,
        items: Iterable[tuple[str | int, AddLeadRequest]]
        | AsyncIterable[tuple[str | int, AddLeadRequest]],
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
            items: Pairs of an idempotency key and a request. A key is a str or an int, such as
                the number of a row in a file; of an int, the decimal text is sent, and it is
                the `key` of the result. Each key must be unique.
            concurrency: The maximum number of leads to add at the same time, at least 1.

        Raises:
            DailyBudgetExhaustedError: The daily budget is exhausted. Add the remaining items
                on another day.
            ConfigurationError: Pipedrive did not keep an earlier key of the account: set the
                client's `idempotency_field`. A key that is lost during the iteration is the
                `error` of its item, beside the lead, and the others continue.
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
        _check_items(items)
        concurrency = checks.integer("concurrency", concurrency)
        self._check_keys_are_kept()
        return self._add_each(items, concurrency)

    async def _add_each(
        self,
        items: Iterable[tuple[str | int, AddLeadRequest]]
        | AsyncIterable[tuple[str | int, AddLeadRequest]],
        concurrency: int,
    ) -> AsyncGenerator[AddLeadResult[LeadT], None]:
        keys: set[str] = set()

        async def add(item: tuple[str | int, AddLeadRequest]) -> AddLeadResult[LeadT]:
            key, request = _check_pair(item, position=len(keys))
            try:
                _check_is_new(key, keys)
                checks.request(request, AddLeadRequest)
                ensured = await self._join(request, key, looks_first=False)
            except IdempotencyKeyLostError as error:
                return AddLeadResult(key=key, lead=error.lead, error=error)
            except (PipedriveError, TypeError) as error:
                if isinstance(error, _FAILS_ALL_ITEMS):
                    raise
                return AddLeadResult(key=key, error=error)
            return AddLeadResult(key=key, lead=ensured.lead)

        async with aclosing(map_concurrently(items, add, concurrency=concurrency)) as results:
            async for result in results:
                yield result

    async def _join(
        self, request: AddLeadRequest, idempotency_key: str, *, looks_first: bool
    ) -> EnsuredLead[LeadT]:
        """Create the lead of a key, or wait for another call that does."""
        key = self._key_property.check(request, idempotency_key)
        creation = KeyedCreation(self._account, self._key_property, request, key, looks_first)
        caller = self._caller
        caller.check_usable(operations.ADD_LEAD)
        deadline = Deadline(caller.timeouts.deadline + (caller.retry.settle or 0.0))

        def start() -> SharedWork[KeyedLead]:
            creation.check_deadline(deadline, caller.retry.settle)
            return SharedWork(caller, creation.run)

        found, is_first = await self._account.creations.join(
            creation.id, request, start, caller=caller, deadline=deadline
        )
        if not found.keeps_key:
            raise await self._key_lost(key, found)
        lead = await _decode(found, self._lead_type)
        return EnsuredLead(lead=lead, created=found.created and is_first)

    def _check_keys_are_kept(self) -> None:
        """Check that this account has not lost an idempotency key before.

        Raises:
            ConfigurationError: It has, and nothing is sent.
        """
        name = self._key_property.name
        if name in self._account.losing_properties:
            needed = "another" if self._key_property.is_custom_field else "the key of a"
            raise ConfigurationError(
                f"idempotency_field must be {needed} text field of leads: Pipedrive did not keep "
                f"an earlier idempotency key in {name}, so keys cannot prevent a second lead"
            )

    async def _key_lost(self, key: str, found: KeyedLead) -> IdempotencyKeyLostError:
        found = attrs.evolve(found, row=excerpt(found.row))
        return IdempotencyKeyLostError(
            "the lead was made; do not repeat: Pipedrive did not keep the idempotency key in "
            f"{self._key_property.name}, so the lead cannot be found by it. Create a text field "
            "for leads in Pipedrive, and pass its key to LeadsClient as idempotency_field",
            lead=redact_model(await _decode(found, self._lead_type), found.redactor),
            idempotency_key=key,
            operation=found.operation,
            attempts=found.attempts,
            request_id=found.request_id,
        )

    async def _send(self, request: AddLeadRequest) -> LeadT:
        lead = await self._caller.call(
            operations.ADD_LEAD, read_one(self._lead_type), json=to_dict(request)
        )
        if request.custom_fields:
            warn_about_missing_fields(
                self._caller, self._account, operations.ADD_LEAD, request, to_dict(lead)
            )
        return lead

    # Pipedrive's own operation id
    addLead = add_lead


async def _decode(found: KeyedLead, lead_type: type[LeadT]) -> LeadT:
    try:
        model = decode_fast(lead_type, await copy_in_steps(found.row))
        return decode_exactly(lead_type, found.row, "$.data") if model is None else model
    except DecodeError as error:
        redact_error(error, found.redactor)
        error.operation, error.attempts = found.operation, found.attempts
        error.request_id = found.request_id
        raise


def _check_items(items: object) -> None:
    is_iterable = isinstance(items, Iterable | AsyncIterable)
    if not is_iterable or isinstance(items, str | bytes | Mapping):
        advice = ": pass its items()" if isinstance(items, Mapping) else ""
        kind = checks.kind_of(cast("Any", items))
        raise TypeError(
            "items must be a sync or async iterable of pairs (key, AddLeadRequest), "
            f"got {kind}{advice}"
        )


def _check_pair(
    item: tuple[str | int, AddLeadRequest], *, position: int
) -> tuple[str, AddLeadRequest]:
    """Return the key and the request of an item; a key that is an int becomes a str."""
    if not isinstance(item, tuple) or len(item) != 2:
        raise TypeError(
            f"items[{position}] must be a pair (key, AddLeadRequest), got {checks.kind_of(item)}: "
            "without keys, call add_lead for each request"
        )
    key, request = item
    if not isinstance(key, str | bool):
        with contextlib.suppress(TypeError):
            key = str(operator.index(key))
    return cast("str", key), request


def _check_is_new(key: str, keys: set[str]) -> None:
    """Check the key of an item, and add it to the keys of the items before."""
    if not isinstance(key, str):
        raise TypeError(f"idempotency_key must be a str or an int, got {checks.kind_of(key)}")
    checks.text("idempotency_key", key)
    if key in keys:
        raise InvalidRequestError(
            f"idempotency_key {key!r} is in items twice: make the key of each item unique"
        )
    keys.add(key)
