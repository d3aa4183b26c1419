"""The start of an export of changes: a time, or the watermark of an earlier export."""

from __future__ import annotations

import argparse
import datetime as dt
import os
from pathlib import Path
from typing import Final

import attrs

from .formats import WRITERS
from .watermark import Watermark

# A change may become visible this long after its update_time.
_MARGIN: Final = dt.timedelta(seconds=60)


@attrs.frozen
class Start:
    """The start of an export of changes.

    Attributes:
        time: The time from which changes are read.
        file: The file of the earlier export; None if the user has written a time.
        company_id: The company of the earlier export; None if it is unknown.
    """

    time: dt.datetime
    file: Path | None = None
    company_id: int | None = None

    @classmethod
    def parse(cls, text: str) -> Start:
        """Return the start that an argument names; a time without a zone is local.

        Raises:
            argparse.ArgumentTypeError: It is neither a time nor the file of an export.
        """
        file = Path(os.path.realpath(text))
        if Watermark.path(file).exists():
            return cls._after(file)
        try:
            return cls(dt.datetime.fromisoformat(text).astimezone())
        except (ValueError, OSError, OverflowError):
            raise argparse.ArgumentTypeError(_explained(text, file)) from None

    @classmethod
    def _after(cls, file: Path) -> Start:
        path = Watermark.path(file)
        try:
            watermark = Watermark.from_text(path.read_text(encoding="utf-8"))
            return cls(watermark.time - _MARGIN, file, watermark.company_id)
        except (ValueError, OSError, OverflowError):
            raise argparse.ArgumentTypeError(
                f"{path} is not the watermark of an export: pass a time, such as "
                "2026-11-23T10:00Z, or the file of another export"
            ) from None


def _explained(text: str, file: Path) -> str:
    if file.suffix.lower() in WRITERS:
        return (
            f"{Watermark.path(file)} is missing: an export writes it next to its file. Copy it "
            "too, or pass a time, such as 2026-11-23T10:00Z"
        )
    return f"must be a time, such as 2026-11-23T10:00Z, or the file of an export; got {text}"
