"""The watermark of an export: the company, and the time from which later changes are read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Self

import attrs


@attrs.frozen
class Watermark:
    """The time of the newest change before an export.

    Attributes:
        time: The time.
        company_id: The company of the account; None if Pipedrive did not name it.
    """

    time: dt.datetime
    company_id: int | None = None

    @staticmethod
    def path(file: Path) -> Path:
        """Return the path of the watermark of an exported file."""
        return Path(f"{file}.watermark")

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Parse the text of a watermark.

        Raises:
            ValueError: It is not a watermark.
        """
        time, _, company_id = text.partition(" company ")
        return cls(dt.datetime.fromisoformat(time), int(company_id) if company_id else None)

    def __str__(self) -> str:
        company = "" if self.company_id is None else f" company {self.company_id}"
        return f"{self.time.isoformat()}{company}"
