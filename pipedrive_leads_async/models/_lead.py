"""A lead and its value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from ..enums import VisibleTo
from ._amount import as_amount
from ._base import Model, mapping, maybe
from ._unread import RowModel


@attrs.frozen
class LeadValue(Model):
    """The potential value of a lead.

    In Python, write `LeadValue(5, "EUR")`. An amount that is a `Decimal` or an integer of another
    library is converted if a float or an int has the same value.

    Attributes:
        amount: The amount in whole units of the currency; cents are decimals.
        currency: The currency code of ISO 4217, such as `EUR`.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Leads
    """

    amount: float = attrs.field(converter=as_amount)
    currency: str
    extra: Mapping[str, Any] = mapping(kw_only=True)


@attrs.frozen(kw_only=True)
class Lead(RowModel):
    """A lead. Two leads are equal if all attributes are equal; the hash is that of the id.

    Attributes:
        id: The id of the lead, a UUID.
        title: The title.
        owner_id: The id of the user who owns the lead.
        creator_id: The id of the user who created the lead.
        label_ids: The ids of the lead's labels, UUIDs.
        person_id: The id of the linked person. A lead has a person, an organization or both.
        organization_id: The id of the linked organization.
        source_name: The source in words; `API` if the lead was created through the API.
        origin: The way the lead was created, such as `ManuallyCreated` or `API`. Read-only.
        origin_id: Your own reference, set when the lead is created. Read-only afterwards.
        channel: The id of the marketing channel.
        channel_id: Your own reference within the channel.
        source_deal_id: The id of the deal that the lead was converted from.
        is_archived: Whether the lead is archived. Archived leads have a list of their own and
            cannot be changed until they are taken out of the archive.
        archive_time: The time at which the lead was archived, in UTC; None for an open lead.
            Pipedrive sends it, but does not document it.
        was_seen: Whether a user has opened the lead in Pipedrive.
        value: The potential value.
        expected_close_date: The expected closing date of the deal made from the lead.
        next_activity_id: The id of the next planned activity.
        add_time: The creation time in UTC, to the millisecond.
        update_time: The time of the last change, in UTC.
        visible_to: The visibility level, usually 1, 3, 5 or 7.
        cc_email: The address for emails that Pipedrive attaches to the lead.
        custom_fields: The account's own fields that are set, by their 40-digit keys.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Leads
    """

    id: str
    title: str = attrs.field(hash=False)
    owner_id: int | None = maybe()
    creator_id: int | None = maybe()
    label_ids: tuple[str, ...] = attrs.field(default=(), hash=False)
    person_id: int | None = maybe()
    organization_id: int | None = maybe()
    source_name: str | None = maybe()
    origin: str | None = maybe()
    origin_id: str | None = maybe()
    channel: int | None = maybe()
    channel_id: str | None = maybe()
    source_deal_id: int | None = maybe()
    is_archived: bool | None = maybe()
    archive_time: dt.datetime | None = maybe()
    was_seen: bool | None = maybe()
    value: LeadValue | None = maybe()
    expected_close_date: dt.date | None = maybe()
    next_activity_id: int | None = maybe()
    add_time: dt.datetime | None = maybe()
    update_time: dt.datetime | None = maybe()
    visible_to: VisibleTo | str | None = maybe()
    cc_email: str | None = maybe()
    custom_fields: Mapping[str, Any] = mapping()
    extra: Mapping[str, Any] = mapping()


if TYPE_CHECKING:
    # With this default, a bare `LeadsClient` in an annotation means `LeadsClient[Lead]`.
    # The TypeVar of typing has defaults only since Python 3.13.
    from typing_extensions import TypeVar

    LeadT = TypeVar("LeadT", bound=Lead, default=Lead)
else:
    from typing import TypeVar

    LeadT = TypeVar("LeadT", bound=Lead)
