"""Test each way to install `examples/oauth_app.py`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from yarl import URL

from pipedrive_leads_async.sandbox import Sandbox, SandboxUser
from tests.examples.oauth_app.browsers import Browser, RunningApp, browser, running_app


def titles_for(sandbox: Sandbox, user: SandboxUser) -> list[str]:
    """Return the titles that a user may see, the newest first."""
    visible = [
        lead
        for lead in reversed(sandbox.leads)
        if lead["visible_to"] != "1" or user.id in (lead["owner_id"], sandbox.users[0].id)
    ]
    return [lead["title"] for lead in visible]


async def test_user_logs_in_once_and_sees_the_leads(app: RunningApp, user: Browser) -> None:
    page = await user.open(f"{app.url}/")
    assert page.leads["leads"] == titles_for(app.sandbox, app.sandbox.users[0])
    steps = ["oauthAuthorize", "oauthToken", "getCurrentUser", "getLeads"]
    assert app.operations("") == steps

    # A user who is logged in is not redirected to Pipedrive again.
    await user.open(f"{app.url}/")
    assert app.operations("") == [*steps, "getLeads"]


async def test_expired_token_is_refreshed_without_the_user(app: RunningApp, user: Browser) -> None:
    await user.open(f"{app.url}/login")
    app.sandbox.expire_access_tokens()
    assert (await user.open(f"{app.url}/")).status == 200
    assert app.operations() == ["oauthAuthorize", "oauthToken", "oauthToken"]


async def test_user_who_revoked_the_consent_is_asked_again(app: RunningApp, user: Browser) -> None:
    await user.open(f"{app.url}/login")
    app.sandbox.revoke()
    assert (await user.open(f"{app.url}/")).status == 200
    assert app.operations().count("oauthAuthorize") == 2


async def test_each_user_of_a_company_sees_leads_with_their_own_eyes(app: RunningApp) -> None:
    first, marco, dana = app.sandbox.users
    other = app.sandbox.add_account(leads=3, burst=None)
    app.sandbox.add_lead(title="Private", owner_id=marco.id, visible_to="1")
    async with browser() as one, browser() as two, browser() as three, browser() as four:
        browsers = {first: one, marco: two, dana: three}
        for user, window in browsers.items():
            user.log_in()
            await window.open(f"{app.url}/login")
        other.log_in()
        elsewhere = await four.open(f"{app.url}/")
        for user, window in browsers.items():
            page = await window.open(f"{app.url}/")
            assert page.leads["user"] == user.id
            assert page.leads["leads"] == titles_for(app.sandbox, user)
            assert ("Private" in page.text) is (user is not dana)
    assert elsewhere.leads["leads"] == [lead["title"] for lead in reversed(other.leads)]
    company, elsewhere_id = 7780468, elsewhere.leads["company"]
    assert elsewhere_id != company
    names = [f"{company}-{user.id}.json" for user in app.sandbox.users]
    assert app.saved == sorted([*names, f"{elsewhere_id}-{other.users[0].id}.json"])


async def test_login_ends_the_session_before_it(app: RunningApp, user: Browser) -> None:
    async with user.session.get(f"{app.url}/login", allow_redirects=False) as redirect:
        before = redirect.cookies["session"].value
    await user.open(redirect.headers["location"])
    after = user.session.cookie_jar.filter_cookies(URL(app.url))["session"].value
    sessions = [app.sessions.get(id) for id in (before, after)]
    assert [session and session.user.user_id for session in sessions] == [
        None,
        app.sandbox.users[0].id,
    ]


async def test_state_is_accepted_once_even_at_the_same_time(app: RunningApp, user: Browser) -> None:
    async with user.session.get(f"{app.url}/login", allow_redirects=False) as redirect:
        consent = redirect.headers["location"]
    async with user.session.get(consent, allow_redirects=False) as redirect:
        callback = redirect.headers["location"]
    pages = await asyncio.gather(*(user.open(callback) for _ in range(3)))
    assert sorted(page.status for page in pages) == [200, 403, 403]
    assert (await user.open(callback)).status == 403
    assert app.operations() == ["oauthAuthorize", "oauthToken"]


async def test_oldest_sessions_end_when_there_are_too_many(app: RunningApp, user: Browser) -> None:
    app.module["redirect"].__globals__["MOST_SESSIONS"] = 3
    await user.open(f"{app.url}/login")
    for count in (2, 3, 3):
        async with browser() as other:
            await other.open(app.sandbox.install_url(app.callback))
        assert len(app.sessions) == count
    assert not [session for session in app.sessions.values() if session.user]
    assert (await user.open(f"{app.url}/")).status == 200  # after a login without a question


# From the Marketplace, without a state


async def test_new_user_from_the_marketplace_confirms_before_the_exchange(
    app: RunningApp, user: Browser
) -> None:
    page = await user.open(app.sandbox.install_url(app.callback))
    assert (page.status, page.path) == (200, "/connect")
    assert "You are not logged in. Do you want to log in as the Pipedrive user" in page.text
    assert app.operations() == ["oauthAuthorize"]
    assert (await user.open(f"{app.url}/connect", page.form)).leads["user"]
    assert app.operations() == ["oauthAuthorize", "oauthToken"]
    assert len(app.saved) == 1


async def test_user_who_is_logged_out_comes_back_from_the_marketplace(
    app: RunningApp, user: Browser
) -> None:
    async with browser() as earlier:
        await earlier.open(f"{app.url}/login")
    page = await user.open(app.sandbox.install_url(app.callback))
    page = await user.open(f"{app.url}/connect", page.form)
    assert page.leads["user"] == app.sandbox.users[0].id
    assert len(app.saved) == 1


async def test_logged_in_user_sees_their_account_before_they_connect_another_one(
    app: RunningApp, user: Browser
) -> None:
    first, marco, _ = app.sandbox.users
    await user.open(f"{app.url}/login")
    marco.log_in()
    page = await user.open(app.sandbox.install_url(app.callback))
    assert f"You are user {first.id} of company 7780468." in page.text
    assert (await user.open(f"{app.url}/")).leads["user"] == first.id  # nothing happened yet
    assert (await user.open(f"{app.url}/connect", page.form)).leads["user"] == marco.id
    assert len(app.saved) == 2


async def test_form_of_another_site_or_session_connects_nobody(
    app: RunningApp, user: Browser
) -> None:
    async with browser() as attacker:
        await user.open(app.sandbox.install_url(app.callback))
        theirs = (await attacker.open(app.sandbox.install_url(app.callback))).form
        assert (await attacker.open(f"{app.url}/connect", {"token": "x" * 43})).status == 403
    async with browser() as without_session:
        assert (await without_session.open(f"{app.url}/connect", theirs)).status == 403
    for form in ({}, theirs):
        page = await user.open(f"{app.url}/connect", form)
        assert page.status == 403
        assert page.text == "This form does not belong to your session. Please try again."
    assert app.saved == []
    assert "oauthToken" not in app.operations()


@pytest.mark.parametrize("seconds", [300, 0], ids=["ended", "used"])
async def test_code_that_is_no_longer_valid_leads_through_the_login_again(
    app: RunningApp, user: Browser, seconds: float
) -> None:
    page = await user.open(app.sandbox.install_url(app.callback))
    if seconds == 0:
        app.sandbox.revoke()
    app.sandbox.skip_time(seconds)
    assert (await user.open(f"{app.url}/connect", page.form)).leads["user"]
    assert app.operations() == ["oauthAuthorize", "oauthToken"] * 2


async def test_form_connects_once(app: RunningApp, user: Browser) -> None:
    form = (await user.open(app.sandbox.install_url(app.callback))).form
    pages = await asyncio.gather(*(user.open(f"{app.url}/connect", form) for _ in range(3)))
    assert sorted(page.status for page in pages) == [200, 403, 403]
    assert app.operations() == ["oauthAuthorize", "oauthToken"]


async def test_page_without_a_code_leads_to_the_login(app: RunningApp, user: Browser) -> None:
    assert (await user.open(f"{app.url}/connect")).leads["user"]
    page = await user.open(app.sandbox.install_url(app.callback))
    await user.open(f"{app.url}/login")
    page = await user.open(f"{app.url}/connect", page.form)
    assert page.status == 403


# Refusals


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?code=", 400),
        ("?state=guessed&code=x", 403),
        ("?state=&code=x", 403),
        ("?state=guessed&error=user_denied", 403),
        ("?state=guessed&error=server_error", 403),
    ],
)
async def test_callback_of_another_login_is_refused(
    app: RunningApp, user: Browser, query: str, status: int
) -> None:
    async with user.session.get(f"{app.url}/login", allow_redirects=False):
        pass
    page = await user.open(f"{app.callback}{query}")
    assert page.status == status
    assert "oauthToken" not in app.operations()


async def test_state_of_another_browser_is_refused(app: RunningApp, user: Browser) -> None:
    async with (
        browser() as attacker,
        attacker.session.get(f"{app.url}/login", allow_redirects=False) as redirect,
    ):
        state = URL(redirect.headers["location"]).query["state"]
    page = await user.open(f"{app.callback}?state={state}&code=x")
    assert page.status == 403
    assert page.text == "This link does not belong to your login. Please try again."


async def test_declined_consent_is_explained(app: RunningApp, user: Browser) -> None:
    app.sandbox.log_in(allows=False)
    for url in (f"{app.url}/", app.sandbox.install_url(app.callback)):
        page = await user.open(url)
        assert (page.status, page.text) == (403, "You did not allow the app to see your leads.")


async def test_other_error_of_pipedrive_is_repeated_as_text(app: RunningApp, user: Browser) -> None:
    page = await user.open(f"{app.callback}?error=app_blocked&error_description=<b>Not here</b>")
    assert (page.status, page.text) == (400, "Pipedrive reports: app_blocked <b>Not here</b>")


@pytest.mark.parametrize("fault", ["oauthToken", "getCurrentUser"])
async def test_failed_exchange_is_explained_and_saves_nothing(
    app: RunningApp, user: Browser, fault: str
) -> None:
    app.sandbox.fail(fault, status=400)
    page = await user.open(f"{app.url}/login")
    assert (page.status, page.text) == (502, "Pipedrive refused the login. Please try again.")
    assert app.saved == []
    assert (await user.open(f"{app.url}/login")).status == 200


async def test_missing_scope_is_named_until_the_user_consents_again(
    app: RunningApp, user: Browser
) -> None:
    app.sandbox.change_scopes("users:read")
    page = await user.open(f"{app.url}/login")
    assert page.status == 403
    assert "The token lacks the scope leads:read" in page.text
    app.sandbox.change_scopes("leads:read")
    assert (await user.open(f"{app.url}/")).status == 403  # the old token keeps its scopes
    assert (await user.open(f"{app.url}/login")).status == 200


@pytest.mark.parametrize("callback", ["", "https://app.example/callback"])
async def test_cookies_are_secure_except_on_this_machine(
    sandbox: Sandbox, tokens: Path, user: Browser, callback: str
) -> None:
    async with (
        running_app(sandbox, tokens, callback) as app,
        user.session.get(f"{app.url}/login", allow_redirects=False) as redirect,
    ):
        cookie = redirect.cookies["session"]
    assert bool(cookie["secure"]) is (callback != "")
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
