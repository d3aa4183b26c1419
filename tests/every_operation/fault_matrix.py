"""The table of outcomes: one row for each fault, one column for each kind of operation."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.every_operation.fault_forms import FORMS, Fault
from tests.every_operation.table.exchanges import Kind


class Outcome(enum.Enum):
    """The outcome of an operation; the value is the text of the table in `docs/errors.md`."""

    RETRY = "retried"
    """It is sent up to three times; if all attempts fail, the last error is raised."""

    ERROR = "error"
    """It is sent once, and the error is raised."""

    UNKNOWN = "`OutcomeUnknownError`"
    """It is sent once, and the error is the cause of an `OutcomeUnknownError`."""

    LOOKUP = "looked up once"
    """It is sent once and looked up; if it is not found, the outcome is that of `UNKNOWN`."""

    PAUSE = "error; no further request is sent until the limit or the block may have ended"
    """It is sent once, the error is raised, and the next call fails without a request."""


RETRY, ERROR, UNKNOWN, LOOKUP, PAUSE = Outcome
NO, MAYBE = False, True


@dataclass(frozen=True)
class Row:
    """One fault, and its outcome for each kind of operation.

    Attributes:
        name: The name of the fault, as in the table of `docs/errors.md`.
        maybe_done: Whether Pipedrive may have carried out the request.
        read: The outcome of a read.
        patch: The outcome of a change.
        delete: The outcome of a deletion.
        post: The outcome of a creation.
        keyed_post: The outcome of a creation with an idempotency key.
    """

    name: str
    maybe_done: bool
    read: Outcome
    patch: Outcome
    delete: Outcome
    post: Outcome
    keyed_post: Outcome

    @property
    def faults(self) -> Mapping[str, Fault]:
        """The forms of the fault."""
        return FORMS[self.name]

    @property
    def fault(self) -> Fault:
        """The form that represents them all."""
        return next(iter(self.faults.values()))

    def outcome(self, kind: Kind) -> Outcome:
        """Return the outcome of an operation of this kind."""
        outcome: Outcome = getattr(self, kind.name.lower())
        return outcome


# fmt: off
ROWS: Final = [
    #   fault                               done   GET    PATCH  DELETE POST     with a key
    # The request was not sent
    Row("refused connection",               NO,    RETRY, RETRY, RETRY, RETRY,   RETRY),
    Row("failed name lookup",               NO,    RETRY, RETRY, RETRY, RETRY,   RETRY),
    Row("incomplete TLS handshake",         NO,    RETRY, RETRY, RETRY, RETRY,   RETRY),
    Row("an invalid certificate",           NO,    ERROR, ERROR, ERROR, ERROR,   ERROR),
    # The request was not carried out, and a retry can succeed
    Row("408",                              NO,    RETRY, RETRY, RETRY, RETRY,   RETRY),
    Row("425",                              NO,    RETRY, RETRY, RETRY, RETRY,   RETRY),
    Row("429",                              NO,    RETRY, RETRY, RETRY, RETRY,   RETRY),
    # The request may have been carried out
    Row("5xx",                              MAYBE, RETRY, RETRY, RETRY, UNKNOWN, LOOKUP),
    Row("a timeout",                        MAYBE, RETRY, RETRY, RETRY, UNKNOWN, LOOKUP),
    Row("a connection lost after sending",  MAYBE, RETRY, RETRY, RETRY, UNKNOWN, LOOKUP),
    Row("a response that is not JSON",      MAYBE, RETRY, RETRY, RETRY, UNKNOWN, LOOKUP),
    Row("an expired deadline",              MAYBE, ERROR, ERROR, ERROR, UNKNOWN, UNKNOWN),
    Row("5xx with too long a wait",         MAYBE, ERROR, ERROR, ERROR, UNKNOWN, LOOKUP),
    Row("a response that is too large",     MAYBE, ERROR, ERROR, ERROR, UNKNOWN, LOOKUP),
    Row("JSON without `success`",           MAYBE, ERROR, ERROR, ERROR, UNKNOWN, LOOKUP),
    Row("a redirect to the result",         MAYBE, ERROR, ERROR, ERROR, UNKNOWN, LOOKUP),
    # The request was not carried out, and a retry cannot succeed
    Row("any other redirect",               NO,    ERROR, ERROR, ERROR, ERROR,   ERROR),
    Row("`success: false`",                 NO,    ERROR, ERROR, ERROR, ERROR,   ERROR),
    Row("other 4xx",                        NO,    ERROR, ERROR, ERROR, ERROR,   ERROR),
    Row("429 with too long a wait",         NO,    ERROR, ERROR, ERROR, ERROR,   ERROR),
    Row("429 for the daily budget",         NO,    PAUSE, PAUSE, PAUSE, PAUSE,   PAUSE),
    Row("403 that is not from Pipedrive's API", NO,    PAUSE, PAUSE, PAUSE, PAUSE,   PAUSE),
]
# fmt: on
