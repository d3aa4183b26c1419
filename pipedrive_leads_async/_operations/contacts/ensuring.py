"""Find a contact by its addresses, or add it."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any, Final, Generic

import attrs

from ..._http.caller import Caller
from ..._http.deadline import Deadline
from ..._shared.log import log_pause, shown
from ...errors import DecodeError, InvalidRequestError, OutcomeUnknownError
from ..account_state.contacts_in_progress import ContactCall
from ..account_state.recent_contacts import ContactKey
from ..account_state.shared_work import SharedWork
from ..account_state.state import AccountState
from ..log_context import log_context
from .addresses import AddressKind
from .kinds import ContactKind, ContactT
from .new_contact import outcome_unknown, send_new

_MOST_INEXACT: Final = 1_000
"""The number of results of a search that finds parts of addresses too, in pages of 100."""


@attrs.frozen
class Ensured(Generic[ContactT]):
    """A contact that was found or added, and the ids of others with the same address."""

    contact: ContactT
    created: bool
    other_ids: tuple[int, ...] = ()


@attrs.frozen
class Ensuring(Generic[ContactT]):
    """The work that ensures one contact, for all clients that wait for it.

    Attributes:
        account: The state of the account.
        kind: The kind of contact.
        match: The kind of address by which it is found.
        request: The request for a new contact.
    """

    account: AccountState
    kind: ContactKind[ContactT]
    match: AddressKind
    request: Any

    async def join(self, caller: Caller) -> Ensured[ContactT]:
        """Return the contact; do the work unless another call does it.

        Raises:
            InvalidRequestError: The request has no address of the kind.
            PipedriveError: A request failed, or the outcome of the addition is unknown.
        """
        first = next(iter(self.match.keys(self.request)), None)
        if first is None:
            raise InvalidRequestError(
                f"request has no {self.match.noun}, which {self.kind.ensure} looks for: set its "
                f"{self.match.name}s, or call add_person"
            )
        caller.check_usable(self.kind.add)
        found, is_first = await self.account.contacts.join(
            ContactCall(
                operation=self.kind.add,
                request=self.request,
                first=first,
                keys=(first, *self.kind.keys(self.request)),
                suits=lambda ensured: self.match.has(ensured.contact, first),
                unknown=lambda: outcome_unknown(self.kind),
            ),
            lambda: SharedWork(caller, self._run),
            caller=caller,
            deadline=Deadline(caller.timeouts.deadline),
        )
        return attrs.evolve(found, created=found.created and is_first)

    async def _run(self, caller: Caller) -> Ensured[ContactT]:
        await self._settle(caller)
        for key, text in self.match.keys(self.request).items():
            contacts = await self._find(caller, key, text)
            if contacts:
                others = tuple(contact.id for contact in contacts[1:])
                return Ensured(contacts[0], created=False, other_ids=others)
        contact = await send_new(caller, self.account, self.kind, self.request)
        return Ensured(contact, created=True)

    async def _find(self, caller: Caller, key: ContactKey, text: str) -> list[ContactT]:
        """Return the contacts that have an address now, the lowest id first."""
        ids, seen = set(self.account.recent_contacts.ids(key)), set[int]()
        for term in self.match.terms(text):
            ids |= await self._search(caller, key, term)
            contacts = await self.kind.read(caller, ids - seen)
            if found := [each for each in contacts if self.match.has(each, key)]:
                return found
            seen |= ids
        return []

    async def _search(self, caller: Caller, key: ContactKey, term: str) -> set[int]:
        """Return the ids of the contacts that may have an address.

        A malformed item counts as one of them, because each contact is read by its id afterwards.

        Raises:
            DecodeError: A malformed item has the address, but no id.
        """
        search, exact = self.kind.search, self.match.exact
        query = search.query(term, self.match.name, exact)
        malformed = set[int]()

        def keep_id(error: DecodeError) -> None:
            id = _item_id(error.raw)
            if id is not None:
                malformed.add(id)
            elif self.match.is_anywhere_in(error.raw, [key]):
                raise error

        most = None if exact else _MOST_INEXACT
        results = search.start(caller, query, most, on_malformed=keep_id)
        async with aclosing(results):
            found = {each.id async for each in results if self.match.may_have(each, key)}
        return found | malformed

    async def _settle(self, caller: Caller) -> None:
        """Look for the contact of an earlier request of unknown outcome, until it is certain.

        Raises:
            OutcomeUnknownError: That request may still be on its way after the deadline.
        """
        uncertain = self.account.uncertain_contacts
        keys = [key for key in self.kind.keys(self.request) if key in uncertain]
        if not keys or await self._look_up(caller):
            return
        earlier = {key: uncertain.requests(key) for key in keys}
        left = max(uncertain.time_left(key, caller.retry.settle) for key in keys)
        if left >= caller.start_deadline().time_left():
            raise OutcomeUnknownError(
                "an earlier request for this contact may still be on its way, and nothing was "
                f"added now: call {self.kind.ensure} in {shown(left)}, or with a longer timeout",
                operation=self.kind.add.id,
            )
        if left:
            log_pause(
                f"{self.kind.add.id}, the outcome of an earlier request is unknown",
                "look for its contact again",
                left,
                **log_context(caller, self.kind.add.id),
            )
            await caller.sleep(left)
            await self._look_up(caller)
        for key, requests in earlier.items():
            uncertain.forget(key, requests)

    async def _look_up(self, caller: Caller) -> bool:
        """Return whether one of the newest contacts is a match; remember those that are."""
        wanted = self.match.keys(self.request)
        is_found = False
        newest = await self.kind.read_newest(
            caller, lambda row: self.match.is_anywhere_in(row, wanted)
        )
        for contact in newest:
            if any(self.match.has(contact, key) for key in wanted):
                is_found = True
                keys = self.kind.keys(contact)
                self.account.recent_contacts.note(contact.id, keys)
                for key in keys:
                    self.account.uncertain_contacts.forget(key)
        return is_found


def _item_id(row: Any) -> int | None:
    """Return the id in an item of a search response, None without a valid one."""
    match row:
        case {"item": {"id": id}} if type(id) is int and id > 0:
            return id
        case _:
            return None
