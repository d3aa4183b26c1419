"""The sandbox's OAuth: from the page of consent to tokens, and what is refused on the way."""

from __future__ import annotations

import re

import pytest
from yarl import URL

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import CALLBACK, assert_no_consent, serving

# The page of consent


async def test_the_page_of_consent_sends_the_visitor_back_with_a_code_and_the_state() -> None:
    async with serving(Sandbox(leads=0)) as api:
        reply = await api.authorize(state="a b&c=d")
        back = URL(reply.headers["location"])
        assert (reply.status, str(back.with_query(None))) == (302, CALLBACK)
        assert back.query["state"] == "a b&c=d"
        assert re.fullmatch(r"7780468\.11884360\.[0-9a-f]{40}", back.query["code"])
        assert list(back.query) == ["code", "state"]
        assert api.sandbox.requests[0].operation == "oauthAuthorize"


@pytest.mark.parametrize(
    ("redirect_uri", "location"),
    [
        ("https://app.example/cb?tenant=7", "https://app.example/cb?tenant=7&code="),
        ("http://localhost:8000/cb", "http://localhost:8000/cb?code="),
        ("my-app://callback", "my-app://callback?code="),
    ],
)
async def test_any_uri_will_do_for_the_way_back(redirect_uri: str, location: str) -> None:
    async with serving(Sandbox(leads=0)) as api:
        reply = await api.authorize(redirect_uri=redirect_uri)
        assert reply.headers["location"].startswith(location)


async def test_a_state_that_was_not_sent_does_not_come_back() -> None:
    async with serving(Sandbox(leads=0)) as api:
        query = {"client_id": api.sandbox.client_id, "redirect_uri": CALLBACK}
        reply = await api.call("GET", "/oauth/authorize", {}, params=query)
        assert list(URL(reply.headers["location"]).query) == ["code"]


async def test_a_visitor_may_deny_until_the_next_log_in() -> None:
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
async def test_a_way_back_that_is_no_uri_is_refused(redirect_uri: str) -> None:
    async with serving(Sandbox(leads=0)) as api:
        assert_no_consent(
            await api.authorize(redirect_uri=redirect_uri),
            "invalid_request",
            "Invalid request: redirect_uri is not a valid URI",
        )


async def test_the_page_of_consent_is_for_the_registered_app_alone() -> None:
    async with serving(Sandbox(leads=0)) as api:
        assert_no_consent(
            await api.authorize(client_id="other"),
            "invalid_client",
            "Invalid client: client is invalid",
        )


# Tokens for a code


async def test_a_code_is_exchanged_for_tokens() -> None:
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
            "scope": "base,leads:full,search:read,deals:full,contacts:full,admin",
            "api_domain": "https://sandbox.pipedrive.com",
        }
        assert await api.status_for(reply.body["access_token"]) == 200


async def test_a_code_is_good_once() -> None:
    async with serving(Sandbox(leads=0)) as api:
        code = await api.new_code()
        first = await api.exchange(code)
        assert_no_consent(
            await api.exchange(code),
            "invalid_grant",
            "Invalid grant: authorization_code is invalid",
        )
        assert await api.status_for(first.body["access_token"]) == 200


@pytest.mark.parametrize("form", [{"redirect_uri": "https://app.example/other"}, {}])
async def test_a_code_is_good_with_the_uri_it_was_sent_to_alone(form: dict[str, str]) -> None:
    async with serving(Sandbox(leads=0)) as api:
        code = await api.new_code()
        assert_no_consent(
            await api.token(grant_type="authorization_code", code=code, **form),
            "invalid_request",
            "Invalid request: redirect_uri is invalid",
        )
        assert (await api.exchange(code)).status == 200


async def test_the_token_endpoint_is_found_with_a_slash_too() -> None:
    async with serving(Sandbox(leads=0)) as api:
        form = {"grant_type": "refresh_token", "refresh_token": "wrong"}
        assert (await api.post_form("/oauth/token/", form)).body["error"] == "invalid_grant"
        assert api.sandbox.requests[0].operation == "oauthToken"


# What is refused


async def test_the_client_id_and_the_secret_follow_from_the_seed() -> None:
    sandboxes = [Sandbox(leads=0, seed=seed) for seed in (1, 1, 2)]
    first, same, other = [(sandbox.client_id, sandbox.client_secret) for sandbox in sandboxes]
    assert first == same
    assert first != other


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
async def test_json_is_refused(path: str) -> None:
    async with serving(Sandbox(leads=0)) as api:
        for options in ({"json": {"grant_type": "refresh_token"}}, {}):
            assert_no_consent(
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
async def test_who_is_not_the_app_is_refused(
    path: str, headers: dict[str, str], message: str
) -> None:
    async with serving(Sandbox(leads=0)) as api:
        reply = await api.call("POST", path, headers, data={"client_id": api.sandbox.client_id})
        assert_no_consent(reply, "invalid_client", f"Invalid client: {message}")


async def test_the_secret_is_checked_and_not_only_the_id() -> None:
    async with serving(Sandbox(leads=0)) as api:
        for client in ((api.sandbox.client_id, "x"), ("x", api.sandbox.client_secret)):
            assert_no_consent(
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
async def test_a_bad_form_is_refused_in_pipedrives_words(
    form: dict[str, str], error: str, message: str
) -> None:
    async with serving(Sandbox(leads=0)) as api:
        form = {"empty": "", **form}
        assert_no_consent(await api.token(**form), error, message)


async def test_a_token_to_revoke_must_be_named() -> None:
    async with serving(Sandbox(leads=0)) as api:
        assert_no_consent(await api.revoke(), "invalid_request", "Missing parameter: token")


# As one of many operations


async def test_forms_are_logged() -> None:
    async with serving(Sandbox(leads=0)) as api:
        await api.refresh("1:1:a b")
        request = api.sandbox.requests[0]
        assert request.body == {"grant_type": "refresh_token", "refresh_token": "1:1:a b"}
        assert (request.operation, request.status) == ("oauthToken", 400)


async def test_a_form_that_is_none_is_logged_as_nothing() -> None:
    async with serving(Sandbox(leads=0)) as api:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        reply = await api.call("POST", "/oauth/token", headers, data=b"\xff")
        assert (reply.status, api.sandbox.requests[0].body) == (400, None)


async def test_oauth_costs_nothing_and_has_no_limit() -> None:
    async with serving(Sandbox(leads=0, burst=(1, 60.0), daily_tokens=40)) as api:
        tokens = (await api.exchange(await api.new_code())).body
        for _ in range(5):
            reply = await api.refresh(tokens["refresh_token"])
            assert reply.status == 200
            assert not [name for name in reply.headers if "ratelimit" in name.lower()]
        headers = (await api.get()).headers
        assert headers["x-ratelimit-remaining"] == "0"
        assert headers["x-daily-ratelimit-token-remaining"] == "20"


async def test_access_tokens_that_follow_one_another_have_one_window() -> None:
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
async def test_an_oauth_endpoint_can_fail(operation: str, path: str) -> None:
    async with serving(Sandbox(leads=0)) as api:
        api.sandbox.fail(operation, status=503)
        method = "GET" if operation == "oauthAuthorize" else "POST"
        assert (await api.call(method, path)).status == 503
        assert (await api.call(method, path)).status == 400
