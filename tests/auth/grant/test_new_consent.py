"""Test that a token of a new consent, which has other scopes, is used after a 403."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipedrive_leads_async import (
    AddLeadRequest,
    AuthUnavailableError,
    FileTokenStore,
    LeadsClient,
    MemoryTokenStore,
    OAuth2,
    PermissionDeniedError,
    Token,
    TokenStore,
)
from pipedrive_leads_async.sandbox import Sandbox

NEW_LEAD = AddLeadRequest(title="x", person_id=1)


def consent(sandbox: Sandbox, *scopes: str) -> Token:
    """Return the token of a new consent to these scopes."""
    sandbox.change_scopes(*scopes)
    granted = sandbox.install_app()
    return Token(granted["access_token"], granted["refresh_token"], scope=granted["scope"])


def oauth_with(sandbox: Sandbox, store: TokenStore) -> OAuth2:
    return OAuth2(
        sandbox.client_id,
        sandbox.client_secret,
        "https://app.example/callback",
        store=store,
        oauth_url=sandbox.oauth_url,
    )


def client_with(sandbox: Sandbox, store: TokenStore) -> LeadsClient:
    return LeadsClient(oauth_with(sandbox, store), base_url=sandbox.url)


def operations(sandbox: Sandbox) -> list[str | None]:
    return [request.operation for request in sandbox.requests]


@pytest.mark.unix
async def test_stored_token_of_a_new_consent_is_used_after_a_403(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    store = FileTokenStore(tmp_path / "token.json")
    await store.save(consent(sandbox, "leads:read"))
    async with client_with(sandbox, store) as client:
        await client.get_lead_labels()
        # Another process, or the page of the callback, stores the new token.
        await store.save(consent(sandbox, "leads:full"))
        assert (await client.add_lead(NEW_LEAD)).title == "x"
        await client.add_lead(NEW_LEAD)
    assert operations(sandbox) == ["getLeadLabels", "addLead", "addLead", "addLead"]
    assert len(sandbox.leads) == 7


async def test_403_without_a_new_token_is_raised_without_a_refresh(sandbox: Sandbox) -> None:
    store = MemoryTokenStore()
    await store.save(consent(sandbox, "leads:read"))
    async with client_with(sandbox, store) as client:
        for _ in range(2):
            with pytest.raises(PermissionDeniedError, match="lacks the scope leads:full"):
                await client.add_lead(NEW_LEAD)
    assert operations(sandbox) == ["addLead", "addLead"]


async def test_new_token_without_the_scope_is_tried_once(sandbox: Sandbox) -> None:
    store = MemoryTokenStore()
    await store.save(consent(sandbox))
    async with client_with(sandbox, store) as client:
        await client.get_current_user()
        await store.save(consent(sandbox, "leads:read"))
        with pytest.raises(PermissionDeniedError, match="lacks the scope leads:full"):
            await client.add_lead(NEW_LEAD)
    assert operations(sandbox) == ["getCurrentUser", "addLead", "addLead"]


async def test_token_that_another_call_has_loaded_meanwhile_is_used(sandbox: Sandbox) -> None:
    store = MemoryTokenStore()
    await store.save(consent(sandbox, "leads:read"))
    credential = oauth_with(sandbox, store).__credential__()
    refused = await credential.authorization()
    await store.save(consent(sandbox, "leads:full"))
    first, second = await credential.reload(refused), await credential.reload(refused)
    assert first is second is not None


async def test_store_that_fails_is_reported(sandbox: Sandbox) -> None:
    class Failing(MemoryTokenStore):
        fails = False

        async def load(self) -> tuple[Token, int] | None:
            if self.fails:
                raise OSError("disk")
            return await super().load()

    store = Failing()
    await store.save(consent(sandbox, "leads:read"))
    async with client_with(sandbox, store) as client:
        await client.get_lead_labels()
        store.fails = True
        with pytest.raises(AuthUnavailableError, match="the token store or on_token_update raised"):
            await client.add_lead(NEW_LEAD)


async def test_other_403_does_not_load_the_token(sandbox: Sandbox) -> None:
    store = MemoryTokenStore()
    await store.save(consent(sandbox, "leads:full"))
    async with client_with(sandbox, store) as client:
        await client.get_lead_labels()
        await store.save(consent(sandbox, "leads:full"))
        sandbox.fail("addLead", status=403)
        with pytest.raises(PermissionDeniedError, match="You do not have permissions"):
            await client.add_lead(NEW_LEAD)
    assert operations(sandbox) == ["getLeadLabels", "addLead"]
