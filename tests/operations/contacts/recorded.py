"""Persons and organizations that were recorded at Pipedrive in March 2026."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).parents[2] / "data" / "recorded_contacts.json"

RECORDED: Final[dict[str, list[dict[str, Any]]]] = json.loads(_FILE.read_text(encoding="utf-8"))
"""The rows by kind: `persons`, `person_search` and `organizations`. Names are replaced."""
