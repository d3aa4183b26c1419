"""Test a hundred accounts in one process, each with its own token, limits and errors."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, Final

import pytest

from pipedrive_leads_async import (
    AuthenticationError,
    LeadsClient,
    MemoryTokenStore,
    OAuth2,
    SessionManager,
    Token,
)
from pipedrive_leads_async.sandbox import Sandbox, SandboxAccount

ACCOUNTS: Final = 100
CALLS: Final = 10


def credential(sandbox: Sandbox, account: SandboxAccount) -> OAuth2:
    reply = account.install_app()
    token = Token(reply["access_token"], refresh_token=reply["refresh_token"])
    return OAuth2(
        sandbox.client_id,
        sandbox.client_secret,
        "https://example.com/callback",
        token=token,
        store=MemoryTokenStore(),
        oauth_url=sandbox.oauth_url,
    )


async def call(sandbox: Sandbox, auth: OAuth2, manager: SessionManager) -> Any:
    """Return the company of the user, with a new client as in a request handler."""
    async with LeadsClient(auth, base_url=sandbox.url, session=manager) as client:
        return (await client.request("GET", "/v1/users/me"))["company_domain"]


@pytest.mark.timeout(120)
async def test_concurrent_calls_of_a_hundred_accounts_are_isolated() -> None:
    with Sandbox(leads=1, burst=None) as sandbox:
        accounts = [sandbox.add_account(leads=1, burst=None) for _ in range(ACCOUNTS)]
        credentials = [credential(sandbox, account) for account in accounts]
        for account in accounts[:20]:
            account.expire_access_tokens()
        for account in accounts[-5:]:
            account.revoke()

        async with SessionManager(connections=100) as manager:
            calls = [[call(sandbox, auth, manager) for _ in range(CALLS)] for auth in credentials]
            results = await asyncio.gather(
                *(asyncio.gather(*each, return_exceptions=True) for each in calls)
            )

        for account, domains in zip(accounts[:-5], results[:-5], strict=True):
            assert set(domains) == {account.company_domain}
        for errors in results[-5:]:
            assert all(isinstance(error, AuthenticationError) for error in errors)
        tokens = Counter(request.operation for request in sandbox.requests)
        assert (
            tokens["oauthToken"] == 20 + 5
        )  # one refresh of each token, for all of its waiting calls


async def test_each_account_has_its_own_rate_limit() -> None:
    with Sandbox(leads=1, burst=(4, 0.4)) as sandbox:
        accounts = [sandbox.add_account(leads=1, burst=(4, 0.4)) for _ in range(10)]
        credentials = [credential(sandbox, account) for account in accounts]
        async with SessionManager() as manager:
            await asyncio.gather(*(call(sandbox, auth, manager) for auth in credentials))
            loop = asyncio.get_running_loop()
            started = loop.time()
            await asyncio.gather(
                *(call(sandbox, auth, manager) for auth in credentials for _ in range(6))
            )
            assert (
                loop.time() - started < 10 * 0.4
            )  # 10 accounts may send 40 requests in one window
        statuses = Counter(request.status for request in sandbox.requests)
        assert statuses[429] <= 4 * len(accounts)
