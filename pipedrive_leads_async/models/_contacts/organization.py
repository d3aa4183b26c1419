"""Organizations, and the results of their search."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from .._base import Model, informative_time, mapping, maybe, nested_custom_fields
from .._search import LinkedItem
from .parts import PostalAddress


@attrs.frozen(kw_only=True)
class Organization(Model):
    """An organization, in the form of v2. The hash is that of the id.

    Attributes:
        id: The id of the organization, as in `Lead.organization_id`.
        name: The name.
        owner_id: The id of the user who owns the organization.
        is_deleted: Whether the organization was deleted. Pipedrive deletes it for good 30 days
            later.
        visible_to: The visibility level, a number: 1, 3, 5 or 7.
        label_ids: The ids of the organization's labels.
        address: The address: a text, or an object with its parts. Pipedrive documents the
            second, and was seen to send the first. In Python, `str(address)` is the whole address
            of both.
        website: The URL of the website.
        linkedin: The URL of the profile at LinkedIn.
        industry: The id of the industry.
        annual_revenue: The revenue of a year.
        employee_count: The number of employees.
        add_time: The creation time, in UTC; None if Pipedrive sends an impossible time.
        update_time: The time of the last change, in UTC; None as for `add_time`.
        custom_fields: The values of the account's own fields of organizations, by their 40-digit
            keys; None if the account has no such fields.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Organizations
    """

    id: int
    name: str = attrs.field(hash=False)
    owner_id: int | None = maybe()
    is_deleted: bool | None = maybe()
    visible_to: int | None = maybe()
    label_ids: tuple[int, ...] = attrs.field(default=(), hash=False)
    address: PostalAddress | str | None = maybe()
    website: str | None = maybe()
    linkedin: str | None = maybe()
    industry: int | None = maybe()
    annual_revenue: float | None = maybe()
    employee_count: int | None = maybe()
    add_time: dt.datetime | None = informative_time("seconds of v2")
    update_time: dt.datetime | None = informative_time("seconds of v2")
    custom_fields: Mapping[str, Any] | None = nested_custom_fields()
    extra: Mapping[str, Any] = mapping()


@attrs.frozen(kw_only=True)
class OrganizationSearchResult(Model):
    """An organization found by a search. It has fewer properties than an `Organization`.

    Attributes:
        id: The id of the organization, for `get_organization`.
        name: The name.
        result_score: The relevance; a higher score is a better match.
        type: The type of the item, always `organization`.
        address: The whole address.
        visible_to: The visibility level, a number: 1, 3, 5 or 7.
        owner: The user who owns the organization.
        custom_fields: The contents of custom fields, without their keys.
        notes: The texts of the notes.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Organizations#searchOrganization
    """

    id: int
    name: str = attrs.field(hash=False)
    result_score: float | None = maybe()
    type: str | None = maybe()
    address: str | None = maybe()
    visible_to: int | None = maybe()
    owner: LinkedItem | None = maybe()
    custom_fields: tuple[str, ...] = attrs.field(default=(), hash=False)
    notes: tuple[str, ...] = attrs.field(default=(), hash=False)
    extra: Mapping[str, Any] = mapping()
