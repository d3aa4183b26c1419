"""The conversion of a lead to a deal, or of a deal to a lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ..enums import ConversionStatus
from ._base import Model, mapping, maybe


@attrs.frozen(kw_only=True)
class Conversion(Model):
    """A job in Pipedrive that converts a lead to a deal, or a deal to a lead.

    Attributes:
        conversion_id: The id of the job, a UUID. Pipedrive deletes the job after a few days.
        source_id: The id of the converted lead or deal.
        status: The state of the job, such as `running`; Pipedrive may add others.
        deal_id: The id of the new deal, once the status is `completed`.
        lead_id: The id of the new lead, once the status is `completed`.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Leads#getLeadConversionStatus
    """

    conversion_id: str
    source_id: str | int
    status: ConversionStatus | str = attrs.field(default=ConversionStatus.NOT_STARTED, hash=False)
    deal_id: int | None = maybe()
    lead_id: str | None = maybe()
    extra: Mapping[str, Any] = mapping()
