"""The events of leads, as webhooks report them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal

import attrs

from .._codec.json import Json
from ..models import Lead
from ..models._base import KEY, Model
from ..models._lead import LeadT


class _LateCheckpoint(Model):
    """An object whose checkpoint can be made when it is read, because it may be a long text."""

    __slots__ = ("_make_checkpoint",)

    if not TYPE_CHECKING:  # otherwise every name would be an attribute

        def __getattr__(self, name: str) -> object:
            if name == "checkpoint":
                return self._make_checkpoint()
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def make_checkpoint_late(event: LeadEvent, make: Callable[[], str]) -> None:
    """Replace the checkpoint of a new event by a function that is called at each access."""
    object.__delattr__(event, "checkpoint")
    object.__setattr__(event, "_make_checkpoint", make)


@attrs.frozen(kw_only=True)
class LeadEvent(_LateCheckpoint):
    """An event of a lead; the base of all kinds of event.

    An event of `watch_leads` has only an id, the lead, a timestamp and a checkpoint.

    Attributes:
        id: The id of the event, a UUID. It is the same when Pipedrive delivers the event again.
        lead_id: The id of the lead, a UUID.
        timestamp: The time of the event in UTC. Events can arrive in another order.
        attempt: The number of the delivery, from 1 for the first to 4 for the last.
        company_id: The id of the account.
        user_id: The id of the user who made the change.
        is_bulk_edit: Whether the change was part of a bulk edit.
        change_source: `app` for a change in Pipedrive itself, `api` for one by a program.
        host: The account's host, such as `acme.pipedrive.com`.
        webhook_id: The id of the webhook.
        webhook_owner_id: The id of the webhook's owner. The webhook reports the leads that this
            user may see.
        extra: The other keys of `meta` as Pipedrive sent them, such as `permitted_user_ids`.
        checkpoint: The value of `since` with which `watch_leads` continues after this event;
            None for an event of a webhook.

    https://pipedrive.readme.io/docs/guide-for-webhooks-v2#webhooks-meta-block
    """

    id: str
    lead_id: str = attrs.field(metadata={KEY: "entity_id"})
    timestamp: dt.datetime
    attempt: int | None = None
    company_id: int | None = None
    user_id: int | None = None
    is_bulk_edit: bool | None = None
    change_source: str | None = None
    host: str | None = None
    webhook_id: int | None = None
    webhook_owner_id: int | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    checkpoint: str | None = attrs.field(default=None, repr=False, eq=False)


@attrs.frozen(kw_only=True)
class LeadCreated(LeadEvent, Generic[LeadT]):
    """A lead was added.

    Attributes:
        lead: The lead. From a webhook it has no `visible_to` and `cc_email`, as in `LeadUpdated`.
    """

    lead: LeadT


@attrs.frozen(kw_only=True)
class LeadUpdated(LeadEvent, Generic[LeadT]):
    """A lead was changed.

    `watch_leads` yields it, and its subclass `LeadChanged` comes from webhooks. So one handler
    serves both.

    Attributes:
        lead: The lead after the change. From a webhook its `visible_to` and `cc_email` are None,
            because webhooks do not send them; `get_lead` returns them.

    Example:
        >>> def title_of(event: LeadEvent) -> str | None:
        ...     match event:
        ...         case LeadCreated(lead=lead) | LeadUpdated(lead=lead):
        ...             return lead.title
        ...         case _:
        ...             return None
    """

    lead: LeadT


@attrs.frozen(kw_only=True)
class LeadChanged(LeadUpdated[LeadT]):
    """A lead was changed, archived or unarchived, as a webhook reports it.

    Attributes:
        lead: The lead after the change, as in `LeadUpdated`.
        previous: The lead before the change. Pipedrive sends the changed properties only; the
            others are copied from `lead`.

    Example:
        >>> def was_archived(event: LeadChanged) -> bool:
        ...     return "is_archived" in event.changed and event.lead.is_archived is True
    """

    previous: LeadT

    @property
    def changed(self) -> frozenset[str]:
        """The names of the attributes that changed; for other custom fields, their keys."""
        now, was = _properties(self.lead), _properties(self.previous)
        return frozenset(key for key in now | was if now.get(key) != was.get(key))


@attrs.frozen(kw_only=True)
class LeadDeleted(LeadEvent, Generic[LeadT]):
    """A lead was deleted, or converted to a deal.

    Attributes:
        previous: The lead before the deletion, as in `LeadChanged`.
    """

    previous: LeadT


@attrs.frozen(kw_only=True)
class LeadChanges(Generic[LeadT]):
    """Changes that `watch_lead_pages` read together.

    Attributes:
        events: The events; empty if nothing has changed.
        checkpoint: The value of `since` that continues after these events.
    """

    events: tuple[LeadCreated[LeadT] | LeadUpdated[LeadT], ...]
    checkpoint: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class LeadRemoved(Generic[LeadT]):
    """A lead that is no longer in the list of open leads.

    Attributes:
        lead_id: The id of the lead, a UUID.
        reason: `archived`; `gone` if it was deleted or converted to a deal; `filtered` if it is
            open, but does not match the filters.
        lead: The lead, None if it is gone.
    """

    lead_id: str
    reason: Literal["archived", "gone", "filtered"]
    lead: LeadT | None = None


def _properties(lead: Lead) -> Json:
    fields = attrs.asdict(lead, recurse=False)
    return {**fields.pop("custom_fields"), **fields.pop("extra"), **fields}
