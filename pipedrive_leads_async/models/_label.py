"""The labels and sources of leads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from ..enums import LabelColor
from ._base import Model, informative_time, mapping, maybe


@attrs.frozen(kw_only=True)
class LeadLabel(Model):
    """A label that can be put on leads.

    Attributes:
        id: The id of the label, a UUID.
        name: The name shown in Pipedrive.
        color: The color, such as `blue`. Pipedrive may add colors.
        add_time: The creation time, in UTC; None if Pipedrive sends an impossible time.
        update_time: The time of the last change, in UTC; None as for `add_time`.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/LeadLabels
    """

    id: str
    name: str = attrs.field(hash=False)
    color: LabelColor | str | None = maybe()
    add_time: dt.datetime | None = informative_time()
    update_time: dt.datetime | None = informative_time()
    extra: Mapping[str, Any] = mapping()


@attrs.frozen(kw_only=True)
class LeadSource(Model):
    """A source of leads. Pipedrive defines the sources; they cannot be changed.

    Attributes:
        name: The name, as in `Lead.source_name`.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/LeadSources
    """

    name: str
    extra: Mapping[str, Any] = mapping()
