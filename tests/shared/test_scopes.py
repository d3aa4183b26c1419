"""Test that a 403 names the OAuth scope that the token of a request lacks."""

from __future__ import annotations

import pytest

from pipedrive_leads_async import (
    AccessToken,
    AddLeadRequest,
    LeadsClient,
    OAuth2,
    PermissionDeniedError,
    Token,
)
from pipedrive_leads_async._shared.scopes import explain_mismatch
from pipedrive_leads_async.sandbox import Sandbox

NEW_CONSENT = (
    ": add it to the app in the Developer Hub, then let the user consent again, "
    "because a token keeps the scopes of its consent"
)


@pytest.mark.parametrize(
    ("method", "path", "granted", "what"),
    [
        ("GET", "/v1/leads", "base", "The token lacks the scope leads:read"),
        ("POST", "/api/v1/leads", "base,leads:read", "The token lacks the scope leads:full"),
        ("GET", "/v1/leadLabels/7", "base", "The token lacks the scope leads:read"),
        ("GET", "/v1/users", "base,leads:full", "The token lacks the scope users:read"),
        ("DELETE", "/v1/webhooks/7", "base", "The token lacks the scope admin"),
        (
            "GET",
            "/api/v2/leads/search",
            "base",
            "The token lacks the scope leads:read or search:read",
        ),
        ("PUT", "/v1/notes/7", "base", "The token lacks the scope deals:full or contacts:full"),
        ("GET", "/x/y/v1/leads", "base", "The token lacks the scope leads:read"),
        ("GET", "/v1/leads", None, "The request needs the scope leads:read"),
        ("GET", "/v1/leads", "leads:full", "The token lacks the scope of this request"),
        ("POST", "/v1/leads", "leads:full", "The token lacks the scope of this request"),
        ("GET", "/v1/goals", "base", "The token lacks the scope of this request"),
        ("GET", "/v1/goals", None, "The token lacks the scope of this request"),
        ("GET", "/", "base", "The token lacks the scope of this request"),
    ],
)
def test_mismatch_names_the_missing_scope(
    method: str, path: str, granted: str | None, what: str
) -> None:
    assert explain_mismatch(method, path, granted) == what + NEW_CONSENT


async def test_new_scope_needs_a_new_consent(sandbox: Sandbox) -> None:
    sandbox.change_scopes("leads:read")
    granted = sandbox.install_app()
    sandbox.change_scopes("leads:full")
    oauth = OAuth2(
        sandbox.client_id,
        sandbox.client_secret,
        "https://app.example/callback",
        token=Token("v1u:ended", granted["refresh_token"], expires_at=0),
        oauth_url=sandbox.oauth_url,
    )
    async with LeadsClient(oauth, base_url=sandbox.url) as client:
        assert await client.get_lead_labels()
        with pytest.raises(PermissionDeniedError) as caught:
            await client.add_lead(AddLeadRequest(title="x", person_id=1))
    assert str(caught.value) == (
        "addLead: Pipedrive returned 403: Scope and URL mismatch. "
        f"The token lacks the scope leads:full{NEW_CONSENT}"
    )
    assert caught.value.error == "Scope and URL mismatch"


async def test_access_token_without_a_known_scope_is_told_the_needed_one(sandbox: Sandbox) -> None:
    sandbox.change_scopes()
    token = sandbox.install_app()["access_token"]
    async with LeadsClient(AccessToken(token), base_url=sandbox.url) as client:
        with pytest.raises(PermissionDeniedError, match="The request needs the scope users:read: "):
            await client.get_users()


async def test_other_403_does_not_name_a_scope(sandbox: Sandbox) -> None:
    sandbox.fail("getUsers", status=403)
    async with LeadsClient(AccessToken(sandbox.access_token), base_url=sandbox.url) as client:
        with pytest.raises(PermissionDeniedError) as caught:
            await client.get_users()
    assert "scope" not in str(caught.value)
