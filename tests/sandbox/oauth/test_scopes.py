"""Test the scopes of access tokens in the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, serving

MISMATCH = "Scope and URL mismatch"


async def status(api: Api, access_token: str, method: str, path: str) -> int:
    headers = {"authorization": f"Bearer {access_token}"}
    reply = await api.call(method, path, headers, json={} if method != "GET" else None)
    if reply.status == 403:
        assert reply.body["error"] == MISMATCH
    return reply.status


@pytest.mark.parametrize(
    ("scopes", "method", "path", "is_allowed"),
    [
        (["leads:read"], "GET", "/leads", True),
        (["leads:full"], "GET", "/leads", True),
        (["leads:read"], "GET", "/leadLabels", True),
        (["leads:read"], "POST", "/leads", False),
        (["leads:full"], "POST", "/leads", True),
        (["deals:full"], "GET", "/leads", False),
        (["search:read"], "GET", "/leads", False),
        (["search:read"], "GET", "/api/v2/leads/search?term=big", True),
        (["admin"], "GET", "/leadFields", True),
        (["admin"], "GET", "/leads", False),
        (["leads:full"], "GET", "/webhooks", False),
        (["admin"], "GET", "/webhooks", True),
        (["leads:full"], "GET", "/users", False),
        (["users:read"], "GET", "/users", True),
        ([], "GET", "/users/me", True),
        (["contacts:full"], "GET", "/api/v2/persons/1", True),
        (["contacts:read"], "POST", "/api/v2/persons", False),
        (["deals:read"], "POST", "/api/v2/deals/1/convert/lead", False),
        ([], "GET", "/unknown", True),
    ],
)
async def test_request_needs_a_scope(
    scopes: list[str], method: str, path: str, *, is_allowed: bool
) -> None:
    async with serving(Sandbox(leads=0)) as api:
        api.sandbox.change_scopes(*scopes)
        token = api.sandbox.install_app()["access_token"]
        assert (await status(api, token, method, path) != 403) is is_allowed
        assert (await api.call("GET", "/leads")).status == 200


async def test_new_scopes_do_not_reach_old_consents() -> None:
    async with serving(Sandbox(leads=0)) as api:
        api.sandbox.change_scopes("leads:read", "base")
        old, code = api.sandbox.install_app(), await api.new_code()
        api.sandbox.change_scopes("leads:full")
        assert old["scope"] == "base,leads:read"
        refreshed = (await api.refresh(old["refresh_token"])).body
        late = (await api.exchange(code)).body
        for tokens in (refreshed, late):
            assert tokens["scope"] == old["scope"]
            assert await status(api, tokens["access_token"], "POST", "/leads") == 403
        new = api.sandbox.install_app()
        assert new["scope"] == "base,leads:full"
        assert await status(api, new["access_token"], "POST", "/leads") == 400


@pytest.mark.parametrize(("scope", "error"), [("", ValueError), (5, TypeError)])
def test_invalid_scope_is_refused(scope: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"scopes\[1\] "):
        Sandbox(leads=0).change_scopes("leads:read", scope)
