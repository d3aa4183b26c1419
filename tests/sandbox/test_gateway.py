"""Test how the gateway of the sandbox checks credentials and paths."""

from __future__ import annotations

from urllib.parse import unquote

import aiohttp
import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import serving


@pytest.mark.parametrize("prefix", ["/v1", "/api/v1"])
async def test_v1_is_served_at_both_prefixes(prefix: str) -> None:
    async with serving(Sandbox(leads=1)) as api:
        url = f"{api.sandbox.oauth_url}{prefix}/leads"
        headers = {"authorization": f"Bearer {api.sandbox.access_token}"}
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as reply:
            assert reply.status == 200


async def test_invalid_credentials_get_the_401_of_the_gateway() -> None:
    async with serving(Sandbox(leads=1)) as api:
        api_token, access_token = api.sandbox.api_token, api.sandbox.access_token
        for headers in (
            {"accept": "*/*"},
            {"x-api-token": "wrong"},
            {"x-api-token": access_token},
            {"authorization": "Basic abc"},
            {"authorization": f"Bearer {api_token}"},
        ):
            reply = await api.call("GET", "/leads", headers)
            assert reply.status == 401
            assert reply.headers["x-401-by-gw"] == "true"
            assert reply.body["success"] is False
            assert reply.body["errorCode"] == 401
            assert reply.body["error_info"] == "Please check developers.pipedrive.com"
        assert api.sandbox.requests[-1].status == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/deals"),
        ("PUT", "/leads"),
        ("GET", "/leadLabels/x"),
        ("GET", "/api/v2/leads"),
        ("POST", "/leads/x/convert/deal"),
        ("POST", "/api/v2/leads/search"),
        ("GET", "/x%20y/%C3%A9"),
    ],
)
async def test_unknown_path_or_method_gets_a_404_that_names_it(method: str, path: str) -> None:
    async with serving(Sandbox(leads=1)) as api:
        reply = await api.call(method, path)
        is_v2 = path.startswith("/api/v2/")
        assert (reply.status, reply.body["success"]) == (404, False)
        full = unquote(path if is_v2 else f"/v1{path}")
        error = "Not Found" if is_v2 else "Unknown method ."
        assert reply.body["error"].startswith(
            f"{error} (the sandbox does not have {method} {full},"
        )
        assert reply.headers["x-ratelimit-remaining"] == "19"
        assert api.sandbox.requests[0].operation is None


async def test_unknown_path_with_an_invalid_credential_gets_a_401() -> None:
    async with serving(Sandbox(leads=1)) as api:
        for method, path in (("GET", "/deals"), ("PUT", "/leads")):
            reply = await api.call(method, path, {"x-api-token": "wrong"})
            assert (reply.status, reply.body["error"]) == (401, "unauthorized access")


async def test_expired_access_tokens_are_refused_but_not_the_api_token() -> None:
    async with serving(Sandbox(leads=1)) as api:
        bearer = {"authorization": f"Bearer {api.sandbox.access_token}"}
        assert api.sandbox.access_token.startswith("v1u:")
        assert (await api.call("GET", "/leads", bearer)).status == 200
        api.sandbox.expire_access_tokens()
        reply = await api.call("GET", "/leads", bearer)
        assert (reply.status, reply.body["error"]) == (401, "access_token is invalid")
        assert (await api.get()).status == 200


async def test_revoke_invalidates_both_kinds_of_credentials() -> None:
    async with serving(Sandbox(leads=1)) as api:
        bearer = {"authorization": f"Bearer {api.sandbox.access_token}"}
        api.sandbox.revoke()
        assert (await api.get()).status == 401
        assert (await api.call("GET", "/leads", bearer)).status == 401


def test_api_token_depends_on_the_seed() -> None:
    assert Sandbox(leads=0, seed=1).api_token == Sandbox(leads=0, seed=1).api_token
    assert Sandbox(leads=0, seed=1).api_token != Sandbox(leads=0, seed=2).api_token
