"""The contenders: walks through all leads with other libraries, and with this one.

Each contender opens its session once, and yields a function that counts the leads of a walk.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import ModuleType
from typing import Any, Final, TypeAlias, TypeVar

import aiohttp
import httpx
import msgspec
import orjson

import pipedrive_leads_async

from .models import PydanticPage, StructPage, TypedLead
from .paired import Work

T = TypeVar("T")

TOKEN: Final = "0123456789abcdef0123456789abcdef01234567"

HEADERS: Final = {"x-api-token": TOKEN}

Contender: TypeAlias = Callable[[str], AbstractAsyncContextManager[Work]]
"""A context manager for walks under a base URL."""

Read: TypeAlias = Callable[[T], tuple[Iterable[object], int | None]]
"""Returns the leads of a page, and the position of the next page."""


async def _walk(get: Callable[[str], Awaitable[T]], read: Read[T], url: str) -> int:
    count = 0
    start: int | None = 0
    while start is not None:
        rows, start = read(await get(f"{url}/leads?start={start}&limit=500"))
        for _lead in rows:
            count += 1
    return count


def _read_dicts(page: Any) -> tuple[Iterable[object], int | None]:
    return page["data"], page["additional_data"]["pagination"].get("next_start")


def _read_models(page: PydanticPage | StructPage) -> tuple[Iterable[object], int | None]:
    return page.data, page.additional_data.pagination.next_start


def _over_aiohttp(decode: Callable[[bytes], T], read: Read[T]) -> Contender:
    @asynccontextmanager
    async def contender(url: str) -> AsyncGenerator[Work, None]:
        async with aiohttp.ClientSession(headers=HEADERS) as session:

            async def get(url: str) -> T:
                async with session.get(url) as response:
                    return decode(await response.read())

            yield lambda: _walk(get, read, url)

    return contender


@asynccontextmanager
async def _aiohttp_json(url: str) -> AsyncGenerator[Work, None]:
    async with aiohttp.ClientSession(headers=HEADERS) as session:

        async def get(url: str) -> Any:
            async with session.get(url) as response:
                return await response.json()

        yield lambda: _walk(get, _read_dicts, url)


@asynccontextmanager
async def _httpx_orjson(url: str) -> AsyncGenerator[Work, None]:
    async with httpx.AsyncClient(headers=HEADERS) as session:

        async def get(url: str) -> Any:
            return orjson.loads((await session.get(url)).content)

        yield lambda: _walk(get, _read_dicts, url)


def get_leads(library: ModuleType = pipedrive_leads_async, **options: Any) -> Contender:
    """Return a contender that yields leads; the options are those of the client, and `prefetch`."""
    prefetch = options.pop("prefetch", 1)

    @asynccontextmanager
    async def contender(url: str) -> AsyncGenerator[Work, None]:
        async with library.LeadsClient(TOKEN, base_url=url, **options) as client:

            async def walk() -> int:
                count = 0
                async for _lead in client.get_leads(prefetch=prefetch):
                    count += 1
                return count

            yield walk

    return contender


@asynccontextmanager
async def _get_leads_with_custom_fields(url: str) -> AsyncGenerator[Work, None]:
    async with pipedrive_leads_async.LeadsClient(TOKEN, base_url=url) as client:

        async def walk() -> int:
            count = 0
            async for lead in client.get_leads():
                count += bool(lead.custom_fields)
            return count

        yield walk


@asynccontextmanager
async def get_lead_pages(url: str) -> AsyncGenerator[Work, None]:
    """Open a contender that yields pages of this library."""
    async with pipedrive_leads_async.LeadsClient(TOKEN, base_url=url) as client:

        async def walk() -> int:
            count = 0
            async for page in client.get_lead_pages():
                for _lead in page.leads:
                    count += 1
            return count

        yield walk


@asynccontextmanager
async def opened(
    contenders: Mapping[str, Contender], url: str
) -> AsyncGenerator[dict[str, Work], None]:
    """Open several contenders, and yield their walks."""
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(contender(url))
            for name, contender in contenders.items()
        }


def _without_msgspec() -> ModuleType:
    """Import the library a second time, as if msgspec were not installed."""
    name = pipedrive_leads_async.__name__
    ours = {key: sys.modules.pop(key) for key in [*sys.modules] if key.split(".")[0] == name}
    blocked: dict[str, Any] = {"msgspec": None}
    sys.modules.update(blocked)
    try:
        library = importlib.import_module(name)
        # The first use resolves the annotations, which needs the modules of this import.
        library.from_dict(library.Lead, {"id": "", "title": ""})
        return library
    finally:
        for key in [*sys.modules]:
            if key.split(".")[0] == name:
                del sys.modules[key]
        sys.modules.update({**ours, "msgspec": msgspec})


FLOOR: Final = "aiohttp + orjson, dicts"
JSON: Final = "aiohttp + response.json(), dicts"
PYDANTIC: Final = "aiohttp + pydantic"
OURS: Final = "get_leads"
OURS_WITH_CUSTOM_FIELDS: Final = "get_leads, custom_fields read"
OURS_TYPED: Final = "get_leads, ten typed custom fields"
OURS_WITHOUT_MSGSPEC: Final = "get_leads, without msgspec"

CONTENDERS: Final[dict[str, Contender]] = {
    FLOOR: _over_aiohttp(orjson.loads, _read_dicts),
    JSON: _aiohttp_json,
    "httpx + orjson, dicts": _httpx_orjson,
    "aiohttp + msgspec, custom fields lost": _over_aiohttp(
        msgspec.json.Decoder(StructPage).decode, _read_models
    ),
    PYDANTIC: _over_aiohttp(PydanticPage.model_validate_json, _read_models),
    OURS: get_leads(),
    OURS_WITH_CUSTOM_FIELDS: _get_leads_with_custom_fields,
    "get_lead_pages": get_lead_pages,
    OURS_TYPED: get_leads(lead_type=TypedLead),
    OURS_WITHOUT_MSGSPEC: get_leads(_without_msgspec()),
}
