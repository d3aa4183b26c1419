"""Checkpoints: how far a walk has come, as a short text from which any process can go on."""

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
    """A walk between two pages.

    Attributes:
        list_name: The list it is in.
        trail: What it has passed there.
        saw_archived: Whether the list had an archived lead.
        digest: What stands for the walk's filters.
    """

    list_name: str
    trail: Trail
    saw_archived: bool
    digest: str

    def to_text(self) -> str:
        """Write it down.

        In creation order the boundary says it all, with the ids of its own instant. Otherwise
        the ids of the last leads have to do, as all of them would be too long.
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
        """Read it, for a walk with this page size.

        Raises:
            InvalidRequestError: It is not a checkpoint.
            TypeError: It is not even a text.
        """
        version, _, body = checks.text("resume_from", text).partition(".")
        checkpoint = cls._from_body(body, limit) if version == VERSION else None
        if checkpoint is None:
            raise InvalidRequestError(
                "resume_from is not a checkpoint: give one as a page or an error had it"
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
