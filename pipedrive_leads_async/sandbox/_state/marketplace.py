"""A published Marketplace app, and the source of the leads that it adds.

Pipedrive does not document the source. These are the properties of leads that an app added in
May 2026.
"""

from __future__ import annotations

from dataclasses import dataclass

from .._json import Json

_CHANNEL = 8  # the option "Marketplace" of the field `channel`


@dataclass(frozen=True, slots=True)
class MarketplaceApp:
    """An app that Pipedrive names as the source of its leads."""

    name: str
    origin_id: str
    keeps_origin_id: bool

    def source(self, fields: Json) -> Json:
        """Return the source of a lead that the app adds with these properties."""
        sent = fields.get("origin_id")
        keeps_sent = self.keeps_origin_id and sent is not None
        return {
            "origin": "Marketplace",
            "origin_id": sent if keeps_sent else self.origin_id,
            "channel": _CHANNEL,
            "channel_id": self.name,
        }
