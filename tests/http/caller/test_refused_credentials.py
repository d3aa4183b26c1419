"""Test that the message of a 401 says what it can mean for the credential."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pipedrive_leads_async import AccessToken, ApiToken, AuthenticationError, LeadsClient, OAuth2
from tests.support.calls import ALL, CANARY, Call
from tests.support.raw_server import RawServer, failure, http
from tests.support.token_server import TokenServer

MEANINGS: Final = {
    "api": ["wrong or was regenerated", "AccessToken", "another company", "the path is wrong"],
    "access": ["has ended", "was revoked", "ApiToken", "another company", "the path is wrong"],
    "oauth": ["uninstalled the app", "authorization_url()", "another company", "path is wrong"],
}


async def message_of(call: Call, auth: Any, response: bytes) -> str:
    async with (
        RawServer((response,)) as server,
        LeadsClient(auth, base_url=server.url) as client,
    ):
        with pytest.raises(AuthenticationError) as caught:
            await call(client)
    return str(caught.value)


@pytest.mark.parametrize("response", [failure(401, "unauthorized access"), http(401)])
@pytest.mark.parametrize("call", ALL)
@pytest.mark.parametrize("kind", MEANINGS)
async def test_401_names_its_causes_for_the_credential(
    kind: str, call: Call, response: bytes
) -> None:
    async with TokenServer() as host:
        auths: dict[str, Any] = {
            "api": ApiToken(CANARY),
            "access": AccessToken(CANARY),
            "oauth": OAuth2(
                "client-id",
                "canary-client-secret",
                "https://example.com/callback",
                token=host.token(),
                oauth_url=host.url,
            ),
        }
        message = await message_of(call, auths[kind], response)
    assert [meaning for meaning in MEANINGS[kind] if meaning not in message] == []
    assert message.endswith("run `python -m pipedrive_leads_async doctor` to find out")
    assert "\n" not in message


async def test_other_refusal_does_not_blame_the_credential() -> None:
    async with RawServer((failure(404),)) as server, LeadsClient(CANARY, base_url=server.url) as c:
        with pytest.raises(Exception, match="404") as caught:
            await ALL[0](c)
    assert "It may be" not in str(caught.value)
