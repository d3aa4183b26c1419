"""The two kinds of contacts, with everything in which their operations differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Generic, TypeVar

import attrs

from ..._codec.codec import Rows
from ..._http import reference as operations
from ..._http.caller import Caller
from ..._http.envelope import proves_absence
from ..._http.message import Response
from ..._http.reference import Operation
from ..._shared.steps import Steps
from ...errors import GoneError, NotFoundError
from ...models import Organization, Person
from ..account_state.recent_contacts import ContactKey
from ..responses import parse_rows, read_list, read_one
from ..search.pages import Search
from .addresses import EMAIL, NAME, PHONE, AddressKind
from .searches import ORGANIZATION_SEARCH, PERSON_SEARCH

ContactT = TypeVar("ContactT", Person, Organization)

_NEWEST: Final = {"sort_by": "id", "sort_direction": "desc", "limit": "500"}
"""The parameters of a list of the newest contacts. A page of any size costs the same."""

_MOST_IDS: Final = 100
"""The number of ids that one request can ask for."""


@attrs.frozen
class ContactKind(Generic[ContactT]):
    """Persons, or organizations.

    Attributes:
        model: The class of the contacts.
        ensure: The name of the method that ensures one, for errors.
        addresses: The kinds of addresses that they have.
        search: The search for them.
        get_one: The operation that reads one.
        add: The operation that adds one.
        get_all: The operation that lists them.
    """

    model: type[ContactT]
    ensure: str
    addresses: tuple[AddressKind, ...]
    search: Search[Any]
    get_one: Operation
    add: Operation
    get_all: Operation

    def keys(self, contact: Any) -> tuple[ContactKey, ...]:
        """Return the keys of all addresses of a contact, or of a request for one."""
        return tuple(key for kind in self.addresses for key in kind.keys(contact))

    async def read(self, caller: Caller, ids: set[int]) -> list[ContactT]:
        """Return those of the contacts that exist, in ascending order of their ids.

        Each costs 1 token. More than ten are read by lists of up to 100, which cost 10.
        """
        if len(ids) <= 10:
            found = [await self._read_one(caller, id) for id in sorted(ids)]
            return [contact for contact in found if contact is not None]
        contacts: list[ContactT] = []
        for part in _parts(sorted(ids)):
            query = {"ids": ",".join(map(str, part)), "limit": str(_MOST_IDS)}
            contacts += await caller.call(self.get_all, read_list(self.model), query=query)
        return sorted(contacts, key=lambda contact: contact.id)

    async def _read_one(self, caller: Caller, id: int) -> ContactT | None:
        try:
            return await caller.call(self.get_one, read_one(self.model, id=id), ids={"id": str(id)})
        except (NotFoundError, GoneError) as error:
            if not proves_absence(error):
                raise
            return None

    async def read_newest(self, caller: Caller, may_match: Callable[[Any], bool]) -> list[ContactT]:
        """Return the 500 newest contacts. The list is current, unlike the search index.

        Args:
            caller: The caller.
            may_match: Returns whether a malformed row may be of a contact that is looked for.
                Others are left out.
        """

        async def read(response: Response) -> list[ContactT]:
            contacts: list[ContactT] = []
            steps = Steps()
            rows = Rows(self.model, lambda: parse_rows(response), path="$.data")
            await steps.next()
            for batch, errors in rows.batches():
                for error in errors.values():
                    if may_match(error.raw):
                        raise error
                contacts += batch
                await steps.next()
            return contacts

        return await caller.call(self.get_all, read, query=_NEWEST)


def _parts(ids: list[int]) -> Iterable[list[int]]:
    return (ids[i : i + _MOST_IDS] for i in range(0, len(ids), _MOST_IDS))


PERSONS: Final = ContactKind(
    Person,
    "ensure_person",
    (EMAIL, PHONE),
    PERSON_SEARCH,
    operations.GET_PERSON,
    operations.ADD_PERSON,
    operations.GET_PERSONS,
)
ORGANIZATIONS: Final = ContactKind(
    Organization,
    "ensure_organization",
    (NAME,),
    ORGANIZATION_SEARCH,
    operations.GET_ORGANIZATION,
    operations.ADD_ORGANIZATION,
    operations.GET_ORGANIZATIONS,
)
