"""Look for the webhook that a request describes, and add it if there is none."""

from __future__ import annotations

from collections.abc import Iterable

from ..._http.caller import Caller
from ..._http.envelope import proves_absence
from ..._http.reference import DELETE_WEBHOOK
from ..._shared.log import log
from ...errors import (
    GoneError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    PipedriveError,
)
from ...models import EnsuredWebhook
from ...request_models import AddWebhookRequest
from ..log_context import log_context
from . import subscription as requests
from .subscription import Subscription


async def ensure_webhook(caller: Caller, request: AddWebhookRequest) -> EnsuredWebhook:
    """Return the webhook that a request describes; add it if there is none.

    Webhooks of the same URL and events that differ in anything else are deleted, after the new
    one was added. If several serve the request, the one with the lowest id stays.

    Raises:
        OutcomeUnknownError: The new webhook was requested, and was not found afterwards.
        PipedriveError: A request failed.
    """
    before = await requests.find_webhooks(caller, request)
    serving = _serving(before, request)
    if serving:
        kept, created = serving[0], False
        surplus = [each for each in serving[1:] if each.webhook.user_id == kept.webhook.user_id]
    else:
        kept, created = await _add(caller, request, {each.webhook.id for each in before})
        surplus = []
    for other in surplus:
        log.warning(
            "webhook %d is the same as %d: deleting it",
            other.webhook.id,
            kept.webhook.id,
            extra=log_context(caller, DELETE_WEBHOOK.id),
        )
        await _delete(caller, other)
    for other in before:
        if differences := other.differences(request):
            log.warning(
                "webhook %d does not serve the request, because %s: replacing it by %d",
                other.webhook.id,
                " and ".join(differences),
                kept.webhook.id,
                extra=log_context(caller, DELETE_WEBHOOK.id),
            )
            await _delete(caller, other)
    return EnsuredWebhook(webhook=kept.webhook, created=created)


async def _add(
    caller: Caller, request: AddWebhookRequest, before: set[int]
) -> tuple[Subscription, bool]:
    """Add a webhook; return the one that stays, and whether it was added here.

    Another process can add one at the same time. So each looks again, and deletes its own unless
    it has the lowest id.
    """
    try:
        added = await requests.add_webhook(caller, request)
    except OutcomeUnknownError as error:
        unknown = error
    else:
        return await _settle(caller, request, added)
    found = await _look_up(caller, request, before)
    if found is None:
        raise unknown
    return found, True


async def _settle(
    caller: Caller, request: AddWebhookRequest, added: Subscription
) -> tuple[Subscription, bool]:
    """Return the webhook that stays of those that several processes have added."""
    serving = _serving(await requests.find_webhooks(caller, request), request)
    first = serving[0] if serving else added
    if first.webhook.id >= added.webhook.id:
        return added, True
    log.warning(
        "webhook %d was added at the same time as %d: deleting it",
        added.webhook.id,
        first.webhook.id,
        extra=log_context(caller, DELETE_WEBHOOK.id),
    )
    await _delete(caller, added)
    return first, False


async def _look_up(
    caller: Caller, request: AddWebhookRequest, before: set[int]
) -> Subscription | None:
    """Return the webhook whose creation has an unknown outcome, None if it is not found."""
    try:
        serving = _serving(await requests.find_webhooks(caller, request), request)
    except PipedriveError:  # the outcome stays unknown, which is the error to raise
        return None
    return next((each for each in serving if each.webhook.id not in before), None)


def _serving(found: Iterable[Subscription], request: AddWebhookRequest) -> list[Subscription]:
    """Return the webhooks that serve a request, the lowest id first."""
    serving = [each for each in found if not each.differences(request)]
    return sorted(serving, key=lambda each: each.webhook.id)


async def _delete(caller: Caller, subscription: Subscription) -> None:
    """Delete a webhook that another process may delete too."""
    id = subscription.webhook.id
    try:
        await requests.delete_webhook(caller, id)
    except (NotFoundError, GoneError) as error:
        if not proves_absence(error):
            raise
    except PermissionDeniedError as error:
        log.warning(
            "webhook %d cannot be deleted: delete it in Pipedrive (%s)",
            id,
            error,
            extra=log_context(caller, DELETE_WEBHOOK.id, error),
        )
