"""Leads that were read: in their order, and some by which a resumed walk finds its list."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Sequence
from itertools import chain, islice
from typing import Final

import attrs

from ..models import Lead
from ..models._lead import LeadT
from .pages import DecodedPage

_SIZE: Final = 6  # bytes; a wrong list has an equal digest once in 10^13 leads
_FIRST: Final = 8
_LAST: Final = 24


def digest_of(id: str) -> str:
    """Return 8 characters that stand for the id of a lead."""
    found = hashlib.blake2b(id.encode(errors="surrogatepass"), digest_size=_SIZE).digest()
    return base64.urlsafe_b64encode(found).decode()


def _split(text: str) -> list[str]:
    return [text[i : i + 8] for i in range(0, len(text), 8)]


@attrs.define
class Anchors:
    """Digests of some leads that a walk has read: of its first page, and of its last ones.

    Attributes:
        found: Whether the list is known to be the right one.
    """

    first: list[str] = attrs.field(factory=list[str])
    last: list[str] = attrs.field(factory=list[str])
    wanted: frozenset[str] = frozenset()
    """The digests of which one must be found before the resumed walk yields anything."""

    def add(self, leads: Sequence[Lead]) -> None:
        """Add some leads of a page: eight, and the last one."""
        if not leads:
            return
        some = [digest_of(lead.id) for lead in (*leads[:: len(leads) // _FIRST + 1], leads[-1])]
        if not self.first:
            self.first = some
        self.last = [*self.last, *some][-_LAST:]

    @classmethod
    def parse(cls, first: str, last: str) -> Anchors:
        """Return the anchors of a checkpoint."""
        return cls(_split(first), _split(last))

    def expect(self, ids: Sequence[str], *, only: bool) -> None:
        """Want one of these leads, or one of the anchors unless it must be `only` these."""
        anchors = () if only else (*self.first, *self.last)
        self.wanted = frozenset((*map(digest_of, ids), *anchors))

    def are_on(self, page: DecodedPage[LeadT]) -> bool:
        """Return whether this is the list, because one of the wanted leads is on a page."""
        if self.wanted:
            malformed = (error.lead_id or "" for error in page.errors.values())
            ids = chain((lead.id for lead in page.leads), malformed)
            if not self.wanted.isdisjoint(map(digest_of, ids)):
                self.wanted = frozenset()
        return not self.wanted


def is_in_another_order(known: dict[str, dt.datetime], page: DecodedPage[LeadT]) -> bool:
    """Return whether known leads of a page come in another order than they were read in."""
    again = list(dict.fromkeys(lead.id for lead in page.leads if lead.id in known))
    last = list(islice(reversed(known), len(again)))
    if again == last[::-1]:
        return False
    wanted = set(again)
    return again != [key for key in known if key in wanted]


def add_in_order(
    known: dict[str, dt.datetime], added: dict[str, dt.datetime]
) -> dict[str, dt.datetime]:
    """Return the known leads with those of a page, all in the order of the list."""
    again = sum(id in known for id in added)
    if all(id in known for id in islice(added, again)):
        known |= added
        return known
    # Some leads came late, because the list moved down or because a page stepped back.
    late: dict[str, dt.datetime] = {}
    before: dict[str, dict[str, dt.datetime]] = {}
    for id, time in added.items():
        if id in known:
            before[id], late = late, {}
        else:
            late[id] = time
    merged: dict[str, dt.datetime] = {}
    for id, time in known.items():
        merged |= before.get(id, {})
        merged[id] = time
    return merged | late
