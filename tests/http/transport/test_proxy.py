"""Test which proxy a request goes through, and how the proxy's password is sent."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from pipedrive_leads_async import SessionManager
from pipedrive_leads_async.errors import ConfigurationError, ConnectionFailedError
from tests.support.canaries import canary_in
from tests.support.network_failures import client_tls_context, server_tls_context
from tests.support.raw_server import RawServer, http, success
from tests.support.requests import request_to
from tests.support.secrets.scanner import text_of_error


async def test_explicit_proxy_is_used() -> None:
    async with RawServer((success(),)) as proxy, SessionManager(proxy=proxy.origin) as manager:
        await manager.__transport__().send(request_to("http://nowhere.example/v1"))
        [request] = proxy.requests
    assert request.target == "http://nowhere.example/v1"


@pytest.mark.parametrize(
    ("trust_env", "no_proxy", "is_used"),
    [(False, "", False), (True, "", True), (True, "127.0.0.1", False)],
)
async def test_proxy_of_the_environment_is_used_only_if_trusted(
    monkeypatch: pytest.MonkeyPatch, trust_env: bool, no_proxy: str, is_used: bool
) -> None:
    async with RawServer((success(),)) as proxy, RawServer((success(),)) as server:
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.setenv("no_proxy", no_proxy)
        monkeypatch.setenv("http_proxy", proxy.origin)
        async with SessionManager(trust_env=trust_env) as manager:
            await manager.__transport__().send(request_to(server.url))
        assert len(proxy.requests) == is_used
        assert len(server.requests) == (not is_used)


async def test_proxy_of_the_environment_is_used_only_for_its_scheme(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with RawServer((success(),)) as proxy, RawServer((success(),)) as server:
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("https_proxy", proxy.origin)
        async with SessionManager(trust_env=True) as manager:
            await manager.__transport__().send(request_to(server.url))
        assert (len(proxy.requests), len(server.requests)) == (0, 1)


async def test_explicit_proxy_overrides_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with RawServer((success(),)) as explicit, RawServer((success(),)) as environment:
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("http_proxy", environment.origin)
        async with SessionManager(proxy=explicit.origin, trust_env=True) as manager:
            await manager.__transport__().send(request_to("http://nowhere.example/v1"))
        assert (len(explicit.requests), len(environment.requests)) == (1, 0)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "url",
    [
        "proxy.example:3128",
        "socks5://proxy.example",
        "http://me:canary@[::1]evil:3128",
        "http://me:canary@proxy.example:99999",
        "canary",
    ],
)
def test_invalid_proxy_of_the_environment_is_refused_by_its_name(
    scheme: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{scheme}_proxy", url)
    SessionManager()
    SessionManager(proxy="http://proxy.example:3128")
    with pytest.raises(ConfigurationError) as caught:
        SessionManager(trust_env=True)
    assert str(caught.value) == (
        f"{scheme.upper()}_PROXY of the environment must be a URL such as http://proxy.example:3128"
    )
    assert canary_in(text_of_error(caught.value)) is None


def test_proxies_of_the_environment_for_other_schemes_are_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("all_proxy", "socks5://proxy.example")
    monkeypatch.setenv("ftp_proxy", "canary")
    SessionManager(trust_env=True)


@pytest.mark.parametrize("is_explicit", [True, False], ids=["explicit", "environment"])
@pytest.mark.parametrize(
    ("target", "response"),
    [("http://nowhere.example/v1", success()), ("https://nowhere.example/v1", http(407))],
    ids=["plain request", "tunnel"],
)
async def test_proxy_receives_user_and_password(
    target: str, response: bytes, is_explicit: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "")
    async with RawServer((response,)) as proxy:
        url = proxy.origin.replace("://", "://me%40home:canary%3A@")
        monkeypatch.setenv(f"{target.partition(':')[0]}_proxy", url)
        async with SessionManager(proxy=url if is_explicit else None, trust_env=True) as manager:
            with contextlib.suppress(ConnectionFailedError):
                await manager.__transport__().send(request_to(target))
        [request] = proxy.requests
    assert request.headers["proxy-authorization"] == "Basic bWVAaG9tZTpjYW5hcnk6"
    assert request.headers["host"].startswith("nowhere.example")


async def test_tunnelled_request_omits_the_proxy_password() -> None:
    async with RawServer((http(), server_tls_context()), (success(),)) as proxy:
        url = proxy.origin.replace("://", "://me:canary@")
        async with SessionManager(proxy=url, ssl=client_tls_context()) as manager:
            await manager.__transport__().send(request_to("https://nowhere.example/v1"))
        connect, tunnelled = proxy.requests
    assert "proxy-authorization" in connect.headers
    assert tunnelled.target == "/v1"
    assert "proxy-authorization" not in tunnelled.headers


async def test_netrc_is_never_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    async with RawServer((success(),)) as server, SessionManager(trust_env=True) as manager:
        await manager.__transport__().send(request_to(server.url))
        [request] = server.requests
    assert "authorization" not in request.headers
