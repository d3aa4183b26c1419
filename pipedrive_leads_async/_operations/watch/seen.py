"""The leads that a watch has seen, each with the time of its last change."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import itertools
import struct
from typing import Final

import attrs

from ...models import Lead

_ENTRY: Final = struct.Struct(">7sq")
"""A digest and microseconds: 15 bytes, so that the base64 of entries can be concatenated."""

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

_KEPT: Final = 1000
"""The number of leads of a pass that are always kept, about 20 kB of a checkpoint."""

WRITTEN: Final = 300_000
"""The maximum number of leads in a checkpoint, 6 MB. A resumed watch reports others again."""


def microseconds(time: dt.datetime) -> int:
    """Return a time as microseconds since 1970."""
    return (time - _EPOCH) // dt.timedelta(microseconds=1)


def time_of(microseconds: int) -> dt.datetime:
    """Return a time from microseconds since 1970."""
    return _EPOCH + dt.timedelta(microseconds=microseconds)


def changed_at(lead: Lead) -> int:
    """Return the time of the last change of a lead; 0 for a lead without times."""
    return microseconds(lead.update_time or lead.add_time or _EPOCH)


@attrs.define
class Seen:
    """The leads that a watch has seen and may read again unchanged.

    The time of the last change of each is stored by a digest of its id.

    Attributes:
        earlier: The leads of earlier passes that this pass has not read again.
        now: The leads of this pass.
    """

    earlier: dict[bytes, int] = attrs.field(factory=dict[bytes, int])
    now: dict[bytes, int] = attrs.field(factory=dict[bytes, int])

    def add(self, lead: Lead) -> tuple[int | None, str]:
        """Add a lead in its current state.

        Returns:
            The time of the change that was seen before, None if the lead was not seen, and the
            text of the new entry.
        """
        digest, time = _digest(lead.id), changed_at(lead)
        before = self.earlier.pop(digest, None)
        before = self.now.pop(digest, before)  # so that the new entry becomes the last one
        self.now[digest] = time
        return before, _text(digest, time)

    def end_page(self, next_begin: int) -> None:
        """Forget the leads that the next pass does not read, which begins at `next_begin`.

        The last 1,000 of this pass are kept, because a resumed walk can repeat some leads.
        """
        old = len(self.now) - _KEPT
        self.now = {
            digest: time
            for row, (digest, time) in enumerate(self.now.items())
            if row >= old or time >= next_begin
        }

    def end_pass(self, next_begin: int) -> None:
        """Forget all leads that the next pass does not read, which begins at `next_begin`."""
        self.earlier, self.now = _since(next_begin, self.earlier | self.now), {}

    def to_text(self) -> str:
        """Return the text of the last leads, to which entries can be appended."""
        now = list(self.now.items())[-WRITTEN:]
        room = WRITTEN - len(now)
        earlier = list(self.earlier.items())[-room:] if room else []
        return f"{_texts(earlier)}.{_texts(now)}"

    @classmethod
    def from_text(cls, text: str) -> Seen:
        """Parse the text of leads; the last entry of a lead is used.

        Raises:
            ValueError: The text has another form.
        """
        earlier, now = text.split(".")
        return cls(_entries(earlier), _entries(now))


def _since(begin: int, times: dict[bytes, int]) -> dict[bytes, int]:
    return {digest: time for digest, time in times.items() if time >= begin}


def _entries(text: str) -> dict[bytes, int]:
    entries = base64.b64decode(text, altchars=b"-_", validate=True)
    if len(entries) % _ENTRY.size:
        raise ValueError(f"{len(entries)} bytes are not a whole number of entries")
    return dict(_ENTRY.iter_unpack(entries))


def _digest(id: str) -> bytes:
    return hashlib.blake2b(id.lower().encode(errors="surrogatepass"), digest_size=7).digest()


def _texts(entries: list[tuple[bytes, int]]) -> str:
    packed = b"".join(itertools.starmap(_ENTRY.pack, entries))
    return base64.urlsafe_b64encode(packed).decode()


def _text(digest: bytes, time: int) -> str:
    return base64.urlsafe_b64encode(_ENTRY.pack(digest, time)).decode()
