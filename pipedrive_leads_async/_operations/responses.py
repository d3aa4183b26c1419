"""Read the result of an operation from a response: one model, a list of models, or plain data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Generic, TypeVar, cast

import attrs

from .._codec.codec import Rows, decode_in_steps, decode_list, decode_page, decode_response
from .._codec.json import Json
from .._codec.reading_habit import ReadingHabit
from .._http.envelope import check_status, read_envelope
from .._http.error_redaction import redact_error
from .._http.message import Response
from .._http.pagination import peek_pagination
from .._shared.redactor import Redactor
from .._shared.steps import Steps
from .._walk.pages import DecodedPage
from ..errors import DecodeError, PipedriveError, UnexpectedResponseError
from ..models._lead import LeadT

T = TypeVar("T")


# A large response is read in steps, and other tasks run between two of them.


def parse_data(response: Response) -> Any:
    """Return the data of a response without decoding it, in one step."""
    return read_envelope(response).get("data")


async def read_whole(response: Response) -> Json:
    """Return the envelope of a response without decoding it."""
    return read_envelope(response)


def read_one(cls: type[T], *, id: str | int | None = None) -> Callable[[Response], Awaitable[T]]:
    """Return a reader of a response whose data is one model.

    Args:
        cls: The class of the model.
        id: The id that the model must have, None if it is new.
    """

    def parse(response: Response) -> Any:
        return check_id(response, parse_data(response), id)

    async def read(response: Response) -> T:
        steps = Steps()
        check_status(response)
        model = decode_response(cls, response.body)
        await steps.next()
        if model is not None and (id is None or cast("Any", model).id == id):
            return model
        return await decode_in_steps(cls, lambda: parse(response), path="$.data")

    return read


def read_deletion(id: str | int) -> Callable[[Response], Awaitable[None]]:
    """Return a reader of the response to the deletion of the item with this id."""

    async def read(response: Response) -> None:
        check_id(response, parse_data(response), id)

    return read


def check_id(response: Response, data: Any, id: str | int | None, *, key: str = "id") -> Any:
    """Return the data of a response, unless it shows that the response is to another request.

    Args:
        response: The response.
        data: Its data.
        id: The id that was asked for, None if the item is new.
        key: The key of that id.

    Raises:
        UnexpectedResponseError: The data has another id.
    """
    received = _id_of(data, key)
    is_other_type = not isinstance(received, str if isinstance(id, str) else int)
    if id is None or is_other_type or str(received).lower() == str(id).lower():
        return data
    del data, received  # the traceback keeps this frame, and both may repeat the credential
    raise UnexpectedResponseError(
        "the response belongs to another request: it has another id than the one that was sent",
        status=response.status,
        misdirected=True,
    )


def _id_of(data: Any, key: str) -> object:
    properties = cast("Json", data) if isinstance(data, dict) else {}
    return properties.get(key, properties.get("id"))


def read_list(cls: type[T]) -> Callable[[Response], Awaitable[list[T]]]:
    """Return a reader of a response whose data is a list of models; null is an empty list."""

    async def read(response: Response) -> list[T]:
        return await decode_list(cls, lambda: parse_rows(response), path="$.data")

    return read


def parse_rows(response: Response) -> list[Any]:
    """Return the rows of a list, in one step; an empty list if the data is null."""
    return as_rows(parse_data(response))


def as_rows(data: Any) -> list[Any]:
    """Return the rows of a list; an empty list if the data is null."""
    if data is None:
        return []
    if not isinstance(data, list):
        reason = f"$.data: expected list, got {type(data).__name__}"
        raise DecodeError(f"the response is not a list: {reason}", paths=(reason,), raw=data)
    rows: list[Any] = cast("Any", data)
    return rows


@attrs.define(eq=False)
class LeadsResponse(Generic[LeadT]):
    """The response to a request for a page of leads; `decode` decodes the leads.

    Only the end of the response was read before, so that the next page can be requested first.

    Attributes:
        operation: Pipedrive's operation id, for errors.
        response: The HTTP response.
        lead_type: The class of the leads.
        more: Whether the list continues after this page, as reported by the server.
        next_start: The position of the next page, if the server reports it.
        habit: The reading habit of the walk.
        repeat: Requests the page again after the error that `decode` found in the response,
            or raises that error.
        within_deadline: Lets the deadline of the request run on in a context.
    """

    operation: str
    response: Response
    lead_type: type[LeadT]
    more: bool
    next_start: int | None
    habit: ReadingHabit = attrs.field(factory=ReadingHabit)
    repeat: Callable[[PipedriveError], Awaitable[LeadsResponse[LeadT]]] | None = None
    within_deadline: Callable[[], AbstractAsyncContextManager[object]] = nullcontext

    async def decode(self) -> DecodedPage[LeadT]:
        """Decode the leads in batches, and let other tasks run between two batches.

        A response that is not JSON is requested again, as another attempt of its call; the
        attributes are then those of the new response. The errors of malformed leads are part of
        the page; they are not raised.

        Raises:
            UnexpectedResponseError: The response is not a JSON object, or reports a failure.
            DecodeError: The data is not a list.
            RequestTimeoutError: The time that the request left of its deadline has passed.
            PipedriveError: The page was requested again, and the request failed.
        """
        async with self.within_deadline():
            if not self.habit.wants_whole_leads():
                most_rows = self.response.request.most_rows
                page = await decode_page(self.lead_type, self.response.body, most_rows=most_rows)
                if page is not None:
                    self.habit.note(page)
                    return DecodedPage(page)
            steps = Steps()
            rows = await self._parse()
            redactor = self.response.redactor()
            leads: list[LeadT] = []
            errors: dict[int, DecodeError] = {}
            await steps.next()
            for batch, batch_errors in rows.batches():
                for malformed in batch_errors.values():
                    self._complete(malformed, redactor)
                    await steps.next()
                leads += batch
                errors |= batch_errors
                await steps.next()
        return DecodedPage(leads, errors)

    async def _parse(self) -> Rows[LeadT]:
        while True:
            try:
                return Rows(self.lead_type, lambda: parse_rows(self.response), path="$.data")
            except PipedriveError as error:
                found = self._complete(error.with_traceback(None), self.response.redactor())
            if self.repeat is None:
                raise found
            page = await self.repeat(found)
            self.response, self.more, self.next_start = page.response, page.more, page.next_start

    def _complete(self, error: PipedriveError, redactor: Redactor) -> PipedriveError:
        """Add the context of the response to an error, and remove the secrets from it."""
        redact_error(error, redactor)
        error.operation, error.attempts = self.operation, self.response.request.attempt
        error.request_id = self.response.request_id
        return error


def read_leads(
    operation: str, lead_type: type[LeadT]
) -> Callable[[Response], Awaitable[LeadsResponse[LeadT]]]:
    """Return a reader of a response whose data is a page of leads."""

    async def read(response: Response) -> LeadsResponse[LeadT]:
        steps = Steps()
        position = peek_pagination(response)
        await steps.next()
        return LeadsResponse(operation, response, lead_type, position.more, position.next_start)

    return read
