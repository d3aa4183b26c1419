"""Pipedrive's closed words, open to new ones, and the value that stands for "not given"."""

from __future__ import annotations

import enum
from typing import Final, Literal, TypeAlias


class ArchivedStatus(enum.StrEnum):
    """Which leads a walk covers; leaving it out gives what Pipedrive gives by default.

    https://developers.pipedrive.com/docs/api/v1/Leads#getArchivedLeads
    """

    ARCHIVED = "archived"
    NOT_ARCHIVED = "not_archived"
    ALL = "all"


class LabelColor(enum.StrEnum):
    """The colors of a lead label; a color that Pipedrive adds later stays a plain string.

    https://developers.pipedrive.com/docs/api/v1/LeadLabels
    """

    BLUE = "blue"
    BROWN = "brown"
    DARK_GRAY = "dark-gray"
    GRAY = "gray"
    GREEN = "green"
    ORANGE = "orange"
    PINK = "pink"
    PURPLE = "purple"
    RED = "red"
    YELLOW = "yellow"


class VisibleTo(enum.StrEnum):
    """Who sees a lead; what a level means depends on the account's plan.

    Lite and Growth: 1 is the owner and the followers, 3 the entire company. Premium and
    Ultimate: 1 is the owner, 3 the owner's group, 5 its sub-groups too, 7 the entire company.
    https://developers.pipedrive.com/docs/api/v1/Leads
    """

    LEVEL_1 = "1"
    LEVEL_3 = "3"
    LEVEL_5 = "5"
    LEVEL_7 = "7"


class ConversionStatus(enum.StrEnum):
    """How far a conversion is; a status that Pipedrive adds later stays a plain string.

    https://developers.pipedrive.com/docs/api/v1/Leads#getLeadConversionStatus
    """

    NOT_STARTED = "not_started"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    REJECTED = "rejected"


class Unset(enum.Enum):
    """The type of `UNSET`; an enum, because type checkers narrow `is UNSET` only for one."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset.UNSET
"""A property that is left out of a request: it stays as it is. None is sent, and unsets it."""

UnsetType: TypeAlias = Literal[Unset.UNSET]
"""The type of `UNSET`, for annotations."""
