"""What Pipedrive answers, as frozen attrs classes: leads and what belongs to them.

A field that an answer leaves out is None; what this version does not know is in `extra`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Generic

import attrs

from ..enums import ConversionStatus, LabelColor, VisibleTo

# A lead is hashed by what identifies it: attributes can change, mappings cannot be hashed.
_maybe = partial(attrs.field, default=None, hash=False)
_mapping = partial(attrs.field, factory=dict[str, Any], hash=False)


class _Model:
    # Here, so that no subclass adds it: the decoder needs classes that differ in fields alone.
    __slots__ = ("__weakref__",)


@attrs.frozen(kw_only=True)
class LeadValue(_Model):
    """What a lead may be worth.

    Attributes:
        amount: The amount in whole units of the currency; cents are decimals.
        currency: ISO 4217, such as `EUR`.

    https://developers.pipedrive.com/docs/api/v1/Leads
    """

    amount: float
    currency: str
    extra: Mapping[str, Any] = _mapping()


@attrs.frozen(kw_only=True)
class Lead(_Model):
    """One lead. Two leads are equal if everything is; the hash is of the id.

    Attributes:
        id: A UUID.
        owner_id: The user it belongs to.
        creator_id: The user who made it.
        label_ids: The labels on it, as UUIDs.
        person_id: The person it is linked to; a person, an organization or both.
        organization_id: The organization it is linked to.
        source_name: Where it comes from in words, `API` if made through the API.
        origin: How it was made, such as `ManuallyCreated` or `API`. Read-only.
        origin_id: Your own reference, given at creation. Read-only afterwards.
        channel: The id of the marketing channel.
        channel_id: Your own reference within the channel.
        source_deal_id: The deal it was converted from.
        is_archived: Archived leads are in a list of their own and cannot be changed.
        was_seen: Whether somebody opened it in Pipedrive.
        value: What it may be worth.
        expected_close_date: When the deal made of it should close.
        next_activity_id: The next activity planned for it.
        add_time: When it was made, in UTC, to the millisecond.
        update_time: When anything about it last changed.
        visible_to: Who sees it; an unknown level stays a string.
        cc_email: The address whose mails Pipedrive files under this lead.
        custom_fields: The account's own fields that are set, by their 40-digit keys.
        extra: Whatever else Pipedrive sent.

    https://developers.pipedrive.com/docs/api/v1/Leads
    """

    id: str
    title: str = attrs.field(hash=False)
    owner_id: int | None = _maybe()
    creator_id: int | None = _maybe()
    label_ids: tuple[str, ...] = attrs.field(default=(), hash=False)
    person_id: int | None = _maybe()
    organization_id: int | None = _maybe()
    source_name: str | None = _maybe()
    origin: str | None = _maybe()
    origin_id: str | None = _maybe()
    channel: int | None = _maybe()
    channel_id: str | None = _maybe()
    source_deal_id: int | None = _maybe()
    is_archived: bool | None = _maybe()
    was_seen: bool | None = _maybe()
    value: LeadValue | None = _maybe()
    expected_close_date: dt.date | None = _maybe()
    next_activity_id: int | None = _maybe()
    add_time: dt.datetime | None = _maybe()
    update_time: dt.datetime | None = _maybe()
    visible_to: VisibleTo | str | None = _maybe()
    cc_email: str | None = _maybe()
    custom_fields: Mapping[str, Any] = _mapping()
    extra: Mapping[str, Any] = _mapping()


if TYPE_CHECKING:
    # The default, which typing has from Python 3.13, makes a bare `LeadsClient` in an
    # annotation mean `LeadsClient[Lead]`.
    from typing_extensions import TypeVar

    LeadT = TypeVar("LeadT", bound=Lead, default=Lead)
else:
    from typing import TypeVar

    LeadT = TypeVar("LeadT", bound=Lead)


@attrs.frozen(kw_only=True)
class LeadPage(Generic[LeadT]):
    """One page of a list.

    Attributes:
        leads: The leads of the page that no earlier page of the walk had.
        start: The position that was asked for.
        limit: The page size that was asked for.
        more_items_in_collection: Whether Pipedrive says that the list goes on.
        next_start: Where it goes on, in Pipedrive's words; None at the end.
        checkpoint: For `resume_from`: everything up to and including this page is done.
            None if the page is not part of a walk.

    https://pipedrive.readme.io/docs/core-api-concepts-pagination
    """

    leads: list[LeadT]
    start: int
    limit: int
    more_items_in_collection: bool
    next_start: int | None = None
    checkpoint: str | None = None


@attrs.frozen(kw_only=True)
class EnsuredLead(Generic[LeadT]):
    """What `ensure_lead` found or made.

    Attributes:
        lead: The lead, as it is now.
        created: Whether this call made it.
    """

    lead: LeadT
    created: bool


@attrs.frozen(kw_only=True)
class AddLeadResult(Generic[LeadT]):
    """What became of one item of `add_leads`.

    Attributes:
        key: The key it came with.
        lead: The lead that was made, None if there is an error.
        error: Why there is none. An `OutcomeUnknownError` says that there may be one, a
            `DecodeError` that there is, with its `.lead_id`.
    """

    key: str
    lead: LeadT | None = None
    error: Exception | None = None


@attrs.frozen(kw_only=True)
class LeadLabel(_Model):
    """A label that leads can carry.

    Attributes:
        id: A UUID.
        name: What people see.
        color: One of `LabelColor`; an unknown color stays a string.
        add_time: When it was made, in UTC.
        update_time: When it last changed.

    https://developers.pipedrive.com/docs/api/v1/LeadLabels
    """

    id: str
    name: str = attrs.field(hash=False)
    color: LabelColor | str | None = _maybe()
    add_time: dt.datetime | None = _maybe()
    update_time: dt.datetime | None = _maybe()
    extra: Mapping[str, Any] = _mapping()


@attrs.frozen(kw_only=True)
class LeadSource(_Model):
    """Where leads can come from. The list is Pipedrive's and cannot be changed.

    https://developers.pipedrive.com/docs/api/v1/LeadSources
    """

    name: str
    extra: Mapping[str, Any] = _mapping()


@attrs.frozen(kw_only=True)
class LeadFieldOption(_Model):
    """One of the options that a field of the type `enum` or `set` offers.

    Attributes:
        id: What leads carry; a str or a bool in some of Pipedrive's own fields.
        label: What people see.

    https://developers.pipedrive.com/docs/api/v1/LeadFields
    """

    id: int | str | bool
    label: str
    extra: Mapping[str, Any] = _mapping()


@attrs.frozen(kw_only=True)
class LeadField(_Model):
    """A field that leads have in this account: one of Pipedrive's, or a custom field.

    Attributes:
        key: Where leads carry it; 40 hexadecimal digits if it is a custom field.
        name: What people see. Two fields can have the same name.
        id: Its number; None for a part of another field.
        field_type: Such as `varchar`, `monetary` or `enum`.
        order_nr: Its place among the fields.
        options: What can be chosen, for `enum` and `set`.
        active_flag: Whether it is in use.
        edit_flag: Whether it can be changed; Pipedrive's own fields cannot.
        add_time: When it was made, in UTC.
        update_time: When it last changed.

    https://developers.pipedrive.com/docs/api/v1/LeadFields
    """

    key: str
    name: str = attrs.field(hash=False)
    id: int | None = _maybe()
    field_type: str | None = _maybe()
    order_nr: int | None = _maybe()
    options: tuple[LeadFieldOption, ...] | None = _maybe()
    active_flag: bool | None = _maybe()
    edit_flag: bool | None = _maybe()
    add_time: dt.datetime | None = _maybe()
    update_time: dt.datetime | None = _maybe()
    extra: Mapping[str, Any] = _mapping()


@attrs.frozen(kw_only=True)
class LinkedItem(_Model):
    """Whom a found lead belongs to: a user, a person or an organization.

    Attributes:
        id: Its id.
        name: What people see; users come without.

    https://developers.pipedrive.com/docs/api/v1/Leads#searchLeads
    """

    id: int
    name: str | None = _maybe()
    extra: Mapping[str, Any] = _mapping()


@attrs.frozen(kw_only=True)
class LeadSearchResult(_Model):
    """A lead that a search found, with what Pipedrive tells of it there.

    It is less than a `Lead`, in other forms: the value is a plain number beside its currency.

    Attributes:
        id: The lead's id, for `get_lead`.
        title: What people see.
        result_score: How well it matches; more is better.
        owner: The user it belongs to.
        person: The person it is linked to.
        organization: The organization it is linked to.
        phones: The person's phone numbers.
        emails: The person's addresses.
        custom_fields: The contents of custom fields, without their keys.
        notes: The texts of its notes.
        value: The amount it may be worth.
        currency: ISO 4217, such as `EUR`.
        visible_to: Who sees it, the number of a `VisibleTo`.
        is_archived: Whether it is archived; a search finds those too.
        was_seen: Whether somebody opened it, with `include_was_seen`.

    https://developers.pipedrive.com/docs/api/v1/Leads#searchLeads
    """

    id: str
    title: str = attrs.field(hash=False)
    result_score: float | None = _maybe()
    type: str | None = _maybe()
    owner: LinkedItem | None = _maybe()
    person: LinkedItem | None = _maybe()
    organization: LinkedItem | None = _maybe()
    phones: tuple[str, ...] = attrs.field(default=(), hash=False)
    emails: tuple[str, ...] = attrs.field(default=(), hash=False)
    custom_fields: tuple[str, ...] = attrs.field(default=(), hash=False)
    notes: tuple[str, ...] = attrs.field(default=(), hash=False)
    value: float | None = _maybe()
    currency: str | None = _maybe()
    visible_to: int | None = _maybe()
    is_archived: bool | None = _maybe()
    was_seen: bool | None = _maybe()
    extra: Mapping[str, Any] = _mapping()


@attrs.frozen(kw_only=True)
class Conversion(_Model):
    """A job of Pipedrive's that makes a deal of a lead, or a lead of a deal.

    Attributes:
        conversion_id: The job's id, a UUID. Pipedrive forgets it after a few days.
        source_id: What is converted: a lead's id (a str) or a deal's (an int).
        status: How far it is; an unknown status stays a string.
        deal_id: The deal that was made of a lead, once `status` is `completed`.
        lead_id: The lead that was made of a deal, once `status` is `completed`.

    https://developers.pipedrive.com/docs/api/v1/Leads#getLeadConversionStatus
    """

    conversion_id: str
    source_id: str | int
    status: ConversionStatus | str = attrs.field(default=ConversionStatus.NOT_STARTED, hash=False)
    deal_id: int | None = _maybe()
    lead_id: str | None = _maybe()
    extra: Mapping[str, Any] = _mapping()
