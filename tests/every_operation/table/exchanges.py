"""The parts of the table of every public operation: an operation, its request and its response."""

from __future__ import annotations

import enum
import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from pipedrive_leads_async import LeadsClient
from tests.support.raw_server import ScriptedResponse, http

T = TypeVar("T")

Call: TypeAlias = Callable[[LeadsClient], Coroutine[Any, Any, object]]


class Kind(enum.Enum):
    """The kind of a request, which decides what a fault means for it."""

    READ = enum.auto()
    PATCH = enum.auto()
    DELETE = enum.auto()
    POST = enum.auto()
    KEYED_POST = enum.auto()


@dataclass(frozen=True)
class Exchange:
    """The body of a response, and the result that the caller gets.

    Attributes:
        body: The body of Pipedrive's response.
        result: The result of the call.
        malformed: A body whose data has the wrong shape, None if every shape is valid.
    """

    body: bytes
    result: object
    malformed: bytes | None = None


@dataclass(frozen=True)
class Operation:
    """One operation, or a later step of an operation that takes several requests.

    Attributes:
        name: The name of the method, with the variant or the step.
        kind: The kind of its request.
        call: A function that calls it.
        exchange: The response to its request, and the result.
        before: The bodies of the responses to the requests before this step.
    """

    name: str
    kind: Kind
    call: Call
    exchange: Exchange
    before: tuple[bytes, ...] = ()

    @property
    def body(self) -> bytes:
        return self.exchange.body

    @property
    def result(self) -> object:
        return self.exchange.result

    @property
    def malformed(self) -> bytes | None:
        return self.exchange.malformed

    @property
    def response(self) -> ScriptedResponse:
        """The response of a server without a fault."""
        return (http(200, self.body),)


# The bodies of responses


def envelope(data: object, additional_data: object = None) -> bytes:
    """Return the body of a successful response."""
    whole = {"success": True, "data": data, "additional_data": additional_data}
    return json.dumps(whole).encode()


def last_page(*rows: object) -> bytes:
    """Return the body of the last page of a list."""
    position = {"start": 0, "limit": 500, "more_items_in_collection": False}
    return envelope(rows, {"pagination": position})


def last_results(*rows: object) -> bytes:
    """Return the body of the last page of a search."""
    return envelope({"items": rows}, {"next_cursor": None})


async def collect(items: AsyncGenerator[T, None]) -> list[T]:
    return [item async for item in items]
