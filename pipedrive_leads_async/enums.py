"""Enums of Pipedrive's values, and `UNSET`, the default of the properties of a request."""

from __future__ import annotations

import enum
from typing import Final, Literal, TypeAlias

__all__ = [
    "UNSET",
    "ArchivedStatus",
    "ConversionStatus",
    "LabelColor",
    "UnsetType",
    "VisibleTo",
]


class ArchivedStatus(enum.StrEnum):
    """The leads that a list contains; the default is that of Pipedrive.

    https://developers.pipedrive.com/docs/api/v1/Leads#getArchivedLeads
    """

    ARCHIVED = "archived"
    NOT_ARCHIVED = "not_archived"
    ALL = "all"


class LabelColor(enum.StrEnum):
    """The colors of a lead label; a color that Pipedrive adds later stays a str.

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
    """The visibility level of a lead. Its meaning depends on the account's plan.

    Lite and Growth: 1 is the owner and the followers, 3 the entire company. Premium and
    Ultimate: 1 is the owner, 3 the owner's group, 5 also its sub-groups, 7 the entire company.

    https://developers.pipedrive.com/docs/api/v1/Leads
    """

    LEVEL_1 = "1"
    LEVEL_3 = "3"
    LEVEL_5 = "5"
    LEVEL_7 = "7"


class ConversionStatus(enum.StrEnum):
    """The status of a conversion; a status that Pipedrive adds later stays a str.

    https://developers.pipedrive.com/docs/api/v1/Leads#getLeadConversionStatus
    """

    NOT_STARTED = "not_started"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    REJECTED = "rejected"


class Unset(enum.Enum):
    """The class of `UNSET`, an enum because type checkers narrow `is UNSET` only for enums."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset.UNSET
"""The value of a property that is left out of a request. None instead is sent as null."""

UnsetType: TypeAlias = Literal[Unset.UNSET]
"""The type of `UNSET`, for annotations."""
