"""The creations in progress: one at a time for each idempotency key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from ..._http.call import outcome_unknown
from ..._http.caller import Caller
from ..._http.deadline import Deadline
from ..._http.reference import ADD_LEAD
from ..._shared.redactor import Redactor
from ...errors import InvalidRequestError, OutcomeUnknownError
from ...request_models import AddLeadRequest
from .shared_work import SharedWork
from .uncertain_keys import Key, UncertainKeys
from .work_in_progress import Waiter, WorkInProgress


@attrs.frozen(kw_only=True)
class KeyedLead:
    """The lead of an idempotency key, as Pipedrive sent it: each client decodes it for itself.

    Attributes:
        row: The data of the lead.
        created: Whether this creation has created it.
        keeps_key: Whether the lead contains the key.
        operation: The operation whose response contained the lead, for errors.
        attempts: The attempts of that operation.
        request_id: Pipedrive's id of that request.
        redactor: Removes the secrets of that request from errors about the lead.
    """

    row: Any = attrs.field(repr=False)
    created: bool
    keeps_key: bool = True
    operation: str
    attempts: int = 1
    request_id: str | None = None
    redactor: Redactor = attrs.field(factory=lambda: Redactor([]), repr=False)


class Creations(WorkInProgress[Key, AddLeadRequest, KeyedLead]):
    """The creations of an account that are in progress, by idempotency key.

    Args:
        uncertain_keys: The keys of requests whose outcome is unknown.
    """

    def __init__(self, uncertain_keys: UncertainKeys) -> None:
        super().__init__()
        self._uncertain_keys = uncertain_keys

    async def join(
        self,
        key: Key,
        request: AddLeadRequest,
        start: Callable[[], SharedWork[KeyedLead]],
        *,
        caller: Caller,
        deadline: Deadline,
    ) -> tuple[KeyedLead, bool]:
        """Return the result of the creation with this key; start it if it is not in progress.

        Args:
            key: The key.
            request: The request, which must be equal for all callers with the same key.
            start: Starts the creation.
            caller: The caller of the client that waits.
            deadline: The time until which it waits.

        Returns:
            The result, and whether this client is the first to receive it.

        Raises:
            InvalidRequestError: A different request with this key is in progress.
            OutcomeUnknownError: This client leaves after the request was sent.
            RequestTimeoutError: The deadline has passed, and nothing was sent.
            ClientClosedError: The client was closed, and nothing was sent.
        """
        creation = self.find([key])
        if creation is None:
            creation = self.start([key], request, start())
        elif creation.request != request:
            raise InvalidRequestError(
                f"idempotency_key {key[1]!r} belongs to a different request that is in progress: "
                "make the key of each request unique"
            )
        await self.wait(
            creation, Waiter(caller, deadline, ADD_LEAD, unknown=lambda: self._unknown(key))
        )
        return await creation.shared.result(), creation.take()

    def _unknown(self, key: Key) -> OutcomeUnknownError | None:
        if key in self._uncertain_keys:
            return outcome_unknown(ADD_LEAD.id, key[1], attempts=1)
        return None
