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
"""The minimum of `every` in seconds, unless the server is on this machine."""


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
        """Iterate endlessly over the leads that are new or changed.

        It reads the changed leads in passes. A `LeadCreated` is a lead that was created after
        `since` and is reported for the first time. Any other change is a `LeadUpdated`, even if
        the lead has only just entered the list or the filter. `event.lead` is the lead as it was
        read.

        To handle each event once, save `event.checkpoint` in the same transaction as your work,
        and pass the last one as `since` after a restart. If you need a checkpoint before the first
        event, use `watch_lead_pages`. An event that is repeated nevertheless has the same `id`.
        Webhooks have other ids: if you use both, identify a change by
        `(event.lead_id, event.lead.update_time)`.

        It misses a state that lasted less than `every`, and a lead that enters a filter without a
        change of its own. It does not report leads that were archived, deleted or converted to a
        deal: use `find_removed_leads`. It finds changes that become visible in the list up to a
        minute late. It reads the `Date` of responses and the clock of this machine: a change can
        be lost only if both jump ahead between two passes.

        **Cost:** 20 tokens of the daily budget for a pass with up to 500 changed leads, and 20
        once at the start. Each pass reads the changes of the previous pass again. With
        `every=300`, it costs 5,760 tokens a day. With `every=60`, it costs 28,800, nearly all of
        the 30,000 tokens of one seat in the smallest plan.

        After a `TransportError`, `ServerError`, `RateLimitedError`, `UnexpectedResponseError` or
        `AuthUnavailableError`, it logs a WARNING and continues with the next pass. If the daily
        budget is used up, it logs a WARNING and waits until the next day. It raises all other
        errors, with a `checkpoint`.

        Args:
            since: The checkpoint of an event, of a `LeadChanges` or of an error, to continue after
                it, with the same filters and account. Or an aware datetime, to report the changes
                from this time on; `datetime(1970, 1, 1, tzinfo=UTC)` first reports every open lead.
                None reports the changes from now on, by the clock of Pipedrive.
            every: The seconds from the start of a pass to the start of the next, at least 10, or
                above 0 for a server on this machine. If a pass and the handling of its events take
                longer, the next pass begins at once. Nothing is read while you handle an event.
            owner_id: Only leads that belong to this user.
            person_id: Only leads linked to this person.
            organization_id: Only leads linked to this organization.
            filter_id: Only leads that match this saved filter. Pipedrive then ignores
                `owner_id`, `person_id` and `organization_id`.
            on_malformed: Called with a `DecodeError` for each changed lead that cannot be
                decoded; the lead is skipped. None raises that error.

        Raises:
            InvalidRequestError: An argument is invalid. It is raised by the call itself.
            PipedriveError: A request failed. Pass `error.checkpoint` as `since` to continue.

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

        It works as `watch_leads`, for programs that save many leads in one transaction. After a
        pass without changes, it yields a `LeadChanges` without events, so that you can save its
        checkpoint.

        With `every=None`, it makes one pass and ends: for a cron job, or to find changes whose
        webhooks were lost. It then raises every error.

        Args:
            since: As for `watch_leads`. A job passes the last checkpoint of its previous run.
            every: As for `watch_leads`; None for one pass.
            owner_id: Only leads that belong to this user.
            person_id: Only leads linked to this person.
            organization_id: Only leads linked to this organization.
            filter_id: Only leads that match this saved filter.
            on_malformed: As for `watch_leads`.

        Raises:
            InvalidRequestError: An argument is invalid. It is raised by the call itself.
            PipedriveError: A request failed. Pass `error.checkpoint` as `since` to continue.

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
        enters the list meanwhile is not reported, except with `filter_id`: then it is `filtered`.
        Each id is reported once, in lower case.

        It costs 20 tokens of the daily budget for each 500 open leads, and 2 for each known lead
        that is missing. It costs nothing if `known` is an empty list. It keeps the ids of all open
        leads in memory.

        Args:
            known: The ids of the leads that you have, as any iterable or async iterable. A list or
                a set is copied, so that you may change it meanwhile.
            owner_id: Only leads that belong to this user are expected in the list.
            filter_id: Only leads that match this saved filter are expected in the list.
            max_removed: The maximum number of leads to request, at least 0. If more are missing,
                an error is raised before any of them is requested.

        Raises:
            InvalidRequestError: An argument is invalid, `known` yields something that is not an
                id, or too many leads are missing.
            PermissionDeniedError: The user may not see a lead, which may still exist. It is raised
                after all other leads were requested.
            UnexpectedResponseError: A 404 is not from Pipedrive's API, but for example from a
                proxy.
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
        advice = ""
        if isinstance(known, Mapping):
            advice = ": pass its keys() or its values(), whichever are ids"
        raise TypeError(f"known must be a list or an iterable of ids, got {kind}{advice}")


def _since(since: object, filters: LeadFilters) -> Place | dt.datetime | None:
    if since is None:
        return None
    if isinstance(since, str):
        if not since.strip():
            raise InvalidRequestError(
                "since is empty: pass a checkpoint, an aware datetime, "
                "or None for the changes from now on"
            )
        return Place.from_text(checks.encodable("since", since), filters.digest())
    if not isinstance(since, dt.datetime):
        kind = checks.kind_of(since)
        raise TypeError(f"since must be a checkpoint (a str) or an aware datetime, got {kind}")
    return checks.instant("since", since)
