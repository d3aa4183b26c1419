"""One of the accounts that a sandbox serves, as its gateway sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._account import Account
    from ._limits import Limits


@dataclass(frozen=True, slots=True, eq=False)
class Tenant:
    """An account and its limits."""

    account: Account
    limits: Limits
