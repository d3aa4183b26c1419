"""The consequences of failed deliveries: a webhook is banned, and in the end deleted.

https://pipedrive.readme.io/docs/guide-for-webhooks-v2#webhooks-policy
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from .. import _checks

_FAILURES_BEFORE_A_BAN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The times of the deliveries, in seconds.

    Attributes:
        waits: The times after each failed attempt; after the last of them comes the last attempt.
        timeout: The time in which a receiver must respond.
        ban: The duration of a ban.
        lifetime: The time without a success after which a failing webhook is deleted.
    """

    waits: tuple[float, ...]
    timeout: float
    ban: float
    lifetime: float

    @classmethod
    def of(cls, waits: object, timeout: object, ban: object, lifetime: object) -> Policy:
        """Return the policy of a sandbox, after a check of its arguments."""
        return cls(
            waits=_checks.waits("webhook_waits", waits),
            timeout=_checks.seconds("webhook_timeout", timeout),
            ban=_checks.seconds("webhook_ban", ban),
            lifetime=_checks.seconds("webhook_lifetime", lifetime),
        )


class Health:
    """The failures of one webhook.

    Only failed first attempts count for a ban. A success does not reset their number; the end of
    a ban does.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._failed_first_attempts = 0
        self._banned_until: float | None = None
        self._failing_since: float | None = None

    @property
    def is_banned(self) -> bool:
        """Whether the webhook is banned now, so that new events are lost."""
        if self._banned_until is not None and time.monotonic() >= self._banned_until:
            self._banned_until, self._failed_first_attempts = None, 0
        return self._banned_until is not None

    @property
    def is_over(self) -> bool:
        """Whether the webhook has failed for so long that it is deleted."""
        since = self._failing_since
        return since is not None and time.monotonic() - since >= self._policy.lifetime

    def note(self, attempt: int, *, is_accepted: bool) -> None:
        """Record the result of an attempt to deliver an event."""
        if is_accepted:
            self._failing_since = None
            return
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        if attempt == 1:
            self._failed_first_attempts += 1
            if self._failed_first_attempts == _FAILURES_BEFORE_A_BAN:
                self._banned_until = now + self._policy.ban
