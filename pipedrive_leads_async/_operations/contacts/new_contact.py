"""Add a contact, and remember its addresses."""

from __future__ import annotations

from typing import Any

from ..._codec.codec import to_dict
from ..._http.caller import Caller
from ...errors import DecodeError, OutcomeUnknownError, PipedriveError
from ..account_state.state import AccountState
from ..responses import read_one
from .kinds import ContactKind, ContactT


async def send_new(
    caller: Caller, account: AccountState, kind: ContactKind[ContactT], request: Any
) -> ContactT:
    """Add a contact. If the outcome is unknown, its addresses are remembered as uncertain.

    Raises:
        OutcomeUnknownError: The request was sent, but its outcome is unknown.
        DecodeError: The contact was added, but the response cannot be decoded.
        PipedriveError: The contact was not added.
    """
    keys, uncertain = kind.keys(request), account.uncertain_contacts
    this = object()  # an earlier request with the same addresses can have an unknown outcome

    def note_sent() -> None:
        for key in keys:
            uncertain.note_sent(key, this)

    def forget() -> None:
        for key in keys:
            uncertain.forget(key, [this])

    try:
        contact = await caller.call(
            kind.add, read_one(kind.model), json=to_dict(request), on_sent=note_sent
        )
    except OutcomeUnknownError as error:
        if not keys:
            raise
        raise outcome_unknown(kind, error) from error.__cause__
    except DecodeError:  # the contact exists, so it must be found by the next call
        raise
    except PipedriveError:
        forget()
        raise
    forget()
    account.recent_contacts.note(contact.id, kind.keys(contact))
    return contact


def outcome_unknown(
    kind: ContactKind[ContactT], error: OutcomeUnknownError | None = None
) -> OutcomeUnknownError:
    """Return the error of a new contact whose outcome is unknown."""
    return OutcomeUnknownError(
        f"the request was sent but its outcome is unknown: call {kind.ensure}, which looks for it "
        "first",
        operation=kind.add.id,
        attempts=error.attempts if error else 1,
        request_id=error.request_id if error else None,
    )
