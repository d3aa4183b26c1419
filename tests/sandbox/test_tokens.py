"""The tokens that the sandbox gives out: how long they last, how they are renewed and revoked."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import aiohttp
import pytest

from pipedrive_leads_async.sandbox import Sandbox
from pipedrive_leads_async.sandbox._limits import Limits, Tenant
from pipedrive_leads_async.sandbox._oauth.grants import Grants
from pipedrive_leads_async.sandbox._responses import OAuthError
from pipedrive_leads_async.sandbox._state.seed import seeded_account
from tests.support.sandbox_api import Api, assert_no_consent, serving

INVALID = ("invalid_grant", "Invalid grant: refresh_token is invalid")


def tenant() -> Tenant:
    account = seeded_account(0, 0, number=1, honours_archived_status=False)
    return Tenant(account, Limits(None, None))


# How long they last


async def test_the_access_token_of_a_consent_expires_and_that_of_the_account_does_not() -> None:
    async with serving(Sandbox(leads=0, access_token_lifetime=0.02)) as api:
        tokens = api.sandbox.install_app()
        assert tokens["expires_in"] == 0.02
        await asyncio.sleep(0.02)
        assert await api.status_for(tokens["access_token"]) == 401
        assert await api.status_for(api.sandbox.access_token) == 200


def test_an_access_token_lasts_exactly_its_time() -> None:
    now = [100.0]
    grants = Grants(random.Random(0), lifetime=60, rotate=False, monotonic=lambda: now[0])
    holder = tenant()
    token = grants.start(holder).access_token
    now[0] = 159.9
    assert grants.holder(token) is holder
    now[0] = 160.0
    assert grants.holder(token) is None


def test_a_code_lasts_five_minutes() -> None:
    now = [100.0]
    grants = Grants(random.Random(0), lifetime=60, rotate=False, monotonic=lambda: now[0])
    codes = [grants.code(tenant(), "https://app.example") for _ in range(2)]
    now[0] = 399.9
    assert grants.exchange(codes[0], "https://app.example")
    now[0] = 400.0
    with pytest.raises(OAuthError, match="Invalid grant: authorization_code has expired"):
        grants.exchange(codes[1], "https://app.example")


async def test_access_tokens_can_be_ended_at_once_and_refreshed_afterwards() -> None:
    async with serving(Sandbox(leads=0)) as api:
        tokens = api.sandbox.install_app()
        api.sandbox.expire_access_tokens()
        assert await api.status_for(tokens["access_token"]) == 401
        renewed = (await api.refresh(tokens["refresh_token"])).body
        assert await api.status_for(renewed["access_token"]) == 200


# How they are renewed


async def test_a_refresh_returns_the_same_refresh_token_and_leaves_the_old_access_token() -> None:
    async with serving(Sandbox(leads=0)) as api:
        tokens = api.sandbox.install_app()
        replies = [(await api.refresh(tokens["refresh_token"])).body for _ in range(2)]
        assert {reply["refresh_token"] for reply in replies} == {tokens["refresh_token"]}
        access_tokens = {reply["access_token"] for reply in (tokens, *replies)}
        assert [await api.status_for(token) for token in access_tokens] == [200] * 3


async def test_a_rotating_refresh_token_is_replaced_each_time() -> None:
    async with serving(Sandbox(leads=0, rotate_refresh_tokens=True)) as api:
        tokens = api.sandbox.install_app()
        seen = {tokens["refresh_token"]}
        for _ in range(3):
            tokens = (await api.refresh(tokens["refresh_token"])).body
            assert await api.status_for(tokens["access_token"]) == 200
            seen.add(tokens["refresh_token"])
        assert len(seen) == 4


async def test_a_replaced_refresh_token_used_again_ends_all_of_the_same_consent() -> None:
    async with serving(Sandbox(leads=0, rotate_refresh_tokens=True)) as api:
        stolen, other = api.sandbox.install_app(), api.sandbox.install_app()
        renewed = (await api.refresh(stolen["refresh_token"])).body
        assert_no_consent(await api.refresh(stolen["refresh_token"]), *INVALID)
        assert_no_consent(await api.refresh(renewed["refresh_token"]), *INVALID)
        assert await api.status_for(stolen["access_token"]) == 401
        assert await api.status_for(renewed["access_token"]) == 401
        assert await api.status_for(other["access_token"]) == 200
        assert (await api.refresh(other["refresh_token"])).status == 200


@pytest.mark.parametrize(("rotate", "again"), [(False, 200), (True, 400)])
async def test_a_refresh_may_be_done_and_its_reply_lost(*, rotate: bool, again: int) -> None:
    async with serving(Sandbox(leads=0, rotate_refresh_tokens=rotate)) as api:
        tokens = api.sandbox.install_app()
        api.sandbox.fail("oauthToken", drop=True, after_commit=True)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await api.refresh(tokens["refresh_token"])
        assert (await api.refresh(tokens["refresh_token"])).status == again


@pytest.mark.parametrize("fault", [{"status": 500}, {"drop": True}], ids=str)
async def test_a_refresh_that_failed_was_not_done(fault: dict[str, Any]) -> None:
    async with serving(Sandbox(leads=0, rotate_refresh_tokens=True)) as api:
        tokens = api.sandbox.install_app()
        api.sandbox.fail("oauthToken", **fault)
        try:
            reply = await api.refresh(tokens["refresh_token"])
            assert reply.status == 500
        except aiohttp.ServerDisconnectedError:
            assert fault == {"drop": True}
        assert (await api.refresh(tokens["refresh_token"])).status == 200


# What the reply says


@pytest.mark.parametrize(
    "value", [0, -5, "3599", None, 10**400, [1]], ids=lambda value: f"{value!s:.9}"
)
async def test_the_reply_says_what_a_test_wants(value: Any) -> None:
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


def test_the_reply_may_lack_fields_and_name_another_domain() -> None:
    sandbox = Sandbox(leads=0)
    sandbox.token_reply(without=("expires_in", "scope"), api_domain="https://evil.example")
    reply = sandbox.install_app()
    assert list(reply) == ["access_token", "token_type", "refresh_token", "api_domain"]
    assert reply["api_domain"] == "https://evil.example"


# How they are revoked


async def revoked(api: Api, token: str, **form: str) -> None:
    reply = await api.revoke(token=token, **form)
    assert (reply.status, reply.body) == (200, {"success": True})


@pytest.mark.parametrize("form", [{}, {"token_type_hint": "refresh_token"}], ids=str)
async def test_revoking_a_refresh_token_ends_all_of_the_same_consent(form: Any) -> None:
    async with serving(Sandbox(leads=0)) as api:
        tokens, other = api.sandbox.install_app(), api.sandbox.install_app()
        renewed = (await api.refresh(tokens["refresh_token"])).body
        await revoked(api, tokens["refresh_token"], **form)
        assert_no_consent(await api.refresh(tokens["refresh_token"]), *INVALID)
        assert await api.status_for(tokens["access_token"]) == 401
        assert await api.status_for(renewed["access_token"]) == 401
        assert await api.status_for(other["access_token"]) == 200
        assert (await api.get()).status == 200


@pytest.mark.parametrize("form", [{}, {"token_type_hint": "access_token"}], ids=str)
async def test_revoking_an_access_token_ends_nothing_else(form: Any) -> None:
    async with serving(Sandbox(leads=0)) as api:
        tokens = api.sandbox.install_app()
        await revoked(api, tokens["access_token"], **form)
        assert await api.status_for(tokens["access_token"]) == 401
        assert (await api.refresh(tokens["refresh_token"])).status == 200


async def test_revoking_an_unknown_token_changes_nothing() -> None:
    async with serving(Sandbox(leads=0)) as api:
        tokens = api.sandbox.install_app()
        await revoked(api, "unknown")
        assert await api.status_for(tokens["access_token"]) == 200
        assert (await api.refresh(tokens["refresh_token"])).status == 200


async def test_taking_back_all_access_ends_codes_and_refresh_tokens_until_a_consent() -> None:
    async with serving(Sandbox(leads=0)) as api:
        code, tokens = await api.new_code(), api.sandbox.install_app()
        api.sandbox.revoke()
        assert (await api.exchange(code)).body["error"] == "invalid_grant"
        assert_no_consent(await api.refresh(tokens["refresh_token"]), *INVALID)
        assert await api.status_for(tokens["access_token"]) == 401
        assert (await api.get()).status == 401
        again = (await api.exchange(await api.new_code())).body
        assert await api.status_for(again["access_token"]) == 200
