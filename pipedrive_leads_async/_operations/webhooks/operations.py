"""The operations on webhooks, part of `LeadsClient`."""

from __future__ import annotations

from ..._http import reference as operations
from ..._http.deadline import Deadline
from ..._shared import checks
from ...models import EnsuredWebhook, Webhook
from ...models._lead import LeadT
from ...request_models import AddWebhookRequest
from ...request_models._ids import WebhookId, number_id
from ..account_state.shared_work import SharedWork
from ..base import Operations
from . import subscription as requests
from .ensuring import ensure_webhook


class WebhookOperations(Operations[LeadT]):
    """The operations on webhooks, part of `LeadsClient`."""

    async def get_webhooks(self) -> list[Webhook]:
        """Get all webhooks of the account; of an app, only its own.

        It costs 10 tokens of the daily budget. With OAuth, it needs the scope `admin`.

        Example:
            >>> async def inactive(client: LeadsClient) -> list[Webhook]:
            ...     return [hook for hook in await client.get_webhooks() if not hook.is_active]

        https://developers.pipedrive.com/docs/api/v1/Webhooks#getWebhooks
        """
        return [found.webhook for found in await requests.get_webhooks(self._caller)]

    async def add_webhook(self, request: AddWebhookRequest) -> Webhook:
        """Add a webhook, and return it as Pipedrive created it.

        `ensure_webhook` adds it only if there is none. A webhook cannot be changed: add the new
        one, then delete the old one.

        It costs 10 tokens of the daily budget; its events cost nothing. With OAuth, it needs the
        scope `admin`. The webhooks of an app are invisible in Pipedrive's own pages, and are
        deleted when the user uninstalls the app. If the scope `admin` is not justified, use
        `watch_leads` instead.

        **Events can get lost.** Pipedrive repeats an event after 3, 30 and 150 seconds if the
        receiver does not respond with a 2xx status within 10 seconds. After ten events whose
        first attempt failed, it bans the webhook for 30 minutes, and the events of that time are
        lost. After three days without a success, it deletes the webhook. So a copy of the leads
        that follows only webhooks drifts: also make a pass of `watch_lead_pages(every=None)`
        from time to time.

        Args:
            request: The webhook to create.

        Raises:
            OutcomeUnknownError: The request was sent, but its outcome is unknown: call
                `ensure_webhook`, which looks for the webhook first.
            BadRequestError: Pipedrive refuses the webhook, for example because its URL cannot be
                reached, or because its user has 40 webhooks.

        Example:
            >>> from pipedrive_leads_async import AddWebhookRequest
            >>> async def subscribe(client: LeadsClient) -> Webhook:
            ...     return await client.add_webhook(
            ...         AddWebhookRequest("https://app.example/webhooks", event_action="create")
            ...     )

        https://developers.pipedrive.com/docs/api/v1/Webhooks#addWebhook
        https://pipedrive.readme.io/docs/guide-for-webhooks-v2
        """
        checks.request(request, AddWebhookRequest)
        return (await requests.add_webhook(self._caller, request)).webhook

    async def delete_webhook(self, id: WebhookId) -> int:
        """Delete a webhook, and return its id.

        It costs 6 tokens of the daily budget. With OAuth, it needs the scope `admin`, and an app
        can delete only its own webhooks. If a retry finds that the webhook does not exist, an
        earlier attempt deleted it, and no error is raised.

        Args:
            id: The webhook, or its id.

        Raises:
            NotFoundError: The webhook does not exist.
            PermissionDeniedError: The user may not delete it.

        Example:
            >>> async def unsubscribe(client: LeadsClient, url: str) -> None:
            ...     for webhook in await client.get_webhooks():
            ...         if webhook.subscription_url == url:
            ...             await client.delete_webhook(webhook)

        https://developers.pipedrive.com/docs/api/v1/Webhooks#deleteWebhook
        """
        checked_id = number_id("id", id, Webhook)
        await requests.delete_webhook(self._caller, checked_id)
        return checked_id

    async def ensure_webhook(self, request: AddWebhookRequest) -> EnsuredWebhook:
        """Return the webhook that a request describes; add it if there is none.

        Call it when your service starts. It looks for a webhook with the same URL, action and
        object. If that one has another user, version, user name or password, is not active, or
        last received a 401 or 403 from its receiver, the new webhook is added first, then the
        old one is deleted, and a WARNING is logged. The name is not compared. A `user_id` of
        None accepts the webhook of any user.

        All clients of an account on one `SessionManager` together add one webhook. Several
        processes can add one each at the same time. So each of them looks again after it has
        added one, and deletes its own unless it has the lowest id. If a process is killed in
        between, or its request arrives late, a second webhook stays until the next call, which
        deletes it; until then, events arrive twice. All processes must pass
        the same request: two that differ in the password replace each other's webhook.

        It costs 10 tokens of the daily budget if the webhook exists; otherwise 30, and 6 for each
        webhook that it deletes. With OAuth, it needs the scope `admin`. Events can get lost: see
        `add_webhook`.

        Args:
            request: The webhook that must exist.

        Raises:
            OutcomeUnknownError: The request for a new webhook was sent, and the webhook was not
                found afterwards: call `ensure_webhook` again.
            BadRequestError: Pipedrive refuses the webhook, as in `add_webhook`.
            PipedriveError: Another request failed: call `ensure_webhook` again.

        Example:
            >>> from pipedrive_leads_async import AddWebhookRequest
            >>> async def start(client: LeadsClient, password: str) -> None:
            ...     await client.ensure_webhook(
            ...         AddWebhookRequest(
            ...             "https://app.example/webhooks",
            ...             http_auth_user="pipedrive",
            ...             http_auth_password=password,
            ...         )
            ...     )

        https://developers.pipedrive.com/docs/api/v1/Webhooks#addWebhook
        """
        checks.request(request, AddWebhookRequest)
        caller = self._caller
        caller.check_usable(operations.ADD_WEBHOOK)
        return await self._account.webhooks.join(
            request,
            lambda: SharedWork(caller, lambda detached: ensure_webhook(detached, request)),
            caller=caller,
            deadline=Deadline(caller.timeouts.deadline),
        )
