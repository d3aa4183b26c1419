"""Checkpoints: the place of a walk as a short text, from which any process can resume."""

from __future__ import annotations

import base64
import datetime as dt
import json
from itertools import islice
from typing import Any, Final

import attrs

from .._shared import checks
from ..errors import InvalidRequestError
from .anchors import Anchors
from .join import Join
from .trail import Trail

VERSION: Final = "2"

_OLD_VERSION: Final = "1"
"""A checkpoint of this version names only the list that was read, and the last leads."""

_MOST_IDS: Final = 1000
"""The maximum number of ids in a checkpoint, about 50 kB."""

_LAST_IDS: Final = 21
"""The number of ids in a checkpoint if the list is not in creation order."""

_LONGEST_ID: Final = 100
"""The maximum number of characters of an id in a checkpoint. A UUID has 36."""

_LONGEST: Final = 1 << 20
"""The maximum number of characters of a checkpoint, which is parsed in one step."""


@attrs.frozen
class Checkpoint:
    """The place of a walk between two pages.

    Attributes:
        list_name: The name of the list that the walk is reading.
        lists: The names of all lists of the walk; empty if the checkpoint has version 1.
        trail: The leads of that list that were read.
        saw_archived: Whether the first list contained an archived lead.
        may_have_missed: Whether the walk may have missed a lead.
        digest: A digest of the walk's filters.
    """

    list_name: str
    lists: tuple[str, ...]
    trail: Trail
    saw_archived: bool
    may_have_missed: bool
    digest: str

    def to_text(self) -> str:
        """Return the checkpoint as text.

        In creation order, the boundary and the ids of the leads with that creation time are
        enough. In another order, the text contains only the ids of the last leads: with all ids
        it would be too long. It never contains a very long id, which is not from Pipedrive.
        """
        trail = self.trail
        ids = [key for key, time in trail.known.items() if time == trail.boundary]
        is_ordered = trail.ordered and trail.complete and len(ids) <= _MOST_IDS
        if not is_ordered:
            ids = list(islice(reversed(trail.known), _LAST_IDS))[::-1]
        ids = [id for id in ids if len(id) <= _LONGEST_ID]
        state = [
            self.list_name,
            self.lists,
            trail.start,
            trail.frontier,
            trail.join,
            is_ordered,
            trail.boundary.isoformat(),
            ids,
            "".join(trail.anchors.first),
            "".join(trail.anchors.last),
            self.saw_archived,
            self.may_have_missed,
            self.digest,
        ]
        body = json.dumps(state, separators=(",", ":")).encode()
        return f"{VERSION}.{base64.urlsafe_b64encode(body).decode()}"

    @classmethod
    def from_text(cls, text: str, *, limit: int, by_creation: bool) -> Checkpoint:
        """Parse a checkpoint, for a walk with this page size.

        Args:
            text: The checkpoint.
            limit: The page size of the walk.
            by_creation: Whether the walk reads its lists in creation order.

        Raises:
            InvalidRequestError: The text is not a checkpoint.
            TypeError: The argument is not a str.
        """
        checks.instance(
            "resume_from", text, str, advice="pass the checkpoint of a LeadPage or of an error"
        )
        version, _, body = text.partition(".")
        checkpoint = None
        try:
            if version in (VERSION, _OLD_VERSION) and len(body) <= _LONGEST:
                state: Any = json.loads(base64.b64decode(body, altchars=b"-_", validate=True))
                if version == _OLD_VERSION:
                    state = _convert(state)
                checkpoint = cls._from_state(state, limit, by_creation=by_creation)
        except (ValueError, OverflowError, RecursionError):
            pass
        if checkpoint is None:
            raise InvalidRequestError(
                "resume_from is not a checkpoint: "
                "pass the unchanged checkpoint of a LeadPage or of an error"
            )
        return checkpoint

    @classmethod
    def _from_state(cls, state: Any, limit: int, *, by_creation: bool) -> Checkpoint | None:
        match state:
            case [
                str(list_name),
                [*lists],
                int(start),
                int(frontier),
                str(join),
                bool(is_ordered),
                str(boundary),
                [*ids],
                str(first),
                str(last),
                bool(saw_archived),
                bool(may_have_missed),
                str(digest),
            ] if 0 <= start <= frontier and all(isinstance(each, str) for each in [*ids, *lists]):
                trail = Trail.begin(start, limit=limit, ordered=by_creation)
                trail.resume(
                    frontier,
                    Join(join),
                    dt.datetime.fromisoformat(boundary).astimezone(dt.UTC),
                    ids,
                    is_ordered=is_ordered,
                    anchors=Anchors.parse(first, last),
                )
                return (
                    cls(list_name, tuple(lists), trail, saw_archived, may_have_missed, digest)
                    if trail.anchors.wanted
                    else None
                )
            case _:
                return None


def _convert(state: Any) -> Any:
    """Return the state of a checkpoint of version 1 in the form of today."""
    match state:
        case [name, start, frontier, join, _, _, boundary, [*ids], saw_archived, digest]:
            is_ordered = join == Join.TIME
            ids = ids if is_ordered else ids[::-1]
            state = [name, [], start, frontier, join, is_ordered, boundary, ids, "", ""]
            return [*state, saw_archived, False, digest]
        case _:
            return None
