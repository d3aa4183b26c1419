"""The operation that returns the names of the things that leads are linked to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any, Literal, TypeAlias, cast

from ..._shared import checks
from ..._shared.concurrent import map_concurrently
from ..._shared.log import log
from ..._shared.steps import Steps
from ...errors import InvalidRequestError, PermissionDeniedError
from ...models import Lead, LeadNames
from ...models._lead import LeadT
from ..base import Operations
from ..log_context import log_context
from .sources import PARTS, Part

NamedPart: TypeAlias = Literal["owner", "person", "organization", "labels", "channel"]


class LeadNameOperations(Operations[LeadT]):
    """The operation on names, part of `LeadsClient`."""

    async def get_names(
        self,
        leads: Lead | Iterable[Lead],
        *,
        only: Collection[NamedPart] | None = None,
        refresh: bool = False,
    ) -> LeadNames:
        """Get the names of the owners, persons, organizations, labels and channels of leads.

        It reads what no client of the account has read before: all users (20 tokens of the daily
        budget), all labels (10), all channels (20), and persons and organizations by up to 100
        ids in a request (10). So the names of 10,000 leads with 3,000 persons and 1,000
        organizations cost 450 tokens. The 10,000 persons and organizations that were read last
        are remembered, also those that do not exist. Users, labels and channels are read again
        once for an id that is unknown. Concurrent calls share their requests, to which the
        options of the client that sends them apply.

        An OAuth token needs the scopes `users:read` for owners, `contacts:read` for persons and
        organizations, and `leads:read`. Where Pipedrive refuses a request because of a missing
        scope or permission, that part is left out with a warning in the log, and is not requested
        again for 10 minutes.

        Args:
            leads: A lead, or any iterable of leads, such as `page.leads`. An asynchronous one is
                refused: read pages, as in the example.
            only: The parts to read; all of them if it is left out.
            refresh: Whether to read everything again, for example because a person was renamed.

        Raises:
            InvalidRequestError: `only` has an unknown part.
            TypeError: `leads` is not a lead or an iterable of leads.
            PipedriveError: A request has failed, other than for a missing permission.

        Example:
            >>> async def show(client: LeadsClient) -> None:
            ...     async for page in client.get_lead_pages():
            ...         names = await client.get_names(page.leads, only=["owner", "person"])
            ...         for lead in page.leads:
            ...             print(lead.title, names.owner(lead), names.person(lead))

        https://developers.pipedrive.com/docs/api/v1/Users#getUsers
        https://developers.pipedrive.com/docs/api/v1/Persons#getPersons
        https://developers.pipedrive.com/docs/api/v1/Organizations#getOrganizations
        """
        checks.boolean("refresh", refresh)
        wanted = await _ids(_leads(leads), _parts(only))
        get_part = partial(self._get_part, refresh=refresh)
        results = map_concurrently(wanted.items(), get_part, concurrency=len(PARTS))
        async with aclosing(results):
            found: dict[str, Any] = {attribute: names async for attribute, names in results}
        return LeadNames(**found)

    async def _get_part(
        self, wanted: tuple[str, Collection[Any]], *, refresh: bool
    ) -> tuple[str, Mapping[Any, str]]:
        """Return one part of the names; nothing if Pipedrive refuses it."""
        name, ids = wanted
        part, known = PARTS[name], self._account.names
        if known.is_refused(name) and not refresh:
            return part.attribute, {}
        try:
            names = await getattr(known, part.attribute).get(
                part.source, self._caller, ids, refresh=refresh
            )
        except PermissionDeniedError as error:
            if not known.is_refused(name):
                _warn(part, log_context(self._caller, error.operation, error))
            known.note_refusal(name)
            return part.attribute, {}
        return part.attribute, dict(names)


def _warn(part: Part, context: dict[str, Any]) -> None:
    log.warning(
        "the names of %s are left out, because the request was refused: an OAuth token needs the "
        "scope %s, and an API token the permission of its user",
        part.attribute,
        part.scope,
        extra=context,
    )


def _parts(only: object) -> Collection[str]:
    if only is None:
        return PARTS
    if not isinstance(only, Collection) or isinstance(only, str | Mapping):
        kind = checks.kind_of(cast("Any", only))
        raise TypeError(f"only must be a list of parts, got {kind}: write only=[...]")
    parts = cast("Collection[object]", only)
    for part in parts:
        if not isinstance(part, str) or part not in PARTS:
            raise InvalidRequestError(f"only must contain {', '.join(PARTS)} alone, got {part!r}")
    return cast("Collection[str]", parts)


def _leads(leads: object) -> Iterable[object]:
    if isinstance(leads, Lead):
        return (leads,)
    if not isinstance(leads, Iterable):
        raise TypeError(
            f"leads must be a Lead or an iterable of leads, got {checks.kind_of(leads)}: pass the "
            "leads of each page of get_lead_pages, or a list"
        )
    return cast("Iterable[object]", leads)


async def _ids(leads: Iterable[object], parts: Collection[str]) -> dict[str, Collection[Any]]:
    """Return the ids in the leads for each part that has any, each id once."""
    found: dict[str, dict[Any, None]] = {name: {} for name in PARTS if name in parts}
    steps = Steps()
    for lead in leads:
        checks.instance("each of leads", lead, Lead)
        for name, ids in found.items():
            for id in PARTS[name].ids(cast("Lead", lead)):
                if _is_id(id, PARTS[name].id_type):
                    ids[id] = None
        await steps.next()
    return {name: ids for name, ids in found.items() if ids}


def _is_id(id: Any, id_type: type[Any]) -> bool:
    """Return whether a value is an id: a lead class of the user can have any value there."""
    return type(id) is id_type and (bool(id) if id_type is str else id > 0)
