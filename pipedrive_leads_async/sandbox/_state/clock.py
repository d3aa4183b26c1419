"""Unique creation times, and the texts and ids that Pipedrive derives from them."""

from __future__ import annotations

import time
from datetime import UTC, datetime

# A version 1 UUID counts steps of 100 ns since the Gregorian reform of 1582.
_STEPS_PER_MS = 10_000
_STEPS_BEFORE_EPOCH = 0x01B2_1DD2_1381_4000


class Clock:
    """The wall clock in whole milliseconds; each reading is later than the one before."""

    def __init__(self, after: int) -> None:
        self._last = after

    def tick(self) -> int:
        """Return the current time, or the next millisecond that was not returned before."""
        self._last = max(self._last + 1, time.time_ns() // 1_000_000)
        return self._last


def iso(moment: int) -> str:
    """Return a time in the format of leads and labels: ``2024-10-15T09:33:33.213Z``."""
    text = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def iso_seconds(moment: int) -> str:
    """Return a time in the format of fields and deals: ``2024-10-15 09:33:33``."""
    return iso(moment)[:19].replace("T", " ")


def v2_seconds(moment: int) -> str:
    """Return a time in the format of persons and organizations: ``2024-10-15T09:33:33Z``."""
    return f"{iso(moment)[:19]}Z"


def v2_time(text: str) -> str:
    """Return a time with a zone in the format of persons and organizations.

    Raises:
        ValueError: The text is not such a time.
        OverflowError: In UTC, the time is outside the years 1 to 9999.
    """
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(text)
    return f"{time.astimezone(UTC).isoformat()[:19]}Z"


def time_uuid(moment: int, node: int) -> str:
    """Return a version 1 UUID; it is unique if the pair of moment and node is."""
    steps = moment * _STEPS_PER_MS + _STEPS_BEFORE_EPOCH
    return (
        f"{steps & 0xFFFF_FFFF:08x}-{steps >> 32 & 0xFFFF:04x}-1{steps >> 48:03x}-9e9e-{node:012x}"
    )
