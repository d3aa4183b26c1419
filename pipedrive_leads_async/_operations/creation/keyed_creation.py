"""Create the lead of an idempotency key, at most once as far as that can be known."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import attrs

from ..._codec.codec import to_dict
from ..._codec.json import Json
from ..._http.call import outcome_unknown
from ..._http.caller import Caller
from ..._http.deadline import Deadline
from ..._http.message import Response
from ..._http.reference import ADD_LEAD, GET_LEADS
from ..._shared.log import log_pause, shown
from ...errors import (
    ClientClosedError,
    OutcomeUnknownError,
    PipedriveError,
    UnexpectedResponseError,
)
from ...request_models import AddLeadRequest
from ..account_state.creations import KeyedLead
from ..account_state.state import AccountState
from ..log_context import log_context
from ..missing_fields import warn_about_missing_fields
from ..responses import parse_data
from .key_property import KeyProperty
from .lookup import find_by_key


@attrs.frozen
class KeyedCreation:
    """The creation of one lead with an idempotency key, for all clients that wait for it.

    Attributes:
        account: The state of the account.
        key_property: The property of the lead that holds the key.
        request: The lead to create.
        key: The idempotency key.
        looks_first: Whether to search for the lead even if no earlier request is known.
    """

    account: AccountState
    key_property: KeyProperty
    request: AddLeadRequest
    key: str
    looks_first: bool

    @property
    def id(self) -> tuple[str, str]:
        """The key, with the property that holds it."""
        return self.key_property.name, self.key

    def check_deadline(self, deadline: Deadline, settle: float | None) -> None:
        """Check that an earlier request with this key cannot arrive after the deadline.

        Raises:
            OutcomeUnknownError: It can, so nothing is sent.
        """
        left = self.account.uncertain_keys.time_left(self.id, settle)
        if left > deadline.time_left():
            raise OutcomeUnknownError(
                f"an earlier request with idempotency_key={self.key!r} may still be on its way, "
                f"and nothing was sent now: call ensure_lead with this key in {shown(left)}, or "
                "with a longer timeout",
                idempotency_key=self.key,
                operation=ADD_LEAD.id,
            )

    async def run(self, caller: Caller) -> KeyedLead:
        """Return the lead that has the key, or create it.

        If an earlier request with the key may still be on its way, search at once, and again
        when it must have arrived, before the request is sent.
        """
        row: Any = None
        if self.id in self.account.uncertain_keys:
            row = await self._find_settled(caller)
        elif self.looks_first:
            row = await self._find(caller)
        return await self._create(caller) if row is None else _found(row, created=False)

    async def _find_settled(self, caller: Caller) -> Any:
        """Search for the lead of an earlier request until the result can be trusted."""
        keys, settle = self.account.uncertain_keys, caller.retry.settle
        try:
            row = None
            if keys.time_left(self.id, settle):
                row = await self._find(caller)
            if row is None:
                await self._pause(caller, keys.time_left(self.id, settle))
                row = await self._find(caller)
        except (TimeoutError, ClientClosedError) as error:
            raise outcome_unknown(ADD_LEAD.id, self.key, attempts=0) from error
        return row

    async def _create(self, caller: Caller) -> KeyedLead:
        """Send the request; if its outcome is unknown, search for the lead until the deadline."""
        deadline = caller.start_deadline()
        try:
            return await self._send(caller.until(deadline.before(caller.retry.settle or 0.0)))
        except OutcomeUnknownError as error:
            outcome = error
        try:
            found = await self._resolve_outcome(caller)
        except PipedriveError as error:
            reason = str(error) if deadline.time_left() > 0.0 else "there was no time left"
            outcome.add_note(f"The search for the lead failed too: {reason}")
            found = None
        if found is None:
            raise outcome
        return found

    async def _resolve_outcome(self, caller: Caller) -> KeyedLead | None:
        """Search for the lead; with `settle`, wait, search again, and send the request again."""
        settle = caller.retry.settle
        row = await self._find(caller)
        if row is None and settle is not None:
            await self._pause(caller, settle)
            row = await self._find(caller)
            if row is None:
                return await self._send(caller)
        return None if row is None else _found(row, created=True)

    async def _pause(self, caller: Caller, seconds: float) -> None:
        log_pause(
            f"{ADD_LEAD.id}, the outcome of an earlier request is unknown",
            "search for its lead again",
            seconds,
            **log_context(caller, ADD_LEAD.id),
        )
        await caller.sleep(seconds)

    async def _find(self, caller: Caller) -> Any:
        row = await find_by_key(caller, self.key_property, self.request, self.key)
        if row is not None:
            self.account.uncertain_keys.forget(self.id)
        return row

    async def _send(self, caller: Caller) -> KeyedLead:
        keys, this = self.account.uncertain_keys, object()
        try:
            lead = await caller.call(
                ADD_LEAD,
                self._read,
                json=self.key_property.body(self.request, self.key),
                idempotency_key=self.key,
                on_sent=partial(keys.note_sent, self.id, this),
            )
        except OutcomeUnknownError:
            raise
        except PipedriveError:
            keys.forget(self.id, [this])
            raise
        keys.forget(self.id)
        if not lead.keeps_key:
            self.account.losing_properties.add(self.key_property.name)
        elif isinstance(cast("object", lead.row), dict):
            warn_about_missing_fields(caller, self.account, ADD_LEAD, self.request, lead.row)
        return lead

    async def _read(self, response: Response) -> KeyedLead:
        row: Any = parse_data(response)
        is_object = isinstance(cast("object", row), dict)
        keeps_key = not is_object or self.key_property.holds(row, self.key)
        if keeps_key or self._is_ours(row):
            return KeyedLead(
                row=row,
                created=True,
                keeps_key=keeps_key,
                operation=ADD_LEAD.id,
                attempts=response.request.attempt,
                request_id=response.request_id,
                redactor=response.redactor(),
            )
        raise UnexpectedResponseError(
            "the response contains another lead than the one that was sent",
            status=response.status,
            misdirected=True,
        )

    def _is_ours(self, row: Json) -> bool:
        """Return whether a lead without the key is nevertheless the one that was sent."""
        title = row.get("title")
        if not isinstance(title, str) or title.split() != self.request.title.split():
            return False
        sent = to_dict(self.request)
        links = [name for name in ("person_id", "organization_id") if name in sent]
        return all(row.get(name) in (None, sent[name]) for name in links)


def _found(row: Any, *, created: bool) -> KeyedLead:
    return KeyedLead(row=row, created=created, operation=GET_LEADS.id)
