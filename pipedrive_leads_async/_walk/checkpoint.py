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
from .trail import OVERLAP, Join, Trail

VERSION: Final = "1"


@attrs.frozen
class Checkpoint:
    """The place of a walk between two pages.

    Attributes:
        list_name: The name of the list that the walk is reading.
        trail: The leads of that list that were read.
        saw_archived: Whether the first list contained an archived lead.
        digest: A digest of the walk's filters.
    """

    list_name: str
    trail: Trail
    saw_archived: bool
    digest: str

    def to_text(self) -> str:
        """Return the checkpoint as text.

        In creation order, the boundary and the ids of the leads with that creation time are
        enough. In another order, the text contains only the ids of the last leads: with all ids
        it would be too long.
        """
        trail = self.trail
        if trail.join is Join.TIME:
            low = trail.boundary
            ids = [key for key, time in trail.known.items() if time == trail.boundary]
        else:
            low = trail.low
            ids = list(islice(reversed(trail.known), OVERLAP + 1))
        state = [
            self.list_name,
            trail.start,
            trail.frontier,
            trail.join,
            trail.ordered,
            low.isoformat(),
            trail.boundary.isoformat(),
            ids,
            self.saw_archived,
            self.digest,
        ]
        body = json.dumps(state, separators=(",", ":")).encode()
        return f"{VERSION}.{base64.urlsafe_b64encode(body).decode()}"

    @classmethod
    def from_text(cls, text: str, *, limit: int) -> Checkpoint:
        """Parse a checkpoint, for a walk with this page size.

        Raises:
            InvalidRequestError: The text is not a checkpoint.
            TypeError: The argument is not a str.
        """
        version, _, body = checks.text("resume_from", text).partition(".")
        checkpoint = cls._from_body(body, limit) if version == VERSION else None
        if checkpoint is None:
            raise InvalidRequestError(
                "resume_from is not a checkpoint: "
                "pass the unchanged checkpoint of a LeadPage or of an error"
            )
        return checkpoint

    @classmethod
    def _from_body(cls, body: str, limit: int) -> Checkpoint | None:
        try:
            state: Any = json.loads(base64.b64decode(body, altchars=b"-_", validate=True))
            match state:
                case [
                    str(list_name),
                    int(start),
                    int(frontier),
                    str(join),
                    bool(ordered),
                    str(low),
                    str(boundary),
                    [*ids],
                    bool(saw_archived),
                    str(digest),
                ] if 0 <= start <= frontier and all(isinstance(key, str) for key in ids):
                    trail = Trail.begin(start, limit=limit, ordered=ordered)
                    trail.frontier = frontier
                    trail.join = Join(join)
                    trail.low = dt.datetime.fromisoformat(low).astimezone(dt.UTC)
                    trail.boundary = dt.datetime.fromisoformat(boundary).astimezone(dt.UTC)
                    trail.known = dict.fromkeys(reversed(ids), trail.boundary)
                    return cls(list_name, trail, saw_archived, digest)
                case _:
                    return None
        except (ValueError, OverflowError, RecursionError):
            return None
