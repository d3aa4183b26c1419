"""What an operation of the API is: an id, a route, a cost, and the function that performs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ._answers import Answer, bad_request

if TYPE_CHECKING:
    from ._account import Account, Json


@dataclass(frozen=True, slots=True)
class Call:
    """One admitted request, as the operation sees it."""

    account: Account
    path: Mapping[str, str]
    query: Mapping[str, str]
    content_type: str
    body: Any

    @property
    def fields(self) -> Json:
        """The JSON object of the body, which POST and PATCH must declare as JSON."""
        if self.content_type != "application/json":
            raise bad_request("Content-Type must be application/json.")
        body = self.body
        if not isinstance(body, dict):
            raise bad_request("The body must be a JSON object.")
        return cast("Json", body)


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry of Pipedrive's reference."""

    id: str
    method: str
    path: str
    cost: int
    perform: Callable[[Call], Answer]


def operation(
    id: str, method: str, path: str, *, cost: int
) -> Callable[[Callable[[Call], Answer]], Operation]:
    """Make the decorated function the operation `id`; `cost` counts daily tokens."""
    return lambda perform: Operation(id, method, path, cost, perform)
