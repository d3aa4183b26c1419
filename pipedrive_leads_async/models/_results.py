"""The results of operations that return more than leads."""

from __future__ import annotations

from typing import Generic

import attrs

from ._base import PydanticHooks
from ._contacts.organization import Organization
from ._contacts.person import Person
from ._lead import LeadT


@attrs.frozen(kw_only=True)
class LeadPage(PydanticHooks, Generic[LeadT]):
    """One page of a list of leads.

    Attributes:
        leads: The leads of the page, without those that the walk has already returned.
        start: The requested position of the first item.
        limit: The requested page size.
        more_items_in_collection: Whether Pipedrive reports that the list continues.
        next_start: The position of the next page, as Pipedrive reports it; None at the end.
        checkpoint: The value of `resume_from` that continues after this page. None if the
            page is not part of a walk.

    https://pipedrive.readme.io/docs/core-api-concepts-pagination
    """

    leads: list[LeadT]
    start: int
    limit: int
    more_items_in_collection: bool
    next_start: int | None = None
    checkpoint: str | None = None


@attrs.frozen(kw_only=True)
class EnsuredLead(PydanticHooks, Generic[LeadT]):
    """The result of `ensure_lead`.

    Attributes:
        lead: The lead in its current state.
        created: Whether this call created the lead.
    """

    lead: LeadT
    created: bool


@attrs.frozen(kw_only=True)
class EnsuredPerson(PydanticHooks):
    """The result of `ensure_person`.

    Attributes:
        person: The person in its current state; the one with the lowest id if there are several.
        created: Whether this call created the person.
        other_ids: The ids of the other persons with the same address, in ascending order: they
            are duplicates that a user can merge in Pipedrive.
    """

    person: Person
    created: bool
    other_ids: tuple[int, ...] = ()


@attrs.frozen(kw_only=True)
class EnsuredOrganization(PydanticHooks):
    """The result of `ensure_organization`.

    Attributes:
        organization: The organization in its current state; the one with the lowest id if there
            are several.
        created: Whether this call created the organization.
        other_ids: The ids of the other organizations with the same name, in ascending order.
    """

    organization: Organization
    created: bool
    other_ids: tuple[int, ...] = ()


@attrs.frozen(kw_only=True)
class AddLeadResult(PydanticHooks, Generic[LeadT]):
    """The result of `add_leads` for one item.

    Attributes:
        key: The key of the item, a text; of a number, its decimal digits.
        lead: The new lead; None if there was an error, except for an `IdempotencyKeyLostError`.
        error: The error. After an `OutcomeUnknownError` the lead may exist. After a
            `DecodeError` the lead exists, and the error's `lead_id` is its id, if it is known.
            After an `IdempotencyKeyLostError` the lead exists, but cannot be found by its key.
    """

    key: str
    lead: LeadT | None = None
    error: Exception | None = None
