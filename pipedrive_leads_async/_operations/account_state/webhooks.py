"""The webhooks that are being ensured: one at a time for each URL and its events."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import attrs

from ..._http.caller import Caller
from ..._http.deadline import Deadline
from ..._http.reference import ADD_WEBHOOK
from ...errors import ClientClosedError, RequestTimeoutError
from ...models import EnsuredWebhook
from ...request_models import AddWebhookRequest
from .shared_work import SharedWork

_Place: TypeAlias = tuple[str, str, str]
"""The URL of a webhook, and the action and object of its events."""


@attrs.define(eq=False)
class _Work:
    request: AddWebhookRequest
    shared: SharedWork[EnsuredWebhook]
    is_returned: bool = False


class WebhooksInProgress:
    """The webhooks of an account that are being ensured."""

    def __init__(self) -> None:
        self._works: dict[_Place, _Work] = {}

    async def join(
        self,
        request: AddWebhookRequest,
        start: Callable[[], SharedWork[EnsuredWebhook]],
        *,
        caller: Caller,
        deadline: Deadline,
    ) -> EnsuredWebhook:
        """Return the webhook of a request; start the work if it is not in progress.

        Another request for the same URL and events is carried out first. The webhook is
        `created` for the first caller that receives it.

        Args:
            request: The request.
            start: Starts the work.
            caller: The caller of the client that waits.
            deadline: The time until which it waits.

        Raises:
            RequestTimeoutError: The deadline has passed.
            ClientClosedError: The client was closed.
        """
        place = (request.subscription_url, request.event_action, request.event_object)
        while (work := self._pending(place)) and work.request != request:
            await _wait(work, caller, deadline)
        if work is None:
            work = self._works[place] = _Work(request, start())
        try:
            await _wait(work, caller, deadline)
            ensured = await work.shared.result()
            is_first, work.is_returned = not work.is_returned, True
            return attrs.evolve(ensured, created=ensured.created and is_first)
        finally:
            if work.shared.done and self._works.get(place) is work:
                del self._works[place]

    def _pending(self, place: _Place) -> _Work | None:
        work = self._works.get(place)
        is_pending = work and work.shared.can_be_joined and not work.shared.done
        return work if is_pending else None


async def _wait(work: _Work, caller: Caller, deadline: Deadline) -> None:
    try:
        await work.shared.wait(caller, deadline)
    except (RequestTimeoutError, ClientClosedError) as error:
        error.operation = ADD_WEBHOOK.id
        raise
