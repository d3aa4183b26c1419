"""The base class of all groups of operations."""

from __future__ import annotations

import inspect
from typing import Generic

from .._http.caller import Caller
from ..models._lead import LeadT
from .account_state.state import AccountState


class Operations(Generic[LeadT]):
    """A group of related operations of one client.

    `LeadsClient` inherits from every group, so all of them share one caller.

    Args:
        caller: Sends the requests.
        lead_type: The class of the leads that the operations return.
    """

    def __init_subclass__(cls) -> None:
        """Name the methods of a group after `LeadsClient`, so that Python's messages do too."""
        super().__init_subclass__()
        if Operations in cls.__bases__:  # not a client of the user
            for method in filter(inspect.isfunction, vars(cls).values()):
                method.__qualname__ = f"LeadsClient.{method.__name__}"

    def __init__(self, caller: Caller, lead_type: type[LeadT]) -> None:
        self._caller = caller
        self._lead_type = lead_type
        self._account = caller.account.part(AccountState)
