"""An operation of the API: its id, its route, its cost and its function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from .._json import Json
from .._responses import Response, ServiceError, bad_request, v2_error
from .._state.account import Account
from .._state.marketplace import MarketplaceApp


@dataclass(frozen=True, slots=True)
class Call:
    """One admitted request; `path` has the variable parts of the path.

    `by_app` is True for an OAuth token, False for an API token. `marketplace_app` is the app that
    the OAuth token belongs to, if the app is published.
    """

    account: Account
    by_app: bool
    marketplace_app: MarketplaceApp | None
    method: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    content_type: str
    has_body: bool
    body: Any

    @property
    def fields(self) -> Json:
        """The JSON object in the body; its content type must be JSON."""
        if self.content_type != "application/json":
            raise bad_request("Content-Type must be application/json.")
        body = self.body
        if not isinstance(body, dict):
            raise bad_request("The body must be a JSON object.")
        return cast("Json", body)

    @property
    def form(self) -> Json:
        """The texts and files of the form in the body."""
        body = self.body
        if self.content_type != "multipart/form-data" or not isinstance(body, dict):
            raise bad_request("The body must be a form of the type multipart/form-data.")
        return cast("Json", body)

    @property
    def optional_fields(self) -> Json:
        """The JSON object in the body; empty for a request without a body."""
        return self.fields if self.has_body else {}


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry of Pipedrive's reference.

    `cost` is in daily tokens. With `search`, a request counts in the burst window of searches.
    """

    id: str
    method: str
    path: str
    cost: int
    search: bool
    perform: Callable[[Call], Response]

    def respond(self, call: Call, user_id: int) -> Response:
        """Perform the operation for a user; return an error response for a ServiceError."""
        try:
            with call.account.used_by(user_id):
                return self.perform(call)
        except ServiceError as error:
            return v2_error(error) if self.path.startswith("/api/v2/") else error.response


def operation(
    id: str, method: str, path: str, *, cost: int, search: bool = False
) -> Callable[[Callable[[Call], Response]], Operation]:
    """Return a decorator that turns a function into an `Operation`."""
    return lambda perform: Operation(id, method, path, cost, search, perform)
