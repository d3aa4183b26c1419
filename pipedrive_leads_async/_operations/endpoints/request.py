"""The request to an endpoint that has no method of its own."""

from __future__ import annotations

from typing import Any

from ..._codec.json import Json
from ..._http.body.form import Form, read_form
from ..._http.reference import any_operation
from ...errors import InvalidRequestError
from ...models._lead import LeadT
from ..base import Operations
from ..responses import read_whole
from .params import Params, write_params


class RequestOperations(Operations[LeadT]):
    """The request to any endpoint, part of `LeadsClient`."""

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        form: Form | None = None,
    ) -> Any:
        """Send a request to any other endpoint of Pipedrive, and return its `data`.

        The request uses the same credential, rate limits, retries and errors as every other
        method. A POST is retried only if the failed attempt cannot have changed anything. To
        read a whole list, use `iterate`.

        It costs as many tokens of the daily budget as Pipedrive's reference says.

        Args:
            method: `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
            path: The path, which begins with `/v1/` or `/api/v2/` for any `base_url`.
            params: The query parameters. A bool becomes 1 or 0 below `/v1/`, and true or false
                below `/api/v2/`. An aware datetime becomes UTC in whole seconds, rounded down.
                The values of a list are joined by commas.
            json: The body: any value that can be written as JSON; None sends no body.
            form: The values of a form, which is sent as `multipart/form-data`: str, int, UUID and
                `FormFile`. The deadline includes the time in which a file is sent; for a large
                one, increase it by `with_options(timeout=600)`.

        Raises:
            InvalidRequestError: An argument is not valid, or a file of the form does not exist
                or cannot be read.
            TypeError: An argument has the wrong type.
            OutcomeUnknownError: A POST was sent, but its outcome is unknown.
            PipedriveError: The request failed.

        Example:
            >>> from pathlib import Path
            >>> from pipedrive_leads_async import FormFile
            >>> async def attach(client: LeadsClient, lead_id: str, path: Path) -> int:
            ...     file = await client.request(
            ...         "POST", "/v1/files", form={"lead_id": lead_id, "file": FormFile(path)}
            ...     )
            ...     return file["id"]

        https://developers.pipedrive.com/docs/api/v1
        """
        envelope = await self.request_envelope(method, path, params=params, json=json, form=form)
        return envelope.get("data")

    async def request_envelope(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        form: Form | None = None,
    ) -> dict[str, Any]:
        """Send a request as `request` does, and return the whole JSON object of the response.

        It contains `success` and `data`, and often `additional_data` or `related_objects`. If a
        retry of a DELETE finds that the item does not exist, an earlier attempt deleted it, and
        `data` is None.

        It costs as many tokens of the daily budget as Pipedrive's reference says.

        Args:
            method: As for `request`.
            path: As for `request`.
            params: As for `request`.
            json: As for `request`.
            form: As for `request`.

        Raises:
            InvalidRequestError: As for `request`.
            TypeError: As for `request`.
            OutcomeUnknownError: As for `request`.
            PipedriveError: As for `request`.

        Example:
            >>> async def first_deals(client: LeadsClient) -> tuple[list[dict], str | None]:
            ...     page = await client.request_envelope("GET", "/api/v2/deals")
            ...     return page["data"], page["additional_data"]["next_cursor"]

        https://pipedrive.readme.io/docs/core-api-concepts-responses
        """
        operation = any_operation(method, path)
        query = write_params(params, version=operation.version)
        if form is not None and json is not None:
            raise InvalidRequestError("form and json are both set: pass only one of them")
        if form is not None and method in ("GET", "DELETE"):
            raise InvalidRequestError(f"form cannot be sent with {method}: pass params instead")
        envelope: Json | None = await self._caller.call(
            operation,
            read_whole,
            query=query,
            json=json if form is None else await read_form(form),
        )
        return envelope or {"success": True, "data": None}
