"""The persons and organizations that are being ensured: one at a time for each address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import attrs

from ..._http.caller import Caller
from ..._http.deadline import Deadline
from ..._http.reference import Operation
from ...errors import DecodeError, OutcomeUnknownError, PipedriveError
from .recent_contacts import ContactKey
from .shared_work import SharedWork
from .uncertain_keys import UncertainKeys
from .work_in_progress import Waiter, WorkInProgress

T = TypeVar("T")


@attrs.frozen
class ContactCall(Generic[T]):
    """A call that ensures a contact.

    Attributes:
        operation: The operation that adds the contact, for errors.
        request: The request for a new contact.
        first: The address to look for first.
        keys: All addresses of the contact.
        suits: Returns whether a result has the address `first`.
        unknown: Returns the error for a caller that leaves after the contact was sent.
    """

    operation: Operation
    request: object
    first: ContactKey
    keys: tuple[ContactKey, ...]
    suits: Callable[[T], bool]
    unknown: Callable[[], OutcomeUnknownError]


@attrs.frozen
class _Start:
    """The call that has started the work, and the caller of its client."""

    call: ContactCall[Any]
    caller: Caller

    def can_fail_alone(
        self, error: PipedriveError, call: ContactCall[Any], caller: Caller, deadline: Deadline
    ) -> bool:
        """Return whether another call may succeed after the work has failed and added nothing."""
        if isinstance(error, OutcomeUnknownError | DecodeError):
            return False
        if caller.is_closed or deadline.time_left() <= 0.0:
            return False
        options = (self.caller.retry, self.caller.limiter)
        return (self.call.request, *options) != (call.request, caller.retry, caller.limiter)


class ContactsInProgress(WorkInProgress[ContactKey, _Start, Any]):
    """The contacts of an account that are being ensured.

    Args:
        uncertain: The addresses of requests whose outcome is unknown.
    """

    def __init__(self, uncertain: UncertainKeys) -> None:
        super().__init__()
        self._uncertain = uncertain

    async def join(
        self,
        call: ContactCall[T],
        start: Callable[[], SharedWork[T]],
        *,
        caller: Caller,
        deadline: Deadline,
    ) -> tuple[T, bool]:
        """Return the result for a call; start the work if it is not in progress.

        The work for another call that has one of the addresses is carried out first. Its result
        is also that of this call if both look for the same address first. So is its error, unless
        this call has another request, retry policy or governor, with which it may succeed.

        Args:
            call: The call.
            start: Starts the work.
            caller: The caller of the client that waits.
            deadline: The time until which it waits.

        Returns:
            The result, and whether this client is the first to receive it.

        Raises:
            OutcomeUnknownError: This client leaves after the contact was sent.
            RequestTimeoutError: The deadline has passed, and nothing was sent.
            ClientClosedError: The client was closed, and nothing was sent.
        """
        waiter = Waiter(caller, deadline, call.operation, unknown=lambda: self._unknown(call))
        while work := self.find(call.keys):
            await self.wait(work, waiter)
            if work.request.call.first != call.first:
                continue
            try:
                result: T = await work.shared.result()
            except PipedriveError as error:
                if work.request.can_fail_alone(error, call, caller, deadline):
                    continue
                raise
            if call.suits(result):
                return result, work.take()
        work = self.start(call.keys, _Start(call, caller), start())
        await self.wait(work, waiter)
        return await work.shared.result(), work.take()

    def _unknown(self, call: ContactCall[Any]) -> OutcomeUnknownError | None:
        return call.unknown() if any(key in self._uncertain for key in call.keys) else None
