"""Test that no error reveals a secret, including errors of cancelled calls."""

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
    IdempotencyKeyLostError,
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
from tests.every_operation.operations import ONE_OF_EACH_KIND
from tests.every_operation.outcomes import serving
from tests.every_operation.table.exchanges import Operation, envelope
from tests.support.calls import CANARY, DONE, QUICK, client_of, get
from tests.support.canaries import canary_in
from tests.support.cancellation_points import Moment
from tests.support.raw_server import RawServer, ScriptedResponse, http
from tests.support.secrets.scanner import text_of_cancellations, text_of_error
from tests.support.token_server import DOWN, INVALID_GRANT, TokenServer

if TYPE_CHECKING:
    from tests.fleet.redis_server import RedisServer

pytest_plugins = ["tests.fleet.redis_server"]

TOKEN: Final = Token(f"v1u:{CANARY}", f"1:1:{CANARY}")

MOMENT: Final = pytest.mark.parametrize("moment", Moment)


async def use_a_closed_client() -> None:
    client = LeadsClient(CANARY)
    await client.aclose()
    await get(client)


async def use_a_client_in_another_loop() -> None:
    async with RawServer(DONE) as server, client_of(server) as client:
        await get(client)
        await asyncio.to_thread(asyncio.run, get(client))


async def pass_an_empty_id() -> None:
    await LeadsClient(CANARY).get_lead("")


async def use_plain_http() -> None:
    LeadsClient(CANARY, base_url="http://api.pipedrive.com")


async def add_a_lead_that_loses_its_key() -> None:
    async with RawServer(DONE) as server, client_of(server) as client:
        await client.add_lead(operations.NEW_LEAD, idempotency_key=operations.KEY)


async def repeat_the_first_position() -> None:
    position = {"start": 0, "limit": 500, "more_items_in_collection": True, "next_start": 0}
    page = envelope([operations.FIELD_ROW], {"pagination": position})
    async with RawServer((http(200, page),)) as server, client_of(server) as client:
        await client.get_lead_fields()


async def wait_for_a_failed_conversion() -> None:
    failed = envelope(operations.CONVERSION_ROW | {"status": "failed"})
    async with RawServer((http(200, failed),)) as server, client_of(server) as client:
        await client.wait_for_conversion(operations.STARTED)


async def refresh_while_the_host_is_down() -> None:
    async with TokenServer(DOWN, DOWN) as server:
        await app(server, token=server.token()).refresh()


async def refresh_after_the_end_of_the_grant() -> None:
    async with TokenServer(INVALID_GRANT) as server:
        await app(server, token=server.token()).refresh()


RAISED: Final[dict[type[PipedriveError], Callable[[], Coroutine[Any, Any, None]]]] = {
    AuthUnavailableError: refresh_while_the_host_is_down,
    ClientClosedError: use_a_closed_client,
    ConfigurationError: use_plain_http,
    ConversionFailedError: wait_for_a_failed_conversion,
    IdempotencyKeyLostError: add_a_lead_that_loses_its_key,
    InvalidRequestError: pass_an_empty_id,
    PaginationError: repeat_the_first_position,
    ReauthorizationRequiredError: refresh_after_the_end_of_the_grant,
    WrongLoopError: use_a_client_in_another_loop,
}
"""A function for each error that raises it."""

CHECKED_BY_CALL: Final[set[type[PipedriveError]]] = {
    *(fault.error for forms in FORMS.values() for fault in forms.values()),
    OutcomeUnknownError,
    DecodeError,
}
"""The errors of the fault matrix, which `outcomes.call` checks for secrets."""

ONLY_BASES: Final[set[type[PipedriveError]]] = {PipedriveError, TransportError}


def test_every_error_is_checked_for_secrets() -> None:
    checked = RAISED.keys() | CHECKED_BY_CALL | ONLY_BASES
    assert {error.__name__ for error in checked} == set(__all__) & vars(errors).keys()


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
async def test_error_reveals_no_secret(kind: type[PipedriveError]) -> None:
    with pytest.raises(kind) as caught:
        await RAISED[kind]()
    assert type(caught.value) is kind
    assert canary_in(text_of_error(caught.value)) is None


def refusal(status: int, **texts: str) -> ScriptedResponse:
    return (http(status, json.dumps({"success": False, **texts}).encode()),)


ECHOES: Final[dict[str, ScriptedResponse]] = {
    "error": refusal(400, error=f"x-api-token: {CANARY} is unknown"),
    "end of a truncated error": refusal(400, error=f"{'-' * 190}{CANARY}"),
    "end of a truncated error_info": refusal(400, error_info=f"{'-' * 2040}{CANARY}"),
    "code": refusal(403, code=CANARY),
    "refusal with a 2xx status": refusal(200, error=CANARY),
    "location of a redirect": (http(302, location=f"/v1/{CANARY}"),),
    "body that is not JSON": (http(200, CANARY.encode()),),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
@pytest.mark.parametrize("kind", [ApiToken, AccessToken])
async def test_error_hides_a_credential_that_the_response_repeats(
    kind: Callable[[str], ApiToken | AccessToken], echo: ScriptedResponse
) -> None:
    async with (
        RawServer(echo) as server,
        LeadsClient(kind(CANARY), base_url=server.url) as client,
    ):
        with pytest.raises(PipedriveError) as caught:
            await get(client)
    assert CANARY[:6] not in text_of_error(caught.value)


@pytest.mark.parametrize("stored", [CANARY.encode(), b"\xff" + CANARY.encode()])
async def test_error_hides_an_invalid_token_in_redis(redis: Redis, stored: bytes) -> None:
    await redis.hset("acme:token", "token", stored)
    with pytest.raises(ConfigurationError, match="the key 'acme' does not hold a token") as caught:
        await RedisTokenStore(redis, "acme").load()
    assert canary_in(text_of_error(caught.value)) is None


# Cancelled calls


@asynccontextmanager
async def calling(operation: Operation) -> AsyncGenerator[Coroutine[Any, Any, object]]:
    async with serving(operation, operation.response) as (client, _):
        yield operation.call(client)


@MOMENT
async def test_cancelled_call_reveals_no_credential(moment: Moment) -> None:
    shown = ""
    for operation in ONE_OF_EACH_KIND:
        shown += await text_of_cancellations(partial(calling, operation), moment)
    assert "'x-api-token': '***'" in shown
    assert canary_in(shown) is None


@MOMENT
@pytest.mark.parametrize("method", ["load", "save"])
async def test_cancelled_redis_token_store_reveals_no_token(
    redis_server: RedisServer, redis: Redis, method: str, moment: Moment
) -> None:
    @asynccontextmanager
    async def using_the_store() -> AsyncGenerator[Coroutine[Any, Any, object]]:
        async with redis_server.client() as client:
            store = RedisTokenStore(client, "acme")
            yield store.load() if method == "load" else store.save(TOKEN)

    await RedisTokenStore(redis, "acme").save(TOKEN)
    shown = await text_of_cancellations(using_the_store, moment)
    assert canary_in(shown) is None


@MOMENT
@pytest.mark.parametrize("base_url", ["http://127.0.0.1:1", "https://acme.pipedrive.com"])
async def test_cancelled_call_through_a_proxy_reveals_no_password(
    base_url: str, moment: Moment
) -> None:
    @asynccontextmanager
    async def calling_by_proxy() -> AsyncGenerator[Coroutine[Any, Any, object]]:
        response = DONE if base_url.startswith("http:") else (http(407),)
        async with RawServer(response) as proxy:
            url = proxy.origin.replace("://", f"://me:{CANARY}@")
            async with (
                SessionManager(proxy=url) as manager,
                LeadsClient("token", base_url=base_url, session=manager, retry=QUICK) as client,
            ):
                yield get(client)

    shown = await text_of_cancellations(calling_by_proxy, moment)
    assert "'Proxy-Authorization': '***'" in shown
    assert canary_in(shown) is None
