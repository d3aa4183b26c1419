"""The operations that report changed and removed leads, part of `LeadsClient`."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Mapping
from typing import Final, SupportsIndex

from ..._shared import callbacks, checks
from ...errors import DecodeError, InvalidRequestError
from ...models._lead import LeadT
from ...request_models._ids import LeadId, OrganizationId, PersonId, UserId
from ...webhooks import LeadChanges, LeadCreated, LeadRemoved, LeadUpdated
from ..base import Operations
from ..lists.lead_filters import LeadFilters
from .place import Place
from .removed import Search
from .watch import Watch, WatchOptions

_SHORTEST: Final = 10.0
"""The seconds between two passes at least, unless the server is this machine."""


class LeadWatchOperations(Operations[LeadT]):
    """The operations that report changed and removed leads, part of `LeadsClient`."""

    def watch_leads(
        self,
        *,
        since: str | dt.datetime | None = None,
        every: float = 300.0,
        owner_id: UserId | None = None,
        person_id: PersonId | None = None,
        organization_id: OrganizationId | None = None,
        filter_id: SupportsIndex | None = None,
        on_malformed: Callable[[DecodeError], object] | None = None,
    ) -> AsyncGenerator[LeadCreated[LeadT] | LeadUpdated[LeadT], None]:
        """Iterate over the leads that are new or changed, without an end.

        It reads the changed leads in passes. A `LeadCreated` is a lead that was created after
        `since` and is reported for the first time; any other change is a `LeadUpdated`, also of
        a lead that comes into the list or the filter. `event.lead` is the lead as it was read.
        To handle each event once, save `event.checkpoint` in the same transaction as your work,
        and pass the last one as `since` after a restart. Before the first event there is none:
        `watch_lead_pages` has a checkpoint even if nothing changed. An event that comes again
        nevertheless has the same `id`. It is not the `id` of a webhook's event: if you use both,
        recognize a change by `(event.lead_id, event.lead.update_time)`.

        It does not see a state that lasted less than `every`, or a lead that comes into a filter
        without a change of its own. It does not see a lead that was archived, deleted or converted
        to a deal: `find_removed_leads` does. It finds a change that is visible in the list up to a
        minute late. It relies on the `Date` of responses or on the clock of this machine: a change
        can be lost only if both jump ahead between two passes.

        **Cost:** 20 tokens of the daily budget for a pass with up to 500 changed leads, and 20
        once at the start. Each pass also reads the changes of the pass before again. With
        `every=300`, these are 5,760 tokens a day. With `every=60` they are 28,800, nearly all of
        the 30,000 tokens of one seat in the smallest plan.

        After a `TransportError`, `ServerError`, `RateLimitedError`, `UnexpectedResponseError` or
        `AuthUnavailableError` it logs a WARNING and goes on at the next pass. If the daily
        budget is used up, it logs a WARNING and waits for the next one. It raises all other
        errors, with a `checkpoint`.

        Args:
            since: The checkpoint of an event, of a `LeadChanges` or of an error, to go on after
                it, with the same filters and account. Or an aware datetime: changes from this time
                on are reported, and `datetime(1970, 1, 1, tzinfo=UTC)` first reports every open
                lead. None reports changes from now on, by the clock of Pipedrive.
            every: The seconds from the start of a pass to the start of the next, at least 10; a
                server on this machine may be read more often. If a pass takes longer, or you
                take longer with its events, the next one begins at once. Nothing is read while
                you handle an event.
            owner_id: Only leads that belong to this user.
            person_id: Only leads linked to this person.
            organization_id: Only leads linked to this organization.
            filter_id: Only leads that match this saved filter. Pipedrive then ignores
                `owner_id`, `person_id` and `organization_id`.
            on_malformed: Called with a `DecodeError` for each changed lead that cannot be
                decoded; the lead is skipped. None raises that error.

        Raises:
            InvalidRequestError: An argument is invalid. It is raised by the call itself.
            PipedriveError: A request failed. Pass `error.checkpoint` as `since` to go on.

        Example:
            >>> async def announce(client: LeadsClient, checkpoint: str | None) -> None:
            ...     async for event in client.watch_leads(since=checkpoint):
            ...         match event:
            ...             case LeadCreated(lead=lead):
            ...                 print("new:", lead.title)
            ...             case LeadUpdated(lead=lead):
            ...                 print("changed:", lead.title)

        https://developers.pipedrive.com/docs/api/v1/Leads#getLeads
        """
        if every is None:
            raise TypeError("every is None: use watch_lead_pages, which then makes one pass")
        every = checks.number("every", every, above=0)
        filters = LeadFilters(
            owner_id=owner_id,
            person_id=person_id,
            organization_id=organization_id,
            filter_id=filter_id,
        )
        return self._watch(filters, since, every, on_malformed).events()

    def watch_lead_pages(
        self,
        *,
        since: str | dt.datetime | None = None,
        every: float | None = 300.0,
        owner_id: UserId | None = None,
        person_id: PersonId | None = None,
        organization_id: OrganizationId | None = None,
        filter_id: SupportsIndex | None = None,
        on_malformed: Callable[[DecodeError], object] | None = None,
    ) -> AsyncGenerator[LeadChanges[LeadT], None]:
        """Iterate over the new and changed leads page by page, with a checkpoint after each.

        It is `watch_leads` for consumers that save many leads in one transaction. It also yields
        a `LeadChanges` without events after a pass without changes, so that its checkpoint can
        be saved.

        With `every=None`, it makes one pass and ends: for a cron job, and to find what webhooks
        have lost. It then raises every error.

        Args:
            since: As for `watch_leads`. A job that runs again passes the last checkpoint of the
                run before.
            every: As for `watch_leads`; None for one pass.
            owner_id: Only leads that belong to this user.
            person_id: Only leads linked to this person.
            organization_id: Only leads linked to this organization.
            filter_id: Only leads that match this saved filter.
            on_malformed: As for `watch_leads`.

        Raises:
            InvalidRequestError: An argument is invalid. It is raised by the call itself.
            PipedriveError: A request failed. Pass `error.checkpoint` as `since` to go on.

        Example:
            >>> async def copy(client: LeadsClient, checkpoint: str | None) -> str | None:
            ...     async for changes in client.watch_lead_pages(since=checkpoint, every=None):
            ...         for event in changes.events:
            ...             print(event.lead.title)
            ...         checkpoint = changes.checkpoint  # save it with the leads
            ...     return checkpoint

        https://developers.pipedrive.com/docs/api/v1/Leads#getLeads
        """
        if every is not None:
            every = checks.number("every", every, above=0)
        filters = LeadFilters(
            owner_id=owner_id,
            person_id=person_id,
            organization_id=organization_id,
            filter_id=filter_id,
        )
        return self._watch(filters, since, every, on_malformed).pages()

    def find_removed_leads(
        self,
        known: Iterable[LeadId] | AsyncIterable[LeadId],
        *,
        owner_id: UserId | None = None,
        filter_id: SupportsIndex | None = None,
        max_removed: int = 1000,
    ) -> AsyncGenerator[LeadRemoved[LeadT], None]:
        """Iterate over the known leads that are no longer in the list of open leads.

        It reads all open leads, and then requests each known lead that is not among them. A
        converted lead cannot be distinguished from a deleted one: both are `gone`. A lead that
        came into the list meanwhile is not reported, except with `filter_id`: then it is
        `filtered`. Each id is reported once, in lower case.

        It costs 20 tokens of the daily budget for each 500 open leads, and 2 for each known lead
        that is missing. It costs nothing for an empty list. The ids of all open leads are in
        memory meanwhile.

        Args:
            known: The ids of the leads that you have: any iterable or async iterable. A list or
                a set is copied first, so it may change meanwhile.
            owner_id: Only leads that belong to this user are expected in the list.
            filter_id: Only leads that match this saved filter are expected in the list.
            max_removed: The maximum number of leads to request, at least 0. If more are missing,
                an error is raised before any of them is requested.

        Raises:
            InvalidRequestError: An argument is invalid, `known` yields something that is not an
                id, or too many leads are missing.
            PermissionDeniedError: The user may not see a lead. That is no proof of a removal. It
                is raised after all other leads were requested.
            UnexpectedResponseError: A 404 is not from Pipedrive's API, but from a proxy, say.
            PipedriveError: A request failed.

        Example:
            >>> async def forget(client: LeadsClient, known: set[str]) -> None:
            ...     async for removed in client.find_removed_leads(known):
            ...         print(removed.lead_id, "is", removed.reason)

        https://developers.pipedrive.com/docs/api/v1/Leads#getLead
        """
        _check_known(known)
        max_removed = checks.integer("max_removed", max_removed, low=0)
        search = Search(
            caller=self._caller,
            lead_type=self._lead_type,
            known=known,
            filters=LeadFilters(owner_id=owner_id, filter_id=filter_id),
            max_removed=max_removed,
        )
        return search.removed()

    def _watch(
        self,
        filters: LeadFilters,
        since: str | dt.datetime | None,
        every: float | None,
        on_malformed: Callable[[DecodeError], object] | None,
    ) -> Watch[LeadT]:
        base_url = self._caller.base_url
        is_local = base_url is not None and base_url.is_local
        if every is not None and every < _SHORTEST and not is_local:
            raise InvalidRequestError(
                f"every must be at least {_SHORTEST:g} seconds, got {every:g}: each pass costs 20 "
                "tokens of the daily budget"
            )
        options = WatchOptions(
            filters=filters,
            since=_since(since, filters),
            every=every,
            on_malformed=callbacks.plain_function("on_malformed", on_malformed),
        )
        return Watch(self._caller, self._lead_type, options)


def _check_known(known: object) -> None:
    kind = checks.kind_of(known)
    is_iterable = isinstance(known, Iterable | AsyncIterable)
    if not is_iterable or isinstance(known, str | bytes | Mapping):
        advice = ": pass its keys or values" if isinstance(known, Mapping) else ""
        raise TypeError(f"known must be a list or an iterable of ids, got {kind}{advice}")


def _since(since: object, filters: LeadFilters) -> Place | dt.datetime | None:
    if since is None:
        return None
    if isinstance(since, str):
        return Place.from_text(checks.text("since", since), filters.digest())
    if not isinstance(since, dt.datetime):
        kind = checks.kind_of(since)
        raise TypeError(f"since must be a checkpoint (a str) or an aware datetime, got {kind}")
    return checks.instant("since", since)
