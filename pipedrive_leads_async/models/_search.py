"""The results of a lead search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ._base import Model, mapping, maybe


@attrs.frozen(kw_only=True)
class LinkedItem(Model):
    """A user, person or organization that a found lead is linked to.

    Attributes:
        id: The id of the user, person or organization.
        name: The name shown in Pipedrive; None for users.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Leads#searchLeads
    """

    id: int
    name: str | None = maybe()
    extra: Mapping[str, Any] = mapping()


@attrs.frozen(kw_only=True)
class LeadSearchResult(Model):
    """A lead found by a search.

    It has fewer properties than a `Lead`, and some have another form: the value, for example,
    is a number, and its currency is a separate attribute.

    Attributes:
        id: The id of the lead, for `get_lead`.
        title: The title.
        result_score: The relevance; a higher score is a better match.
        type: The type of the item, always `lead`.
        owner: The user who owns the lead.
        person: The linked person.
        organization: The linked organization.
        phones: The phone numbers of the person.
        emails: The email addresses of the person.
        custom_fields: The contents of custom fields, without their keys.
        notes: The texts of the notes.
        value: The amount of the potential value.
        currency: The currency code of ISO 4217, such as `EUR`.
        visible_to: The visibility level, a number: 1, 3, 5 or 7.
        is_archived: Whether the lead is archived; a search finds archived leads too.
        was_seen: Whether a user has opened the lead; None without `include_was_seen`.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Leads#searchLeads
    """

    id: str
    title: str = attrs.field(hash=False)
    result_score: float | None = maybe()
    type: str | None = maybe()
    owner: LinkedItem | None = maybe()
    person: LinkedItem | None = maybe()
    organization: LinkedItem | None = maybe()
    phones: tuple[str, ...] = attrs.field(default=(), hash=False)
    emails: tuple[str, ...] = attrs.field(default=(), hash=False)
    custom_fields: tuple[str, ...] = attrs.field(default=(), hash=False)
    notes: tuple[str, ...] = attrs.field(default=(), hash=False)
    value: float | None = maybe()
    currency: str | None = maybe()
    visible_to: int | None = maybe()
    is_archived: bool | None = maybe()
    was_seen: bool | None = maybe()
    extra: Mapping[str, Any] = mapping()
