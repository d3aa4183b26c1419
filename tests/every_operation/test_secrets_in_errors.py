"""No error shows a secret, whatever fails and whenever it is cancelled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest
from redis.asyncio import Redis

from pipedrive_leads_async import (
    AccessToken,
    ApiToken,
    AuthUnavailableError,
    ClientClosedError,
    ConfigurationError,
    ConversionFailedError,
    DecodeError,
    InvalidRequestError,
    LeadsClient,
    OutcomeUnknownError,
    PaginationError,
    PipedriveError,
    ReauthorizationRequiredError,
    SessionManager,
    Token,
    TransportError,
    WrongLoopError,
    __all__,
    errors,
)
from pipedrive_leads_async.fleet import RedisTokenStore
from tests.auth.grant.grants import app
from tests.every_operation import operations
from tests.every_operation.fault_forms import FORMS
from tests.every_operation.operations import ONE_OF_EACH_KIND, Operation
from tests.every_operation.outcomes import serving
from tests.support.calls import CANARY, DONE, QUICK, client_of, get
from tests.support.canaries import canary_in
from tests.support.cancellation_points import Moment
from tests.support.raw_server import RawServer, ScriptedResponse, http
from tests.support.secret_scanner import text_of_cancellations, text_of_error
from tests.support.token_server import DOWN, INVALID_GRANT, TokenServer

if TYPE_CHECKING:
    from tests.fleet.redis_server import RedisServer

pytest_plugins = ["tests.fleet.redis_server"]

TOKEN: Final = Token(f"v1u:{CANARY}", f"1:1:{CANARY}")

MOMENT: Final = pytest.mark.parametrize("moment", Moment)


async def use_it_closed() -> None:
    client = LeadsClient(CANARY)
    await client.aclose()
    await get(client)


async def use_it_in_another_loop() -> None:
    async with RawServer(DONE) as server, client_of(server) as client:
        await get(client)
        await asyncio.to_thread(asyncio.run, get(client))


async def ask_for_nothing() -> None:
    await LeadsClient(CANARY).get_lead("")


async def refuse_the_credential() -> None:
    LeadsClient(CANARY, base_url="http://api.pipedrive.com")


async def walk_in_circles() -> None:
    position = {"start": 0, "limit": 500, "more_items_in_collection": True, "next_start": 0}
    page = operations.envelope([operations.FIELD_ROW], {"pagination": position})
    async with RawServer((http(200, page),)) as server, client_of(server) as client:
        await client.get_lead_fields()


async def wait_in_vain() -> None:
    job = operations.envelope(operations.JOB_ROW | {"status": "failed"})
    async with RawServer((http(200, job),)) as server, client_of(server) as client:
        await client.wait_for_conversion(operations.BEGUN)


async def refresh_where_the_host_is_down() -> None:
    async with TokenServer(DOWN, DOWN) as server:
        await app(server, token=server.token()).refresh()


async def refresh_where_the_grant_is_gone() -> None:
    async with TokenServer(INVALID_GRANT) as server:
        await app(server, token=server.token()).refresh()


RAISED: Final[dict[type[PipedriveError], Callable[[], Coroutine[Any, Any, None]]]] = {
    AuthUnavailableError: refresh_where_the_host_is_down,
    ClientClosedError: use_it_closed,
    ConfigurationError: refuse_the_credential,
    ConversionFailedError: wait_in_vain,
    InvalidRequestError: ask_for_nothing,
    PaginationError: walk_in_circles,
    ReauthorizationRequiredError: refresh_where_the_grant_is_gone,
    WrongLoopError: use_it_in_another_loop,
}

AT_EVERY_OPERATION: Final[set[type[PipedriveError]]] = {
    *(fault.error for forms in FORMS.values() for fault in forms.values()),
    OutcomeUnknownError,
    DecodeError,
}
"""What `outcomes.call` sees, where whatever can go wrong goes wrong, that it shows nothing."""

ONLY_BASES: Final[set[type[PipedriveError]]] = {PipedriveError, TransportError}


def test_every_error_is_raised_by_a_test_that_looks() -> None:
    seen = RAISED.keys() | AT_EVERY_OPERATION | ONLY_BASES
    assert {error.__name__ for error in seen} == set(__all__) & vars(errors).keys()


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
async def test_no_error_shows_a_secret(kind: type[PipedriveError]) -> None:
    with pytest.raises(kind) as caught:
        await RAISED[kind]()
    assert type(caught.value) is kind
    assert canary_in(text_of_error(caught.value)) is None


def says(status: int, **texts: str) -> ScriptedResponse:
    return (http(status, json.dumps({"success": False, **texts}).encode()),)


ECHOES: Final[dict[str, ScriptedResponse]] = {
    "error": says(400, error=f"x-api-token: {CANARY} is unknown"),
    "error, where its message ends": says(400, error=f"{'-' * 190}{CANARY}"),
    "error_info, where it ends": says(400, error_info=f"{'-' * 2040}{CANARY}"),
    "code": says(403, code=CANARY),
    "a refusal with a 2xx status": says(200, error=CANARY),
    "the place of a redirect": (http(302, location=f"/v1/{CANARY}"),),
    "what is not JSON": (http(200, CANARY.encode()),),
}


@pytest.mark.parametrize("answer", ECHOES.values(), ids=ECHOES)
@pytest.mark.parametrize("kind", [ApiToken, AccessToken])
async def test_an_error_does_not_repeat_the_credential_that_an_answer_repeats(
    kind: Callable[[str], ApiToken | AccessToken], answer: ScriptedResponse
) -> None:
    async with (
        RawServer(answer) as server,
        LeadsClient(kind(CANARY), base_url=server.url) as client,
    ):
        with pytest.raises(PipedriveError) as caught:
            await get(client)
    assert CANARY[:6] not in text_of_error(caught.value)


@pytest.mark.parametrize("kept", [CANARY.encode(), b"\xff" + CANARY.encode()])
async def test_what_redis_keeps_instead_of_a_token_is_not_shown(redis: Redis, kept: bytes) -> None:
    await redis.hset("acme:token", "token", kept)
    with pytest.raises(ConfigurationError, match="'acme' does not hold a token") as caught:
        await RedisTokenStore(redis, "acme").load()
    assert canary_in(text_of_error(caught.value)) is None


# What is cancelled


@asynccontextmanager
async def calling(operation: Operation) -> AsyncGenerator[Coroutine[Any, Any, object]]:
    async with serving(operation, operation.answer) as (client, _):
        yield operation.call(client)


@MOMENT
async def test_a_call_that_is_cancelled_anywhere_shows_no_credential(moment: Moment) -> None:
    shown = ""
    for operation in ONE_OF_EACH_KIND:
        shown += await text_of_cancellations(partial(calling, operation), moment)
    assert "'x-api-token': '***'" in shown
    assert canary_in(shown) is None


@MOMENT
@pytest.mark.parametrize("method", ["load", "save"])
async def test_nor_does_a_token_store_on_redis(
    redis_server: RedisServer, redis: Redis, method: str, moment: Moment
) -> None:
    @asynccontextmanager
    async def using_it() -> AsyncGenerator[Coroutine[Any, Any, object]]:
        async with redis_server.client() as client:
            store = RedisTokenStore(client, "acme")
            yield store.load() if method == "load" else store.save(TOKEN)

    await RedisTokenStore(redis, "acme").save(TOKEN)
    shown = await text_of_cancellations(using_it, moment)
    assert canary_in(shown) is None


@MOMENT
@pytest.mark.parametrize("to", ["http://127.0.0.1:1", "https://acme.pipedrive.com"])
async def test_nor_does_a_call_through_a_proxy(to: str, moment: Moment) -> None:
    @asynccontextmanager
    async def calling_by_it() -> AsyncGenerator[Coroutine[Any, Any, object]]:
        answer = DONE if to.startswith("http:") else (http(407),)
        async with RawServer(answer) as proxy:
            url = proxy.origin.replace("://", f"://me:{CANARY}@")
            async with (
                SessionManager(proxy=url) as manager,
                LeadsClient("token", base_url=to, session=manager, retry=QUICK) as client,
            ):
                yield get(client)

    shown = await text_of_cancellations(calling_by_it, moment)
    assert "'Proxy-Authorization': '***'" in shown
    assert canary_in(shown) is None
