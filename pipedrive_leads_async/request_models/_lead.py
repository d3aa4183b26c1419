"""The bodies of `add_lead` and `update_lead`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from .._codec.requests import Request
from .._shared import checks
from ..enums import UNSET, UnsetType, VisibleTo
from ..errors import InvalidRequestError
from ..models import LeadValue
from . import _ids as ids
from ._validators import as_fields, as_level, custom_fields, lead_value, level, refuse_empty, valid


@attrs.frozen(kw_only=True)
class _LeadProperties(Request):
    owner_id: int | UnsetType = attrs.field(
        default=UNSET, converter=ids.as_user_id, validator=valid(ids.user_id)
    )
    label_ids: tuple[str, ...] | UnsetType = attrs.field(
        default=UNSET, converter=ids.as_label_ids, validator=valid(ids.label_ids)
    )
    value: LeadValue | UnsetType | None = attrs.field(
        default=UNSET, validator=valid(lead_value, nullable=True)
    )
    visible_to: VisibleTo | UnsetType = attrs.field(
        default=UNSET, converter=as_level, validator=valid(level)
    )
    was_seen: bool | UnsetType = attrs.field(default=UNSET, validator=valid(checks.boolean))
    channel: int | UnsetType | None = attrs.field(
        default=UNSET, validator=valid(checks.integer, nullable=True)
    )
    channel_id: str | UnsetType | None = attrs.field(
        default=UNSET, validator=valid(checks.text, nullable=True)
    )
    custom_fields: Mapping[str, Any] = attrs.field(
        factory=dict[str, Any], converter=as_fields, validator=valid(custom_fields)
    )


@attrs.frozen(kw_only=True)
class AddLeadRequest(_LeadProperties):
    """A new lead. It needs a title, and a person, an organization or both.

    In Python, an argument that is an id can also be the object: `owner_id=user`. The value is a
    `LeadValue`, and the visibility level a `VisibleTo` or its number.

    Attributes:
        title: The title; not empty.
        person_id: The id of the person to link.
        organization_id: The id of the organization to link.
        owner_id: The id of the owner; by default the user of the credential.
        label_ids: The ids of the labels, UUIDs.
        value: The potential value: amount and currency.
        expected_close_date: The expected closing date of the deal made from the lead.
        visible_to: The visibility level, 1, 3, 5 or 7, whose meaning depends on the account's
            plan; by default that of the user of the credential.
        was_seen: Whether Pipedrive shows the lead as opened.
        origin_id: Your own reference. It cannot be changed later.
        channel: The id of the marketing channel.
        channel_id: Your own reference within the channel.
        custom_fields: The values of the account's own fields, by their 40-digit keys.

    Raises:
        InvalidRequestError: Pipedrive would refuse a value.
        TypeError: A value has another type.

    https://developers.pipedrive.com/docs/api/v1/Leads#addLead
    """

    title: str = attrs.field(validator=valid(checks.text))
    person_id: int | UnsetType = attrs.field(
        default=UNSET, converter=ids.as_person_id, validator=valid(ids.person_id)
    )
    organization_id: int | UnsetType = attrs.field(
        default=UNSET, converter=ids.as_organization_id, validator=valid(ids.organization_id)
    )
    expected_close_date: dt.date | UnsetType = attrs.field(
        default=UNSET, validator=valid(checks.date)
    )
    origin_id: str | UnsetType | None = attrs.field(
        default=UNSET, validator=valid(checks.text, nullable=True)
    )

    def __attrs_post_init__(self) -> None:
        if self.person_id is UNSET and self.organization_id is UNSET:
            raise InvalidRequestError(
                "person_id and organization_id are both left out: pass at least one of them, "
                "because a lead needs a person, an organization or both"
            )


@attrs.frozen(kw_only=True)
class UpdateLeadRequest(_LeadProperties):
    """The changes of a lead. A property that is left out stays unchanged.

    None clears a property. An argument that is an id can also be the object: `owner_id=user`. The
    value is a `LeadValue`, and the visibility level a `VisibleTo` or its number.

    Attributes:
        title: The title; not empty.
        person_id: The id of another person; None unlinks the person.
        organization_id: The id of another organization; None unlinks the organization.
        owner_id: The id of another owner.
        label_ids: The ids of all labels of the lead; they replace the present labels.
        value: Amount and currency, or None.
        expected_close_date: The expected closing date of the deal made from the lead, or None.
        visible_to: The visibility level, 1, 3, 5 or 7, whose meaning depends on the account's
            plan.
        was_seen: Whether Pipedrive shows the lead as opened.
        is_archived: Whether the lead is in the archive. Pipedrive refuses changes of an archived
            lead. Whether it accepts them together with False is not known: take the lead out of
            the archive first, in a request of its own.
        channel: The id of the marketing channel, or None.
        channel_id: Your own reference within the channel, or None.
        custom_fields: The values of the account's own fields, by their 40-digit keys; None
            clears a field.

    Raises:
        InvalidRequestError: There are no changes, or Pipedrive would refuse a value.
        TypeError: A value has another type.

    https://developers.pipedrive.com/docs/api/v1/Leads#updateLead
    """

    title: str | UnsetType = attrs.field(default=UNSET, validator=valid(checks.text))
    person_id: int | UnsetType | None = attrs.field(
        default=UNSET,
        converter=ids.as_nullable_person_id,
        validator=valid(ids.person_id, nullable=True),
    )
    organization_id: int | UnsetType | None = attrs.field(
        default=UNSET,
        converter=ids.as_nullable_organization_id,
        validator=valid(ids.organization_id, nullable=True),
    )
    expected_close_date: dt.date | UnsetType | None = attrs.field(
        default=UNSET, validator=valid(checks.date, nullable=True)
    )
    is_archived: bool | UnsetType = attrs.field(default=UNSET, validator=valid(checks.boolean))

    def __attrs_post_init__(self) -> None:
        refuse_empty(self)
        if self.person_id is None and self.organization_id is None:
            raise InvalidRequestError(
                "person_id and organization_id are both None: keep or set one of them, because "
                "a lead needs a person, an organization or both"
            )
