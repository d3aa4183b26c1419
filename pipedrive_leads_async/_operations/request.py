"""The request to an endpoint that has no method of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._http.reference import any_operation
from .._shared import checks
from ..models._lead import LeadT
from .base import Operations
from .responses import read_data


class RequestOperations(Operations[LeadT]):
    """The request to any endpoint, part of `LeadsClient`."""

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
    ) -> Any:
        """Send a request to any other endpoint of Pipedrive, and return its `data`.

        The request uses the same credential, rate limits, retries and errors as every other
        method. A POST is retried only if the failed attempt cannot have changed anything.

        It costs as many tokens of the daily budget as Pipedrive's reference says.

        Args:
            method: `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
            path: The path, which begins with `/v1/` or `/api/v2/` for any `base_url`.
            params: The query parameters. Write a bool as a str or an int: some endpoints
                expect `"true"`, others `1`.
            json: The body: any value that can be written as JSON; None sends no body.

        Raises:
            InvalidRequestError: The method or the path is not valid.
            TypeError: A parameter is neither a str nor an int.
            OutcomeUnknownError: A POST was sent, but its outcome is unknown.
            PipedriveError: The request failed.

        Example:
            >>> async def add_person(client: LeadsClient, name: str) -> int:
            ...     person = await client.request("POST", "/api/v2/persons", json={"name": name})
            ...     return person["id"]

        https://developers.pipedrive.com/docs/api/v1
        """
        return await self._caller.call(
            any_operation(method, path), read_data, query=_query(params or {}), json=json
        )


def _query(params: Mapping[str, str | int]) -> dict[str, str]:
    for name, value in params.items():
        checks.text("params", name)
        # One endpoint expects a bool as "true", another one as 1.
        if isinstance(value, bool) or not isinstance(value, str | int):
            kind = type(value).__name__
            raise TypeError(f"params[{name!r}] must be a str or an int, got {kind}")
        if isinstance(value, str):
            checks.encodable(f"params[{name!r}]", value)
    return {name: str(value) for name, value in params.items()}
