"""A session over what others own: a lent session's connector, a proxy."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import pytest

from pipedrive_leads_async._http.session import SessionManager
from pipedrive_leads_async.errors import (
    ClientClosedError,
    ConnectionFailedError,
    WrongLoopError,
)
from tests.support.network_failures import client_tls_context, server_tls_context
from tests.support.raw_server import RawServer, failure, http, success
from tests.support.requests import request_to

# Lent sessions


async def test_a_lent_session_stays_open_and_as_it_was() -> None:
    timeout = aiohttp.ClientTimeout(total=60)
    async with (
        RawServer((success(set_cookie="a=b"),)) as server,
        aiohttp.ClientSession(headers={"x-mine": "1"}, timeout=timeout) as session,
    ):
        async with SessionManager(session=session) as manager:
            await manager.send(request_to(server.url.replace("127.0.0.1", "localhost")))
            await manager.send(request_to(server.url))
        assert not session.closed
        assert dict(session.headers) == {"x-mine": "1"}
        assert not list(session.cookie_jar)
        assert session.timeout == timeout
        assert not session.trace_configs
        async with session.get(server.url) as answer:
            assert answer.status == 200
        # It was the session's own connection all the time.
        assert server.connections == 2


async def test_nothing_of_a_lent_session_applies_but_its_connector() -> None:
    async def refuse(_: object, __: object) -> aiohttp.ClientResponse:
        pytest.fail("its middleware was called")

    async with (
        RawServer((failure(500),)) as server,
        aiohttp.ClientSession(
            base_url="http://base.example/",
            headers={"x-mine": "1"},
            cookies={"mine": "1"},
            middlewares=[refuse],
            proxy="http://proxy.example:3128",
            raise_for_status=True,
            timeout=aiohttp.ClientTimeout(total=0.0001),
        ) as session,
        SessionManager(session=session) as manager,
    ):
        assert (await manager.send(request_to(server.url))).status == 500
        [request] = server.requests
    assert request.target == "/v1"
    assert not {"x-mine", "cookie"} & set(request.headers)


async def test_the_traces_of_a_lent_session_see_our_requests() -> None:
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
        await manager.send(request_to(server.url))
    assert seen == ["GET 200"]


async def test_a_lent_session_that_was_closed_is_named() -> None:
    async with aiohttp.ClientSession() as session:
        manager = SessionManager(session=session)
    with pytest.raises(ClientClosedError, match="lent session is closed"):
        await manager.send(request_to("http://127.0.0.1:1"))


def test_a_lent_session_of_another_loop_is_named() -> None:
    async def opened() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    with asyncio.Runner() as runner:
        session = runner.run(opened())
        manager = SessionManager(session=session)
        with pytest.raises(WrongLoopError, match="lent session belongs to another event loop"):
            asyncio.run(manager.send(request_to("http://127.0.0.1:1")))
        runner.run(session.close())


# Proxies


async def test_a_proxy_is_used_where_one_is_given() -> None:
    async with RawServer((success(),)) as proxy, SessionManager(proxy=proxy.origin) as manager:
        await manager.send(request_to("http://nowhere.example/v1"))
        [request] = proxy.requests
    assert request.target == "http://nowhere.example/v1"


@pytest.mark.parametrize(
    ("trust_env", "no_proxy", "is_used"),
    [(False, "", False), (True, "", True), (True, "127.0.0.1", False)],
)
async def test_the_proxy_of_the_environment_is_used_only_where_it_is_trusted(
    monkeypatch: pytest.MonkeyPatch, trust_env: bool, no_proxy: str, is_used: bool
) -> None:
    async with RawServer((success(),)) as proxy, RawServer((success(),)) as server:
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.setenv("no_proxy", no_proxy)
        monkeypatch.setenv("http_proxy", proxy.origin)
        async with SessionManager(trust_env=trust_env) as manager:
            await manager.send(request_to(server.url))
        assert len(proxy.requests) == is_used
        assert len(server.requests) == (not is_used)


async def test_the_proxy_of_the_environment_is_for_its_scheme_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with RawServer((success(),)) as proxy, RawServer((success(),)) as server:
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("https_proxy", proxy.origin)
        async with SessionManager(trust_env=True) as manager:
            await manager.send(request_to(server.url))
        assert (len(proxy.requests), len(server.requests)) == (0, 1)


async def test_a_proxy_that_is_given_comes_before_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with RawServer((success(),)) as given, RawServer((success(),)) as of_environment:
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("http_proxy", of_environment.origin)
        async with SessionManager(proxy=given.origin, trust_env=True) as manager:
            await manager.send(request_to("http://nowhere.example/v1"))
        assert (len(given.requests), len(of_environment.requests)) == (1, 0)


@pytest.mark.parametrize("is_given", [True, False], ids=["given", "of the environment"])
@pytest.mark.parametrize(
    ("target", "answer"),
    [("http://nowhere.example/v1", success()), ("https://nowhere.example/v1", http(407))],
    ids=["directly", "for a tunnel"],
)
async def test_a_proxy_that_asks_for_them_gets_a_user_and_a_password(
    target: str, answer: bytes, is_given: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "")
    async with RawServer((answer,)) as proxy:
        url = proxy.origin.replace("://", "://me%40home:canary%3A@")
        monkeypatch.setenv(f"{target.partition(':')[0]}_proxy", url)
        async with SessionManager(proxy=url if is_given else None, trust_env=True) as manager:
            with contextlib.suppress(ConnectionFailedError):
                await manager.send(request_to(target))
        [request] = proxy.requests
    assert request.headers["proxy-authorization"] == "Basic bWVAaG9tZTpjYW5hcnk6"
    assert request.headers["host"].startswith("nowhere.example")


async def test_what_goes_through_a_tunnel_does_not_name_them() -> None:
    async with RawServer((http(), server_tls_context()), (success(),)) as proxy:
        url = proxy.origin.replace("://", "://me:canary@")
        async with SessionManager(proxy=url, ssl=client_tls_context()) as manager:
            await manager.send(request_to("https://nowhere.example/v1"))
        to_the_proxy, through_it = proxy.requests
    assert "proxy-authorization" in to_the_proxy.headers
    assert through_it.target == "/v1"
    assert "proxy-authorization" not in through_it.headers


async def test_netrc_is_never_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    async with RawServer((success(),)) as server, SessionManager(trust_env=True) as manager:
        await manager.send(request_to(server.url))
        [request] = server.requests
    assert "authorization" not in request.headers
