"""Persons, and the results of their search."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from .._base import (
    Model,
    informative_date,
    informative_time,
    mapping,
    maybe,
    nested_custom_fields,
    omitted,
    renamed,
)
from .._search import LinkedItem
from .parts import ContactDetail, PostalAddress


@attrs.frozen(kw_only=True)
class Person(Model):
    """A person, in the form of v2. The hash is that of the id.

    Attributes:
        id: The id of the person, as in `Lead.person_id`.
        name: The whole name.
        first_name: The first name.
        last_name: The last name.
        owner_id: The id of the user who owns the person.
        organization_id: The id of the linked organization; `org_id` in the JSON.
        emails: The email addresses.
        phones: The phone numbers.
        is_deleted: Whether the person was deleted. Pipedrive deletes it for good 30 days later.
        visible_to: The visibility level, a number: 1, 3, 5 or 7.
        label_ids: The ids of the person's labels.
        picture_id: The id of the picture.
        add_time: The creation time, in UTC; None if Pipedrive sends an impossible time.
        update_time: The time of the last change, in UTC; None as for `add_time`, and for a new
            person.
        custom_fields: The values of the account's own fields of persons, by their 40-digit keys.
        postal_address: The address. Pipedrive sends this attribute and the next four only to
            companies that have set up the synchronisation of contacts.
        notes: The notes of the synchronisation of contacts.
        im: The instant messaging accounts.
        birthday: The birthday; None if Pipedrive sends an impossible date.
        job_title: The job title.
        marketing_status: The consent to marketing, such as `subscribed`, if the company uses
            Campaigns.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Persons
    """

    id: int
    name: str = attrs.field(hash=False)
    first_name: str | None = maybe()
    last_name: str | None = maybe()
    owner_id: int | None = maybe()
    organization_id: int | None = renamed("org_id")
    emails: tuple[ContactDetail, ...] = attrs.field(default=(), hash=False)
    phones: tuple[ContactDetail, ...] = attrs.field(default=(), hash=False)
    is_deleted: bool | None = maybe()
    visible_to: int | None = maybe()
    label_ids: tuple[int, ...] = attrs.field(default=(), hash=False)
    picture_id: int | None = maybe()
    add_time: dt.datetime | None = informative_time("seconds of v2")
    update_time: dt.datetime | None = informative_time("seconds of v2")
    custom_fields: Mapping[str, Any] | None = nested_custom_fields()
    postal_address: PostalAddress | str | None = omitted()
    notes: str | None = omitted()
    im: tuple[ContactDetail, ...] | None = omitted()
    birthday: dt.date | None = informative_date()
    job_title: str | None = omitted()
    marketing_status: str | None = omitted()
    extra: Mapping[str, Any] = mapping()


@attrs.frozen(kw_only=True)
class PersonSearchResult(Model):
    """A person found by a search. It has fewer properties than a `Person`.

    Attributes:
        id: The id of the person, for `get_person`.
        name: The whole name.
        result_score: The relevance; a higher score is a better match.
        type: The type of the item, always `person`.
        phones: The phone numbers.
        emails: The email addresses.
        primary_email: The first email address to use.
        visible_to: The visibility level, a number: 1, 3, 5 or 7.
        owner: The user who owns the person.
        organization: The linked organization.
        custom_fields: The contents of custom fields, without their keys.
        notes: The texts of the notes.
        update_time: The time of the last change, in UTC; None if Pipedrive sends an impossible
            time.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Persons#searchPersons
    """

    id: int
    name: str = attrs.field(hash=False)
    result_score: float | None = maybe()
    type: str | None = maybe()
    phones: tuple[str, ...] = attrs.field(default=(), hash=False)
    emails: tuple[str, ...] = attrs.field(default=(), hash=False)
    primary_email: str | None = maybe()
    visible_to: int | None = maybe()
    owner: LinkedItem | None = maybe()
    organization: LinkedItem | None = maybe()
    custom_fields: tuple[str, ...] = attrs.field(default=(), hash=False)
    notes: tuple[str, ...] = attrs.field(default=(), hash=False)
    update_time: dt.datetime | None = informative_time("seconds")
    extra: Mapping[str, Any] = mapping()
