"""Test that a `ClientSession` of the user lends its connector and stays unchanged."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from pipedrive_leads_async import SessionManager
from pipedrive_leads_async.errors import (
    ClientClosedError,
    WrongLoopError,
)
from tests.support.raw_server import RawServer, failure, success
from tests.support.requests import request_to


async def test_users_session_stays_open_and_unchanged() -> None:
    timeout = aiohttp.ClientTimeout(total=60)
    async with (
        RawServer((success(set_cookie="a=b"),)) as server,
        aiohttp.ClientSession(headers={"x-mine": "1"}, timeout=timeout) as session,
    ):
        async with SessionManager(session=session) as manager:
            await manager.__transport__().send(
                request_to(server.url.replace("127.0.0.1", "localhost"))
            )
            await manager.__transport__().send(request_to(server.url))
        assert not session.closed
        assert dict(session.headers) == {"x-mine": "1"}
        assert not list(session.cookie_jar)
        assert session.timeout == timeout
        assert not session.trace_configs
        async with session.get(server.url) as response:
            assert response.status == 200
        # The requests used the connections of this session.
        assert server.connections == 2


async def test_settings_of_the_users_session_do_not_apply() -> None:
    async def fail(_: object, __: object) -> aiohttp.ClientResponse:
        pytest.fail("the middleware was called")

    async with (
        RawServer((failure(500),)) as server,
        aiohttp.ClientSession(
            base_url="http://base.example/",
            headers={"x-mine": "1"},
            cookies={"mine": "1"},
            middlewares=[fail],
            proxy="http://proxy.example:3128",
            raise_for_status=True,
            timeout=aiohttp.ClientTimeout(total=0.0001),
        ) as session,
        SessionManager(session=session) as manager,
    ):
        assert (await manager.__transport__().send(request_to(server.url))).status == 500
        [request] = server.requests
    assert request.target == "/v1"
    assert not {"x-mine", "cookie"} & set(request.headers)


async def test_traces_of_the_users_session_see_the_requests() -> None:
    seen: list[str] = []

    async def on_end(
        _: aiohttp.ClientSession, __: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        seen.append(f"{params.method} {params.response.status}")

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(on_end)
    async with (
        RawServer((success(),)) as server,
        aiohttp.ClientSession(trace_configs=[trace]) as session,
        SessionManager(session=session) as manager,
    ):
        await manager.__transport__().send(request_to(server.url))
    assert seen == ["GET 200"]


EVENTS = [
    "on_request_start",
    "on_request_headers_sent",
    "on_request_chunk_sent",
    "on_connection_create_start",
    "on_connection_create_end",
    "on_request_end",
]


@pytest.mark.parametrize("event", EVENTS)
async def test_exception_in_a_trace_of_the_user_loses_no_response(
    event: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise OSError("mine")

    trace = aiohttp.TraceConfig()
    getattr(trace, event).append(fail)
    async with (
        RawServer((success(),)) as server,
        aiohttp.ClientSession(trace_configs=[trace]) as session,
        SessionManager(session=session) as manager,
    ):
        request = request_to(server.url, "POST", body=b"{}")
        assert (await manager.__transport__().send(request)).status == 200
        assert len(server.requests) == 1
    messages = {record.getMessage() for record in caplog.records if record.exc_info}
    assert messages == {"a trace of session raised OSError"}


async def test_trace_of_the_user_keeps_its_own_context() -> None:
    contexts: list[SimpleNamespace] = []

    def make_context(trace_request_ctx: object) -> SimpleNamespace:
        return SimpleNamespace(mine="mine", trace_request_ctx=trace_request_ctx)

    async def on_start(_: object, context: SimpleNamespace, __: object) -> None:
        contexts.append(context)

    factory: Any = make_context
    trace = aiohttp.TraceConfig(trace_config_ctx_factory=factory)
    trace.on_request_start.append(on_start)
    async with (
        RawServer((success(),)) as server,
        aiohttp.ClientSession(trace_configs=[trace]) as session,
        SessionManager(session=session) as manager,
    ):
        await manager.__transport__().send(request_to(server.url))
    assert [context.mine for context in contexts] == ["mine"]


async def test_closed_session_of_the_user_is_refused() -> None:
    async with aiohttp.ClientSession() as session:
        manager = SessionManager(session=session)
    with pytest.raises(ClientClosedError, match="session is closed"):
        await manager.__transport__().send(request_to("http://127.0.0.1:1"))


def test_users_session_of_another_loop_is_refused() -> None:
    async def open_session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    with asyncio.Runner() as runner:
        session = runner.run(open_session())
        manager = SessionManager(session=session)
        with pytest.raises(WrongLoopError, match="session belongs to another event loop"):
            asyncio.run(manager.__transport__().send(request_to("http://127.0.0.1:1")))
        runner.run(session.close())
