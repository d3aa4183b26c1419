"""What an operation of the API is: an id, a route, a cost, and the function that performs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from .._json import Json
from .._responses import Answer, ServiceError, bad_request, schema_violation
from .._state.account import Account


@dataclass(frozen=True, slots=True)
class Call:
    """One admitted request, as the operation sees it; `by_app` tells that its token is OAuth's."""

    account: Account
    by_app: bool
    path: Mapping[str, str]
    query: Mapping[str, str]
    content_type: str
    has_body: bool
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

    @property
    def optional_fields(self) -> Json:
        """The same, or nothing when there is no body at all."""
        return self.fields if self.has_body else {}


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry of Pipedrive's reference; `search` tells whose burst window it counts in."""

    id: str
    method: str
    path: str
    cost: int
    search: bool
    perform: Callable[[Call], Answer]

    def answer(self, call: Call) -> Answer:
        """Perform it, or say why not in the words of its version of the API."""
        try:
            return self.perform(call)
        except ServiceError as error:
            is_second = self.path.startswith("/api/v2/")
            return schema_violation(error.answer) if is_second else error.answer


def operation(
    id: str, method: str, path: str, *, cost: int, search: bool = False
) -> Callable[[Callable[[Call], Answer]], Operation]:
    """Make the decorated function the operation `id`; `cost` counts daily tokens."""
    return lambda perform: Operation(id, method, path, cost, search, perform)
