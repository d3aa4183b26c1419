"""The names that the clients of an account have read, and those that they are reading."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any, Final, Generic, TypeAlias, TypeVar

import attrs

from ..._http.caller import Caller
from ..._http.deadline import Deadline
from ..._http.reference import Operation
from ..._shared.bounded import BoundedDict
from ..._shared.concurrent import map_concurrently
from ...errors import PipedriveError
from .shared_work import SharedWork

K = TypeVar("K")
T = TypeVar("T")

MOST_IDS: Final = 100
"""The maximum number of ids in one request: https://developers.pipedrive.com/docs/api/v1/Persons."""

_CONCURRENCY: Final = 4

_REFUSAL_TIME: Final = 600.0
"""Seconds for which something that Pipedrive has refused is not requested again."""


@attrs.frozen
class Source(Generic[K]):
    """A source of names: one list, or items that are requested by their ids.

    Attributes:
        operation: The operation that is called, for errors.
        read: Requests the names, and returns them by id. A list ignores the ids, and returns
            the names of other ids too.
    """

    operation: Operation
    read: Callable[[Caller, Collection[K]], Coroutine[Any, Any, Mapping[K, str]]]

    def start(
        self, caller: Caller, read: Callable[[Caller], Coroutine[Any, Any, T]]
    ) -> SharedWork[T]:
        """Start to read for all clients of the account.

        Raises:
            ClientClosedError: The client is closed.
            WrongLoopError: The session belongs to another event loop or process.
        """
        caller.check_usable(self.operation)
        return SharedWork(caller, read)

    async def finish(self, work: SharedWork[T], caller: Caller) -> T:
        """Wait for the result of work that this or another client has started."""
        try:
            await work.wait(caller, Deadline(caller.timeouts.deadline))
        except PipedriveError as error:
            error.operation = self.operation.id
            raise
        return await work.result()


class KnownNames:
    """The names of everything that leads of one account are linked to.

    Args:
        clock: Returns monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.owners: Final = ListedNames[int]()
        self.labels: Final = ListedNames[str]()
        self.channels: Final = ListedNames[int]()
        self.persons: Final = NamesById()
        self.organizations: Final = NamesById()
        self._clock = clock
        self._refused_until: dict[str, float] = {}

    def note_refusal(self, part: str) -> None:
        """Record that Pipedrive has refused to return the names of this part."""
        self._refused_until[part] = self._clock() + _REFUSAL_TIME

    def is_refused(self, part: str) -> bool:
        """Return whether Pipedrive has refused the names of this part a short time ago."""
        return self._clock() < self._refused_until.get(part, 0.0)


class ListedNames(Generic[K]):
    """Names that Pipedrive returns in one list, such as those of all users."""

    def __init__(self) -> None:
        self._latest: SharedWork[Mapping[K, str]] | None = None
        self._absent: BoundedDict[K, None] = BoundedDict()

    async def get(
        self, source: Source[K], caller: Caller, ids: Collection[K], *, refresh: bool
    ) -> Mapping[K, str]:
        """Return the whole list, which has the names of all ids that exist.

        It is read if it was not read before, and once more for an id that is not in it. A refresh
        shares a request that is in progress.
        """
        seen = self._latest
        if seen is not None and seen.can_be_joined and not (refresh and seen.done):
            names = await source.finish(seen, caller)
            if all(id in names or id in self._absent for id in ids):
                return names
        names = await source.finish(self._newer_than(seen, source, caller), caller)
        for id in ids:
            if id not in names:
                self._absent[id] = None
        return names

    def _newer_than(
        self, seen: SharedWork[Mapping[K, str]] | None, source: Source[K], caller: Caller
    ) -> SharedWork[Mapping[K, str]]:
        """Return the work that another call has started since, or start to read the list."""
        work = self._latest
        if work is None or work is seen or not work.can_be_joined:
            work = self._latest = source.start(caller, lambda caller: source.read(caller, ()))
        return work


_Found: TypeAlias = Mapping[int, str | None]
"""The names that were found; None for an id that does not exist."""


class NamesById:
    """Names that are requested by their ids, such as those of persons.

    The 10,000 that were read last are kept, and also the ids that do not exist.
    """

    def __init__(self) -> None:
        self._names: BoundedDict[int, tuple[int, str | None]] = BoundedDict()
        self._requests = 0
        self._in_progress: BoundedDict[int, SharedWork[_Found]] = BoundedDict()

    async def get(
        self, source: Source[int], caller: Caller, ids: Collection[int], *, refresh: bool
    ) -> Mapping[int, str]:
        """Return the names of the ids that exist; request those that are not known.

        A refresh shares the requests that are in progress, and those that are sent meanwhile.
        """
        oldest = self._requests + 1 if refresh else 0
        found = self._known(ids, oldest)
        missing = sorted(set(ids) - found.keys())
        shared = [id for id in missing if self._work_on(id)]
        own = sorted(set(missing) - set(shared))
        batches = [own[at : at + MOST_IDS] for at in range(0, len(own), MOST_IDS)]
        if shared:
            batches.append(shared)
        get_batch = partial(self._get_batch, source, caller, oldest)
        results = map_concurrently(batches, get_batch, concurrency=_CONCURRENCY)
        async with aclosing(results):
            async for names in results:
                found |= names
        return {id: name for id in ids if (name := found[id]) is not None}

    async def _get_batch(
        self, source: Source[int], caller: Caller, oldest: int, ids: Collection[int]
    ) -> _Found:
        """Return a name or None for each id; wait for ids that another call is reading."""
        found = self._known(ids, oldest)
        while missing := [id for id in ids if id not in found]:
            own = [id for id in missing if not self._work_on(id)]
            shared = self._work_on(missing[0])
            if own or shared is None:
                shared = self._start(source, caller, own[:MOST_IDS])
            names = await source.finish(shared, caller)
            found |= names
        return found

    def _known(self, ids: Iterable[int], oldest: int) -> dict[int, str | None]:
        """Return the names that the request with this number or a later one has read."""
        known = ((id, self._names[id]) for id in ids if id in self._names)
        return {id: name for id, (number, name) in known if number >= oldest}

    def _work_on(self, id: int) -> SharedWork[_Found] | None:
        """Return the work that is reading the name of this id and can be joined."""
        work = self._in_progress.get(id)
        return work if work is not None and work.can_be_joined else None

    def _start(
        self, source: Source[int], caller: Caller, ids: Collection[int]
    ) -> SharedWork[_Found]:
        self._requests = number = self._requests + 1

        async def read(caller: Caller) -> _Found:
            try:
                found = dict.fromkeys(ids) | dict(await source.read(caller, ids))
            finally:
                for id in ids:
                    self._in_progress.pop(id, None)
            for id, name in found.items():
                self._names[id] = number, name
            return found

        work = source.start(caller, read)
        for id in ids:
            self._in_progress[id] = work
        return work
