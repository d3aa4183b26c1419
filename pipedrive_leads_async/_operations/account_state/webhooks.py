"""The webhooks that are being ensured: one at a time for each URL and its events."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import attrs

from ..._http.caller import Caller
from ..._http.deadline import Deadline
from ..._http.reference import ADD_WEBHOOK
from ...models import EnsuredWebhook
from ...request_models import AddWebhookRequest
from .shared_work import SharedWork
from .work_in_progress import Waiter, WorkInProgress

_Place: TypeAlias = tuple[str, str, str]
"""The URL of a webhook, and the action and object of its events."""


class WebhooksInProgress(WorkInProgress[_Place, AddWebhookRequest, EnsuredWebhook]):
    """The webhooks of an account that are being ensured."""

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
        places = ((request.subscription_url, request.event_action, request.event_object),)
        waiter = Waiter(caller, deadline, ADD_WEBHOOK)
        while (work := self.find(places)) and work.request != request:
            await self.wait(work, waiter)
        work = work or self.start(places, request, start())
        await self.wait(work, waiter)
        ensured = await work.shared.result()
        is_first = work.take()
        return attrs.evolve(ensured, created=ensured.created and is_first)
