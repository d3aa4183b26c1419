"""Test several accounts in one sandbox, each with its own data, tokens and limits."""

from __future__ import annotations

import asyncio
from typing import Any

from yarl import URL

from pipedrive_leads_async.sandbox import Sandbox, SandboxAccount
from tests.support.sandbox_api import Api, Reply, serving


async def leads_of(api: Api, account: SandboxAccount) -> Reply:
    return await api.call("GET", "/leads", {"x-api-token": account.api_token})


async def test_token_selects_the_account() -> None:
    async with serving(Sandbox(leads=3)) as api:
        other = api.sandbox.add_account(leads=2)
        added = other.add_lead(title="Only in the other account")
        assert (await leads_of(api, other)).ids == [lead["id"] for lead in other.leads]
        assert (await leads_of(api, other)).ids[-1] == added["id"]
        assert (await api.get()).ids == [lead["id"] for lead in api.sandbox.leads]
        assert (await api.get(f"/leads/{added['id']}")).status == 404
        bearer = {"authorization": f"Bearer {other.access_token}"}
        assert len((await api.call("GET", "/leads", bearer)).ids) == 3


def test_accounts_with_the_same_seed_share_no_id_and_no_token() -> None:
    sandbox = Sandbox(leads=20, seed=3)
    accounts = [sandbox, *(sandbox.add_account(leads=20, seed=3) for _ in range(2))]
    for values in (
        [lead["id"] for account in accounts for lead in account.leads],
        [lead["id"] for account in accounts for lead in [account.add_lead() for _ in range(20)]],
        [token for account in accounts for token in (account.api_token, account.access_token)],
        [account.company_domain for account in accounts],
    ):
        assert len(set(values)) == len(values)
    owners = [{lead["owner_id"] for lead in account.leads} for account in accounts]
    assert owners[0].isdisjoint(owners[1])
    assert owners[1].isdisjoint(owners[2])
    titles = [[lead["title"] for lead in account.leads] for account in accounts]
    assert titles[0] == titles[1] == titles[2]


def test_data_of_each_account_depends_on_the_seed_of_the_sandbox() -> None:
    def leads(seed: int) -> list[Any]:
        sandbox = Sandbox(leads=20, seed=seed)
        accounts = [sandbox, sandbox.add_account(leads=20), sandbox.add_account(leads=20)]
        return [account.leads for account in accounts]

    first, second, third = leads(7)
    assert [first, second, third] == leads(7)
    assert len({str(leads) for leads in (first, second, third)}) == 3


async def test_each_company_has_its_own_domain() -> None:
    async with serving(Sandbox(leads=0)) as api:
        other = api.sandbox.add_account(leads=0)
        for account, domain in ((api.sandbox, "sandbox"), (other, "sandbox-2")):
            reply = await api.call("GET", "/users/me", {"x-api-token": account.api_token})
            assert reply.data["company_domain"] == account.company_domain == domain
            api_domain = account.install_app()["api_domain"]
            assert api_domain == f"https://{domain}.pipedrive.com"


async def test_each_account_has_its_own_limits() -> None:
    async with serving(Sandbox(leads=0, burst=(1, 60.0), daily_tokens=20)) as api:
        other = api.sandbox.add_account(leads=0, burst=(3, 60.0), daily_tokens=60)
        third = api.sandbox.add_account(leads=0, burst=None)
        assert [(await api.get()).status for _ in range(2)] == [200, 429]
        replies = [await leads_of(api, other) for _ in range(4)]
        assert [reply.status for reply in replies] == [200, 200, 200, 429]
        assert replies[0].headers["x-daily-ratelimit-token-remaining"] == "40"
        replies = [await leads_of(api, third) for _ in range(30)]
        assert {reply.status for reply in replies} == {200}


async def test_consent_is_given_by_the_account_that_is_logged_in() -> None:
    async with serving(Sandbox(leads=1)) as api:
        other = api.sandbox.add_account(leads=2)
        for account, count in ((other, 2), (api.sandbox, 1)):
            account.log_in()
            reply = (await api.exchange(await api.new_code())).body
            assert reply["api_domain"] == f"https://{account.company_domain}.pipedrive.com"
            bearer = {"authorization": f"Bearer {reply['access_token']}"}
            assert len((await api.call("GET", "/leads", bearer)).ids) == count
        other.log_in(allows=False)
        assert "error" in URL((await api.authorize()).headers["location"]).query


async def test_revoking_access_to_one_account_spares_the_others() -> None:
    async with serving(Sandbox(leads=0)) as api:
        accounts = [api.sandbox, *(api.sandbox.add_account(leads=0) for _ in range(2))]
        tokens = [account.install_app() for account in accounts]
        accounts[0].expire_access_tokens()
        accounts[1].revoke()
        access = [await api.status_for(each["access_token"]) for each in tokens]
        assert access == [401, 401, 200]
        refreshed = [(await api.refresh(each["refresh_token"])).status for each in tokens]
        assert refreshed == [200, 400, 200]
        assert [(await leads_of(api, account)).status for account in accounts] == [200, 401, 200]


async def test_add_account_is_thread_safe_while_the_sandbox_serves() -> None:
    async with serving(Sandbox(leads=0)) as api:
        accounts = await asyncio.gather(
            *(asyncio.to_thread(api.sandbox.add_account, 1) for _ in range(20))
        )
        assert len({account.company_domain for account in accounts}) == 20
        replies = [await leads_of(api, account) for account in accounts]
        assert len({reply.ids[0] for reply in replies}) == 20


async def test_a_hundred_accounts_are_served_at_once() -> None:
    async with serving(Sandbox(leads=0)) as api:
        accounts = [api.sandbox.add_account(leads=1) for _ in range(100)]
        calls = [account for account in accounts for _ in range(3)]
        replies = await asyncio.gather(*(leads_of(api, account) for account in calls))
        assert [reply.ids for reply in replies] == [[account.leads[0]["id"]] for account in calls]
