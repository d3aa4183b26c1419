"""Track the progress of one API call, and whether its outcome is known."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import attrs

from .._codec.bounds import MOST_ROWS
from .._shared.secrets import Secret
from ..config import Timeouts
from ..errors import OutcomeUnknownError, PipedriveError
from .authorization import Authorization
from .base_url import BaseUrl
from .body.body import Body, body_headers
from .body.multipart import Multipart
from .deadline import Deadline
from .envelope import proves_absence
from .message import Request, Response
from .reference import Operation
from .retry import outcome_is_known

_is_number = re.compile(r"[1-9][0-9]{0,8}").fullmatch


@attrs.define
class Call:
    """One API call: its request, how to read the response, and how far the call got.

    Attributes:
        operation: The operation.
        ids: The ids that replace the placeholders in its path.
        query: Its query parameters.
        body: The body to send, or None.
        read: Returns the result of a response, or raises the error that it reports.
        deadline: The time at which the call must have ended.
        idempotency_key: The key of a keyed creation.
        client: The name of the client, for log records.
        on_sent: Called when the request of an attempt leaves this machine.
        secrets: The secrets in the body.
        attempts: Attempts started so far.
        attempt_started: The `time.monotonic()` of the last attempt.
        base_url: The root of the URL of the last attempt, None before the first one.
        is_renewed: Whether a 401 has already renewed the authorization.
        late_error: The error of the last attempt, if it was found after the call had returned.
    """

    operation: Operation
    ids: Mapping[str, str]
    query: Mapping[str, str]
    body: Body
    read: Callable[[Response], Awaitable[Any]]
    deadline: Deadline
    idempotency_key: str | None
    client: str | None = None
    on_sent: Callable[[], None] | None = None
    secrets: tuple[Secret, ...] = ()
    attempts: int = 0
    attempt_started: float = 0.0
    base_url: BaseUrl | None = None
    is_renewed: bool = False
    late_error: PipedriveError | None = None
    _attempt_was_sent: bool = False
    _is_in_flight: bool = False
    _has_uncertain_attempt: bool = False

    @property
    def most_rows(self) -> int:
        """The maximum number of rows of the response: twice as many as the request asks for."""
        limit = self.query.get("limit", "")
        # An endpoint that is not in the reference may ignore the limit.
        is_kept = self.operation.cost > 0 and _is_number(limit)
        return 2 * int(limit) if is_kept else MOST_ROWS

    @property
    def can_be_repeated(self) -> bool:
        """Whether its body can be sent again."""
        return not (isinstance(self.body, Multipart) and self.body.is_spent)

    @property
    def host(self) -> str | None:
        """The host of the last attempt, None before the first one."""
        return self.base_url.host if self.base_url else None

    def start_attempt(self, base_url: BaseUrl) -> None:
        """Count a new attempt, which is sent to a URL below this one."""
        self.attempts += 1
        self.attempt_started = time.monotonic()
        self.base_url = base_url
        self._attempt_was_sent = False

    def request(
        self,
        authorization: Authorization,
        base_url: BaseUrl,
        timeouts: Timeouts,
        headers: Mapping[str, str],
    ) -> Request:
        """Return the request of this attempt.

        Args:
            authorization: Its authorization header.
            base_url: The root of its URL.
            timeouts: Its timeouts.
            headers: More headers.
        """
        path = self.operation.path.format_map(self.ids)
        return Request(
            method=self.operation.method,
            url=base_url.url(self.operation.version, path, self.query),
            headers={
                **headers,
                authorization.name: authorization.value,
                **body_headers(self.body),
            },
            body=self.body,
            connect_timeout=timeouts.connect,
            read_timeout=timeouts.read,
            attempt=self.attempts,
            if_refused=authorization.if_refused,
            scope=authorization.scope,
            most_rows=self.most_rows,
            secrets=self.secrets,
        )

    def raise_late_error(self) -> None:
        """Raise the error that was found after the call had returned, if there is one."""
        error, self.late_error = self.late_error, None
        if error is not None:
            raise error

    def note_sent(self) -> None:
        """Record that the request of this attempt left this machine."""
        self._attempt_was_sent = self._is_in_flight = True
        if self.on_sent is not None:
            self.on_sent()

    def end_attempt(self) -> None:
        """Record that this attempt ended with a response or an error, not by cancellation."""
        self._is_in_flight = False

    def attempt_cost(self) -> int | None:
        """Return the tokens that the last attempt cost; None if the reference has no cost."""
        return (self.operation.cost or None) if self._attempt_was_sent else 0

    def note_failure(self, error: PipedriveError) -> None:
        """Add the operation and the attempts to an error; record whether it proves the outcome."""
        error.operation, error.attempts = self.operation.id, self.attempts
        if not outcome_is_known(error):
            self._has_uncertain_attempt = True

    @property
    def may_be_done(self) -> bool:
        """Whether Pipedrive may have carried out an attempt that did not succeed here."""
        return self._is_in_flight or self._has_uncertain_attempt

    def may_have_created(self) -> bool:
        """Return whether repeating the call could create something twice."""
        return self.operation.method == "POST" and self.may_be_done

    def may_have_deleted(self, error: PipedriveError) -> bool:
        """Return whether a 404 or 410 can mean that an earlier attempt has deleted the item."""
        is_deletion = self.operation.method == "DELETE"
        return is_deletion and self.may_be_done and proves_absence(error)

    def outcome_unknown(self) -> OutcomeUnknownError:
        """Return the error of a creation that must not be repeated."""
        return outcome_unknown(self.operation.id, self.idempotency_key, attempts=self.attempts)


_LOOKUPS: Final = {
    "addLead": " with get_leads",
    "addLeadLabel": " with get_lead_labels",
    "addNote": " with get_notes",
    "addWebhook": " with get_webhooks",
}
"""The methods that show whether an operation was carried out."""


def outcome_unknown(operation: str, key: str | None, *, attempts: int) -> OutcomeUnknownError:
    """Return the error of a creation with or without an idempotency key."""
    advice = (
        f"call ensure_lead with idempotency_key={key!r}, which looks for the lead first"
        if key
        else f"check{_LOOKUPS.get(operation, '')} whether it was carried out before sending it "
        "again"
    )
    return OutcomeUnknownError(
        f"the request was sent but its outcome is unknown: {advice}",
        idempotency_key=key,
        operation=operation,
        attempts=attempts,
    )
