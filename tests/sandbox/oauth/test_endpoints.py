"""Test the OAuth endpoints of the sandbox: consent page, tokens and errors."""

from __future__ import annotations

import re

import pytest
from yarl import URL

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import CALLBACK, assert_oauth_error, serving

# The consent page


async def test_consent_page_redirects_with_a_code_and_the_state() -> None:
    async with serving(Sandbox(leads=0)) as api:
        reply = await api.authorize(state="a b&c=d")
        redirect = URL(reply.headers["location"])
        assert (reply.status, str(redirect.with_query(None))) == (302, CALLBACK)
        assert redirect.query["state"] == "a b&c=d"
        assert re.fullmatch(r"7780468\.11884360\.[0-9a-f]{40}", redirect.query["code"])
        assert list(redirect.query) == ["code", "state"]
        assert api.sandbox.requests[0].operation == "oauthAuthorize"


@pytest.mark.parametrize(
    ("redirect_uri", "location"),
    [
        ("https://app.example/cb?tenant=7", "https://app.example/cb?tenant=7&code="),
        ("http://localhost:8000/cb", "http://localhost:8000/cb?code="),
        ("my-app://callback", "my-app://callback?code="),
    ],
)
async def test_any_valid_redirect_uri_is_accepted(redirect_uri: str, location: str) -> None:
    async with serving(Sandbox(leads=0)) as api:
        reply = await api.authorize(redirect_uri=redirect_uri)
        assert reply.headers["location"].startswith(location)


async def test_redirect_has_no_state_without_one_in_the_request() -> None:
    async with serving(Sandbox(leads=0)) as api:
        query = {"client_id": api.sandbox.client_id, "redirect_uri": CALLBACK}
        reply = await api.call("GET", "/oauth/authorize", {}, params=query)
        assert list(URL(reply.headers["location"]).query) == ["code"]


async def test_consent_can_be_denied_until_the_next_log_in() -> None:
    async with serving(Sandbox(leads=0)) as api:
        api.sandbox.log_in(allows=False)
        for _ in range(2):
            reply = await api.authorize()
            assert reply.headers["location"] == f"{CALLBACK}?error=user_denied&state=abc"
        api.sandbox.log_in()
        assert (await api.exchange(await api.new_code())).status == 200


@pytest.mark.parametrize(
    "redirect_uri",
    ["", "/callback", "app.example", "https://a/#b", "https://a/\r\nx: y", "https://"],
)
async def test_invalid_redirect_uri_is_refused(redirect_uri: str) -> None:
    async with serving(Sandbox(leads=0)) as api:
        assert_oauth_error(
            await api.authorize(redirect_uri=redirect_uri),
            "invalid_request",
            "Invalid request: redirect_uri is not a valid URI",
        )


async def test_consent_page_refuses_an_unknown_client_id() -> None:
    async with serving(Sandbox(leads=0)) as api:
        assert_oauth_error(
            await api.authorize(client_id="other"),
            "invalid_client",
            "Invalid client: client is invalid",
        )


# The exchange of a code


async def test_code_is_exchanged_for_tokens() -> None:
    async with serving(Sandbox(leads=0)) as api:
        reply = await api.exchange(await api.new_code())
        assert reply.status == 200
        assert re.fullmatch("v1u:[0-9a-f]{80}", reply.body["access_token"])
        assert re.fullmatch("1:1:[0-9a-f]{40}", reply.body["refresh_token"])
        assert reply.body == {
            "access_token": reply.body["access_token"],
            "token_type": "Bearer",
            "expires_in": 3599,
            "refresh_token": reply.body["refresh_token"],
            "scope": "base,leads:full,search:read,deals:full,contacts:full,users:read,admin",
            "api_domain": "https://sandbox.pipedrive.com",
        }
        assert await api.status_for(reply.body["access_token"]) == 200


async def test_code_can_be_exchanged_only_once() -> None:
    async with serving(Sandbox(leads=0)) as api:
        code = await api.new_code()
        first = await api.exchange(code)
        assert_oauth_error(
            await api.exchange(code),
            "invalid_grant",
            "Invalid grant: authorization_code is invalid",
        )
        assert await api.status_for(first.body["access_token"]) == 200


@pytest.mark.parametrize("form", [{"redirect_uri": "https://app.example/other"}, {}])
async def test_code_can_be_exchanged_only_with_its_redirect_uri(form: dict[str, str]) -> None:
    async with serving(Sandbox(leads=0)) as api:
        code = await api.new_code()
        assert_oauth_error(
            await api.token(grant_type="authorization_code", code=code, **form),
            "invalid_request",
            "Invalid request: redirect_uri is invalid",
        )
        assert (await api.exchange(code)).status == 200


async def test_token_endpoint_accepts_a_trailing_slash() -> None:
    async with serving(Sandbox(leads=0)) as api:
        form = {"grant_type": "refresh_token", "refresh_token": "wrong"}
        assert (await api.post_form("/oauth/token/", form)).body["error"] == "invalid_grant"
        assert api.sandbox.requests[0].operation == "oauthToken"


# Client credentials and errors


async def test_client_id_and_secret_depend_on_the_seed() -> None:
    sandboxes = [Sandbox(leads=0, seed=seed) for seed in (1, 1, 2)]
    first, same, other = [(sandbox.client_id, sandbox.client_secret) for sandbox in sandboxes]
    assert first == same
    assert first != other


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
async def test_body_that_is_not_a_form_is_refused(path: str) -> None:
    async with serving(Sandbox(leads=0)) as api:
        for options in ({"json": {"grant_type": "refresh_token"}}, {}):
            assert_oauth_error(
                await api.call("POST", path, {}, **options),
                "invalid_request",
                "Invalid request: content must be application/x-www-form-urlencoded",
            )


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "cannot retrieve client credentials"),
        ({"authorization": "Bearer x"}, "cannot retrieve client credentials"),
        ({"authorization": "Basic !"}, "client is invalid"),
    ],
)
async def test_invalid_client_credentials_are_refused(
    path: str, headers: dict[str, str], message: str
) -> None:
    async with serving(Sandbox(leads=0)) as api:
        reply = await api.call("POST", path, headers, data={"client_id": api.sandbox.client_id})
        assert_oauth_error(reply, "invalid_client", f"Invalid client: {message}")


async def test_wrong_client_id_or_secret_is_refused() -> None:
    async with serving(Sandbox(leads=0)) as api:
        for client in ((api.sandbox.client_id, "x"), ("x", api.sandbox.client_secret)):
            assert_oauth_error(
                await api.post_form("/oauth/token", {"grant_type": "refresh_token"}, client),
                "invalid_client",
                "Invalid client: client is invalid",
            )


@pytest.mark.parametrize(
    ("form", "error", "message"),
    [
        ({}, "invalid_request", "Missing parameter: grant_type"),
        ({"grant_type": ""}, "invalid_request", "Missing parameter: grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request", "Missing parameter: code"),
        ({"grant_type": "refresh_token"}, "invalid_request", "Missing parameter: refresh_token"),
        (
            {"grant_type": "password"},
            "unsupported_grant_type",
            "Unsupported grant type: grant_type is invalid",
        ),
        (
            {"grant_type": "authorization_code", "code": "x"},
            "invalid_grant",
            "Invalid grant: authorization_code is invalid",
        ),
        (
            {"grant_type": "refresh_token", "refresh_token": "x"},
            "invalid_grant",
            "Invalid grant: refresh_token is invalid",
        ),
    ],
)
async def test_invalid_form_gets_the_error_of_pipedrive(
    form: dict[str, str], error: str, message: str
) -> None:
    async with serving(Sandbox(leads=0)) as api:
        form = {"empty": "", **form}
        assert_oauth_error(await api.token(**form), error, message)


async def test_revoke_endpoint_requires_a_token() -> None:
    async with serving(Sandbox(leads=0)) as api:
        assert_oauth_error(await api.revoke(), "invalid_request", "Missing parameter: token")


# Log, limits and failures


async def test_request_log_has_the_decoded_form() -> None:
    async with serving(Sandbox(leads=0)) as api:
        await api.refresh("1:1:a b")
        request = api.sandbox.requests[0]
        assert request.body == {"grant_type": "refresh_token", "refresh_token": "1:1:a b"}
        assert (request.operation, request.status) == ("oauthToken", 400)


async def test_request_log_has_no_body_for_an_invalid_form() -> None:
    async with serving(Sandbox(leads=0)) as api:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        reply = await api.call("POST", "/oauth/token", headers, data=b"\xff")
        assert (reply.status, api.sandbox.requests[0].body) == (400, None)


async def test_oauth_endpoints_have_no_cost_and_no_limit() -> None:
    async with serving(Sandbox(leads=0, burst=(1, 60.0), daily_tokens=40)) as api:
        tokens = (await api.exchange(await api.new_code())).body
        for _ in range(5):
            reply = await api.refresh(tokens["refresh_token"])
            assert reply.status == 200
            assert not [name for name in reply.headers if "ratelimit" in name.lower()]
        headers = (await api.get()).headers
        assert headers["x-ratelimit-remaining"] == "0"
        assert headers["x-daily-ratelimit-token-remaining"] == "20"


async def test_access_tokens_of_an_account_share_one_burst_window() -> None:
    async with serving(Sandbox(leads=0, burst=(1, 60.0))) as api:
        tokens = api.sandbox.install_app()
        assert await api.status_for(tokens["access_token"]) == 200
        renewed = (await api.refresh(tokens["refresh_token"])).body
        assert await api.status_for(renewed["access_token"]) == 429


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("oauthAuthorize", "/oauth/authorize"),
        ("oauthToken", "/oauth/token"),
        ("oauthRevoke", "/oauth/revoke"),
    ],
)
async def test_oauth_endpoint_can_fail(operation: str, path: str) -> None:
    async with serving(Sandbox(leads=0)) as api:
        api.sandbox.fail(operation, status=503)
        method = "GET" if operation == "oauthAuthorize" else "POST"
        assert (await api.call(method, path)).status == 503
        assert (await api.call(method, path)).status == 400
