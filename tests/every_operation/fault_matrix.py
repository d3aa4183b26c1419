"""What becomes of each kind of operation when something goes wrong, as one table."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.every_operation.fault_forms import FORMS, Fault
from tests.every_operation.operations import Kind


class Outcome(enum.Enum):
    """What becomes of an operation; each value is the README's word for it."""

    AGAIN = "again"
    """Another attempt is made, three in all; if all fail, the last error is raised."""

    ERROR = "error"
    """It is sent once, and the error is raised."""

    UNKNOWN = "`OutcomeUnknownError`"
    """It is sent once, and the error is the cause of an `OutcomeUnknownError`."""

    LOOKS = "looks once"
    """It is sent once, looked for, and given if it is found; otherwise as `UNKNOWN`."""

    STOPS = "error, and no request until it can be over"
    """It is sent once, the error is raised, and the next call fails without a request."""


AGAIN, ERROR, UNKNOWN, LOOKS, STOPS = Outcome
NO, MAYBE = False, True


@dataclass(frozen=True)
class Row:
    """What goes wrong, and what becomes of whom.

    Attributes:
        what: What goes wrong, in the README's words where that says it.
        maybe_done: Whether Pipedrive may have carried out the request.
        read: What becomes of a read then.
        patch: Of a change.
        delete: Of a deletion.
        post: Of a creation.
        keyed_post: Of a creation that can be looked for.
    """

    what: str
    maybe_done: bool
    read: Outcome
    patch: Outcome
    delete: Outcome
    post: Outcome
    keyed_post: Outcome

    @property
    def faults(self) -> Mapping[str, Fault]:
        """The ways in which it happens."""
        return FORMS[self.what]

    @property
    def fault(self) -> Fault:
        """The way that stands for all of them."""
        return next(iter(self.faults.values()))

    def outcome(self, kind: Kind) -> Outcome:
        """What becomes of an operation of this kind."""
        outcome: Outcome = getattr(self, kind.name.lower())
        return outcome


# fmt: off
ROWS: Final = [
    #   what                                      done   GET    PATCH  DELETE POST     with a key
    # Not sent
    Row("refused",                                NO,    AGAIN, AGAIN, AGAIN, AGAIN,   AGAIN),
    Row("name lookup",                            NO,    AGAIN, AGAIN, AGAIN, AGAIN,   AGAIN),
    Row("TLS handshake",                          NO,    AGAIN, AGAIN, AGAIN, AGAIN,   AGAIN),
    Row("a certificate that does not hold",       NO,    ERROR, ERROR, ERROR, ERROR,   ERROR),
    # Not carried out, and worth another attempt
    Row("408",                                    NO,    AGAIN, AGAIN, AGAIN, AGAIN,   AGAIN),
    Row("425",                                    NO,    AGAIN, AGAIN, AGAIN, AGAIN,   AGAIN),
    Row("429",                                    NO,    AGAIN, AGAIN, AGAIN, AGAIN,   AGAIN),
    # Carried out or not, nobody knows
    Row("5xx",                                    MAYBE, AGAIN, AGAIN, AGAIN, UNKNOWN, LOOKS),
    Row("a timeout",                              MAYBE, AGAIN, AGAIN, AGAIN, UNKNOWN, LOOKS),
    Row("a connection that broke after sending",  MAYBE, AGAIN, AGAIN, AGAIN, UNKNOWN, LOOKS),
    Row("an answer that is not JSON",             MAYBE, AGAIN, AGAIN, AGAIN, UNKNOWN, LOOKS),
    Row("the deadline",                           MAYBE, ERROR, ERROR, ERROR, UNKNOWN, UNKNOWN),
    Row("5xx that asks for too long a wait",      MAYBE, ERROR, ERROR, ERROR, UNKNOWN, LOOKS),
    Row("an answer larger than 32 MiB",           MAYBE, ERROR, ERROR, ERROR, UNKNOWN, LOOKS),
    Row("JSON without `success`",                 MAYBE, ERROR, ERROR, ERROR, UNKNOWN, LOOKS),
    Row("a redirect to what was done",            MAYBE, ERROR, ERROR, ERROR, UNKNOWN, LOOKS),
    # Not carried out, and no other attempt would be
    Row("a redirect",                             NO,    ERROR, ERROR, ERROR, ERROR,   ERROR),
    Row("`success: false`",                       NO,    ERROR, ERROR, ERROR, ERROR,   ERROR),
    Row("other 4xx",                              NO,    ERROR, ERROR, ERROR, ERROR,   ERROR),
    Row("429 that asks for too long a wait",      NO,    ERROR, ERROR, ERROR, ERROR,   ERROR),
    Row("429 for the daily budget",               NO,    STOPS, STOPS, STOPS, STOPS,   STOPS),
    Row("403 as a page",                          NO,    STOPS, STOPS, STOPS, STOPS,   STOPS),
]
# fmt: on
