"""The lists of leads that a walk reads, and which of them it reads for each `archived_status`."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ..enums import ArchivedStatus


class LeadList(enum.Enum):
    """A list that a walk reads: `/leads` with some `archived_status`, or `/leads/archived`.

    The name of a list is part of each checkpoint, so it never changes.
    """

    LEADS = "/leads"
    LEADS_NOT_ARCHIVED = "/leads?archived_status=not_archived"
    LEADS_ARCHIVED = "/leads?archived_status=archived"
    LEADS_ALL = "/leads?archived_status=all"
    ARCHIVED = "/leads/archived"


# On 2025-07-15 archived leads moved to a list of their own, and the server ignores archived_status
# since then. A walk of archived leads reads both lists: an older server has the leads in the first
# one, today's server in the second. A lead that is archived during the walk is found in the second
# list, because that is read last.
# https://developers.pipedrive.com/changelog
LISTS: Final[Mapping[str | None, tuple[LeadList, ...]]] = MappingProxyType(
    {
        None: (LeadList.LEADS,),
        ArchivedStatus.NOT_ARCHIVED: (LeadList.LEADS_NOT_ARCHIVED,),
        ArchivedStatus.ARCHIVED: (LeadList.LEADS_ARCHIVED, LeadList.ARCHIVED),
        ArchivedStatus.ALL: (LeadList.LEADS_ALL, LeadList.ARCHIVED),
    }
)
"""The lists to read for each `archived_status`, in order."""
