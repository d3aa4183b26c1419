"""Test the lifetime, the refresh and the revocation of the OAuth tokens of the sandbox."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import aiohttp
import pytest

from pipedrive_leads_async.sandbox import Sandbox
from pipedrive_leads_async.sandbox._limits import Limits, Login, Tenant
from pipedrive_leads_async.sandbox._oauth.grants import Grants
from pipedrive_leads_async.sandbox._responses import OAuthError
from pipedrive_leads_async.sandbox._state.seed import seeded_account
from tests.support.sandbox_api import Api, assert_oauth_error, serving

INVALID = ("invalid_grant", "Invalid grant: refresh_token is invalid")


def login() -> Login:
    account = seeded_account(0, 0, number=1, honours_archived_status=False)
    return Login(Tenant(account, Limits(None, None)), account.owner["id"])


# Lifetime


async def test_access_token_of_a_grant_expires_but_not_of_the_account() -> None:
    async with serving(Sandbox(leads=0, access_token_lifetime=0.02)) as api:
        tokens = api.sandbox.install_app()
        assert tokens["expires_in"] == 0.02
        await asyncio.sleep(0.02)
        assert await api.status_for(tokens["access_token"]) == 401
        assert await api.status_for(api.sandbox.access_token) == 200


def test_access_token_is_valid_for_exactly_its_lifetime() -> None:
    now = [100.0]
    grants = Grants(random.Random(0), lifetime=60, rotate=False, monotonic=lambda: now[0])
    holder = login()
    token = grants.start(holder).access_token
    now[0] = 159.9
    assert grants.holder(token) is holder
    now[0] = 160.0
    assert grants.holder(token) is None


def test_code_is_valid_for_five_minutes() -> None:
    now = [100.0]
    grants = Grants(random.Random(0), lifetime=60, rotate=False, monotonic=lambda: now[0])
    codes = [grants.code(login(), "https://app.example") for _ in range(2)]
    now[0] = 399.9
    assert grants.exchange(codes[0], "https://app.example")
    now[0] = 400.0
    with pytest.raises(OAuthError, match="Invalid grant: authorization_code has expired"):
        grants.exchange(codes[1], "https://app.example")


async def test_access_tokens_can_be_expired_and_refreshed() -> None:
    async with serving(Sandbox(leads=0)) as api:
        tokens = api.sandbox.install_app()
        api.sandbox.expire_access_tokens()
        assert await api.status_for(tokens["access_token"]) == 401
        renewed = (await api.refresh(tokens["refresh_token"])).body
        assert await api.status_for(renewed["access_token"]) == 200


DAY = 86_400.0


async def test_grant_ends_60_days_after_its_last_refresh() -> None:
    async with serving(Sandbox(leads=0)) as api:
        used, idle = api.sandbox.install_app(), api.sandbox.install_app()
        api.sandbox.skip_time(30 * DAY)
        assert await api.status_for(used["access_token"]) == 401
        assert (await api.refresh(used["refresh_token"])).status == 200
        api.sandbox.skip_time(30 * DAY)
        assert_oauth_error(await api.refresh(idle["refresh_token"]), *INVALID)
        assert (await api.refresh(used["refresh_token"])).status == 200


async def test_skipped_time_ends_a_code() -> None:
    async with serving(Sandbox(leads=0)) as api:
        codes = [await api.new_code() for _ in range(2)]
        api.sandbox.skip_time(290)
        assert (await api.exchange(codes[0])).status == 200
        api.sandbox.skip_time(10)
        assert (await api.exchange(codes[1])).status == 400


def test_negative_time_is_not_skipped() -> None:
    with pytest.raises(ValueError, match="seconds must be a number of seconds, 0 or more"):
        Sandbox(leads=0).skip_time(-1)


# Refresh


async def test_refresh_keeps_the_refresh_token_and_the_old_access_token() -> None:
    async with serving(Sandbox(leads=0)) as api:
        tokens = api.sandbox.install_app()
        replies = [(await api.refresh(tokens["refresh_token"])).body for _ in range(2)]
        assert {reply["refresh_token"] for reply in replies} == {tokens["refresh_token"]}
        access_tokens = {reply["access_token"] for reply in (tokens, *replies)}
        assert [await api.status_for(token) for token in access_tokens] == [200] * 3


async def test_rotating_refresh_token_is_replaced_by_each_refresh() -> None:
    async with serving(Sandbox(leads=0, rotate_refresh_tokens=True)) as api:
        tokens = api.sandbox.install_app()
        seen = {tokens["refresh_token"]}
        for _ in range(3):
            tokens = (await api.refresh(tokens["refresh_token"])).body
            assert await api.status_for(tokens["access_token"]) == 200
            seen.add(tokens["refresh_token"])
        assert len(seen) == 4


async def test_reuse_of_a_replaced_refresh_token_revokes_its_grant() -> None:
    async with serving(Sandbox(leads=0, rotate_refresh_tokens=True)) as api:
        stolen, other = api.sandbox.install_app(), api.sandbox.install_app()
        renewed = (await api.refresh(stolen["refresh_token"])).body
        assert_oauth_error(await api.refresh(stolen["refresh_token"]), *INVALID)
        assert_oauth_error(await api.refresh(renewed["refresh_token"]), *INVALID)
        assert await api.status_for(stolen["access_token"]) == 401
        assert await api.status_for(renewed["access_token"]) == 401
        assert await api.status_for(other["access_token"]) == 200
        assert (await api.refresh(other["refresh_token"])).status == 200


@pytest.mark.parametrize(("rotate", "again"), [(False, 200), (True, 400)])
async def test_refresh_can_succeed_while_its_response_is_lost(*, rotate: bool, again: int) -> None:
    async with serving(Sandbox(leads=0, rotate_refresh_tokens=rotate)) as api:
        tokens = api.sandbox.install_app()
        api.sandbox.fail("oauthToken", drop=True, after_commit=True)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await api.refresh(tokens["refresh_token"])
        assert (await api.refresh(tokens["refresh_token"])).status == again


@pytest.mark.parametrize("fault", [{"status": 500}, {"drop": True}], ids=str)
async def test_failed_refresh_has_no_effect(fault: dict[str, Any]) -> None:
    async with serving(Sandbox(leads=0, rotate_refresh_tokens=True)) as api:
        tokens = api.sandbox.install_app()
        api.sandbox.fail("oauthToken", **fault)
        try:
            reply = await api.refresh(tokens["refresh_token"])
            assert reply.status == 500
        except aiohttp.ServerDisconnectedError:
            assert fault == {"drop": True}
        assert (await api.refresh(tokens["refresh_token"])).status == 200


# The body of a token response


@pytest.mark.parametrize(
    "value", [0, -5, "3599", None, 10**400, [1]], ids=lambda value: f"{value!s:.9}"
)
async def test_token_reply_replaces_and_adds_fields(value: Any) -> None:
    async with serving(Sandbox(leads=0)) as api:
        api.sandbox.token_reply(expires_in=value, news={"a": 1})
        for reply in (
            await api.exchange(await api.new_code()),
            await api.refresh(api.sandbox.install_app()["refresh_token"]),
        ):
            assert (reply.body["expires_in"], reply.body["news"]) == (value, {"a": 1})
            assert await api.status_for(reply.body["access_token"]) == 200
        api.sandbox.token_reply()
        assert api.sandbox.install_app()["expires_in"] == 3599


def test_token_reply_omits_fields_and_changes_the_domain() -> None:
    sandbox = Sandbox(leads=0)
    sandbox.token_reply(without=("expires_in", "scope"), api_domain="https://evil.example")
    reply = sandbox.install_app()
    assert list(reply) == ["access_token", "token_type", "refresh_token", "api_domain"]
    assert reply["api_domain"] == "https://evil.example"


# Revocation


async def revoke(api: Api, token: str, **form: str) -> None:
    reply = await api.revoke(token=token, **form)
    assert (reply.status, reply.body) == (200, {"success": True})


@pytest.mark.parametrize("form", [{}, {"token_type_hint": "refresh_token"}], ids=str)
async def test_revoking_a_refresh_token_revokes_its_grant(form: Any) -> None:
    async with serving(Sandbox(leads=0)) as api:
        tokens, other = api.sandbox.install_app(), api.sandbox.install_app()
        renewed = (await api.refresh(tokens["refresh_token"])).body
        await revoke(api, tokens["refresh_token"], **form)
        assert_oauth_error(await api.refresh(tokens["refresh_token"]), *INVALID)
        assert await api.status_for(tokens["access_token"]) == 401
        assert await api.status_for(renewed["access_token"]) == 401
        assert await api.status_for(other["access_token"]) == 200
        assert (await api.get()).status == 200


@pytest.mark.parametrize("form", [{}, {"token_type_hint": "access_token"}], ids=str)
async def test_revoking_an_access_token_revokes_nothing_else(form: Any) -> None:
    async with serving(Sandbox(leads=0)) as api:
        tokens = api.sandbox.install_app()
        await revoke(api, tokens["access_token"], **form)
        assert await api.status_for(tokens["access_token"]) == 401
        assert (await api.refresh(tokens["refresh_token"])).status == 200


async def test_revoking_an_unknown_token_changes_nothing() -> None:
    async with serving(Sandbox(leads=0)) as api:
        tokens = api.sandbox.install_app()
        await revoke(api, "unknown")
        assert await api.status_for(tokens["access_token"]) == 200
        assert (await api.refresh(tokens["refresh_token"])).status == 200


async def test_revoke_invalidates_codes_and_tokens_until_a_new_consent() -> None:
    async with serving(Sandbox(leads=0)) as api:
        code, tokens = await api.new_code(), api.sandbox.install_app()
        api.sandbox.revoke()
        assert (await api.exchange(code)).body["error"] == "invalid_grant"
        assert_oauth_error(await api.refresh(tokens["refresh_token"]), *INVALID)
        assert await api.status_for(tokens["access_token"]) == 401
        assert (await api.get()).status == 401
        again = (await api.exchange(await api.new_code())).body
        assert await api.status_for(again["access_token"]) == 200
