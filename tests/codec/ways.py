"""Decode responses with msgspec, and as if it were not installed."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar, cast
from unittest.mock import patch

from pipedrive_leads_async import DecodeError, Lead
from pipedrive_leads_async._codec import codec, json
from pipedrive_leads_async._http.message import Request, Response
from pipedrive_leads_async._operations.responses import read_leads
from pipedrive_leads_async._walk.pages import DecodedPage

T = TypeVar("T")


def no_struct_decoder(cls: type[Any]) -> None:
    """Return the fastest decoder, as if msgspec were not installed."""


@contextlib.contextmanager
def without_msgspec() -> Generator[None]:
    with (
        patch.object(json, "_loads", json.standard_loads),
        patch.object(codec, "struct_decoder_of", no_struct_decoder),
    ):
        yield


def response(body: bytes) -> Response:
    request = Request("GET", "https://api.pipedrive.com/v1/leads", {}, None, 1.0, 1.0)
    return Response(request, 200, {}, body)


def page(*rows: bytes, end: bytes = b"") -> bytes:
    """Return the body of a page; `end` is added to its envelope."""
    return b'{"success":true,"data":[%b],"additional_data":{}%b}' % (b",".join(rows), end)


def read_page(body: bytes, cls: type[Lead] = Lead) -> tuple[list[Lead], dict[int, DecodeError]]:
    """Return the leads and the errors of a page."""
    decoded = run(_decode_page(body, cls))
    return decoded.leads, {**decoded.errors}


async def _decode_page(body: bytes, cls: type[Lead]) -> DecodedPage[Lead]:
    return await (await read_leads("getLeads", cls)(response(body))).decode()


def run(work: Awaitable[T]) -> T:
    """Run a coroutine that only lets others run; an event loop would take longer."""
    steps = work.__await__()
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            result: T = stop.value
            return result


def outcome(read: Callable[..., Any], *arguments: Any) -> Any:
    """Return the result as a text that shows all types, or all that an error contains."""
    try:
        result = read(*arguments)
        if inspect.isawaitable(result):
            result = run(result)
    except Exception as error:  # noqa: BLE001 - all errors are compared
        return _content(error)
    if isinstance(result, tuple):
        leads, errors = cast("tuple[list[Lead], dict[int, DecodeError]]", result)
        return repr(leads), [(row, _content(error)) for row, error in errors.items()]
    return repr(result)


def _content(error: Exception) -> Any:
    return type(error), str(error), repr(vars(error))


def assert_same_both_ways(read: Callable[..., Any], *arguments: Any) -> None:
    found = outcome(read, *arguments)
    with without_msgspec():
        expected = outcome(read, *arguments)
    assert found == expected
