"""Test each way to leave `examples/oauth_app.py`, and that idle grants are kept."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from tests.examples.oauth_app.browsers import Browser, Page, RunningApp, browser
from tests.support.sandbox_api import until

DAY: Final = 86_400.0


@pytest.fixture
async def colleague(app: RunningApp) -> AsyncIterator[Browser]:
    """Return the browser of the second user of the company, who is logged in."""
    async with browser() as colleague:
        app.sandbox.users[1].log_in()
        await colleague.open(f"{app.url}/login")
        app.sandbox.users[0].log_in()
        yield colleague


def basic(username: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def body_for(app: RunningApp) -> dict[str, Any]:
    """Return the body of the request that the first user has uninstalled the app."""
    return {
        "client_id": app.sandbox.client_id,
        "company_id": 7780468,
        "user_id": app.sandbox.users[0].id,
        "timestamp": "2026-11-30T10:00:00.000Z",
    }


async def disconnect(app: RunningApp, user: Browser) -> Page:
    page = await user.open(f"{app.url}/disconnect")
    return await user.open(f"{app.url}/disconnect", page.form)


def token_of(app: RunningApp, index: int) -> Any:
    """Return the saved token of a user of the company."""
    return json.loads((app.tokens / f"7780468-{app.sandbox.users[index].id}.json").read_text())


async def test_disconnecting_revokes_the_refresh_token_of_one_user(
    app: RunningApp, user: Browser, colleague: Browser
) -> None:
    await user.open(f"{app.url}/login")
    token = token_of(app, 0)
    async with browser() as second_window:
        await second_window.open(f"{app.url}/login")
        assert (await disconnect(app, user)).text == "The app is uninstalled."
        assert app.saved == [f"7780468-{app.sandbox.users[1].id}.json"]
        revocations = [
            each.body for each in app.sandbox.requests if each.operation == "oauthRevoke"
        ]
        assert [each["token_type_hint"] for each in revocations] == ["refresh_token"]
        assert revocations[0]["token"] != token["access_token"]
        assert (await colleague.open(f"{app.url}/")).leads["user"] == app.sandbox.users[1].id

        # Both windows of the user are logged out.
        app.sandbox.users[2].log_in()
        for window in (user, second_window):
            assert (await window.open(f"{app.url}/")).leads["user"] == app.sandbox.users[2].id


async def test_disconnecting_needs_a_form_of_the_session(
    app: RunningApp, user: Browser, colleague: Browser
) -> None:
    await user.open(f"{app.url}/login")
    theirs = (await colleague.open(f"{app.url}/disconnect")).form
    for form in ({}, theirs):
        assert (await user.open(f"{app.url}/disconnect", form)).status == 403
    assert len(app.saved) == 2
    assert "oauthRevoke" not in app.operations()


async def test_token_is_kept_if_it_cannot_be_revoked(app: RunningApp, user: Browser) -> None:
    await user.open(f"{app.url}/login")
    app.sandbox.fail("oauthRevoke", status=503)
    page = await disconnect(app, user)
    assert (page.status, len(app.saved)) == (502, 1)
    assert (await disconnect(app, user)).status == 200
    assert app.saved == []


async def test_user_without_a_token_is_disconnected(app: RunningApp, user: Browser) -> None:
    await user.open(f"{app.url}/login")
    for name in app.saved:
        (app.tokens / name).unlink()
    assert (await disconnect(app, user)).status == 200


async def test_user_who_is_logged_out_cannot_disconnect(app: RunningApp, user: Browser) -> None:
    form = (await user.open(app.sandbox.install_url(app.callback))).form
    page = await user.open(f"{app.url}/disconnect", form)
    assert page.path == "/"
    page = await user.open(f"{app.url}/disconnect")
    assert page.form
    assert "oauthRevoke" not in app.operations()


# Uninstalled in Pipedrive


async def test_uninstalled_user_is_forgotten_and_the_others_are_not(
    app: RunningApp, user: Browser, colleague: Browser
) -> None:
    await user.open(f"{app.url}/login")
    other = app.sandbox.add_account(leads=1, burst=None)
    async with browser() as elsewhere:
        other.log_in()
        page = await elsewhere.open(f"{app.url}/login")
        await asyncio.to_thread(app.sandbox.uninstall_app, app.callback)
        others = [(7780468, app.sandbox.users[1].id), (page.leads["company"], other.users[0].id)]
        assert app.saved == sorted(f"{company}-{user}.json" for company, user in others)
        assert (await elsewhere.open(f"{app.url}/")).leads["user"] == other.users[0].id
    assert (await colleague.open(f"{app.url}/")).leads["user"] == app.sandbox.users[1].id

    # The user may install the app again.
    app.sandbox.log_in()
    assert (await user.open(f"{app.url}/")).leads["user"] == app.sandbox.users[0].id
    assert len(app.saved) == 3


async def test_uninstalled_user_is_forgotten_although_a_refresh_is_in_progress(
    app: RunningApp, user: Browser
) -> None:
    await user.open(f"{app.url}/login")
    app.sandbox.expire_access_tokens()
    app.sandbox.fail("oauthToken", delay=0.2)
    reading = asyncio.create_task(user.open(f"{app.url}/"))
    await until(lambda: len(app.operations()) == 3)
    headers = {"Authorization": basic(app.sandbox.client_id, app.sandbox.client_secret)}
    async with user.session.delete(app.callback, json=body_for(app), headers=headers) as response:
        assert response.status == 204
    assert (await reading).status == 200  # its token was still valid
    assert app.saved == []
    assert app.sessions == {}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"password": None}, 401),
        ({"password": "wrong"}, 401),
        ({"password": ""}, 401),
        ({"header": "Basic"}, 401),
        ({"header": f"Basic {'A' * 5000}"}, 401),
        ({"company_id": -1}, 400),
        ({"client_id": "another"}, 401),
        ({"client_id": None}, 401),
        ({"body": b"not JSON"}, 400),
        ({"body": b"[]"}, 400),
        ({"user_id": "../1"}, 400),
        ({}, 204),
    ],
    ids=str,
)
async def test_forged_uninstallation_forgets_nobody(
    app: RunningApp, user: Browser, change: dict[str, Any], status: int
) -> None:
    await user.open(f"{app.url}/login")
    sandbox = app.sandbox
    password = change.get("password", sandbox.client_secret)
    data = change["body"] if "body" in change else json.dumps(body_for(app) | change).encode()
    header = change.get("header") or (password is not None and basic(sandbox.client_id, password))
    headers = {"Authorization": header} if header else {}
    async with user.session.delete(app.callback, data=data, headers=headers) as response:
        text = await response.text()
    assert response.status == status
    assert bool(app.saved) is (status != 204)
    for secret in (sandbox.client_secret, sandbox.client_id, "another", "wrong"):
        assert secret not in text


async def test_message_that_the_app_is_shared_changes_nothing(
    app: RunningApp, user: Browser
) -> None:
    await user.open(f"{app.url}/login")
    before = app.saved
    await asyncio.to_thread(app.sandbox.users[1].share_app, app.callback)
    for body in (b"", b"not JSON", b'{"company_id": 1, "user_id": 2, "isShared": false}'):
        async with user.session.post(app.callback, data=body) as response:
            assert response.status == 204
    assert app.saved == before
    assert (await user.open(f"{app.url}/")).leads["user"] == app.sandbox.users[0].id


# Idle grants


async def test_user_whose_grant_was_idle_for_60_days_consents_again(
    app: RunningApp, user: Browser
) -> None:
    await user.open(f"{app.url}/login")
    app.sandbox.skip_time(61 * DAY)
    assert (await user.open(f"{app.url}/")).status == 200
    assert app.operations().count("oauthAuthorize") == 2


async def test_monthly_refresh_keeps_idle_grants(
    app: RunningApp, user: Browser, colleague: Browser
) -> None:
    await user.open(f"{app.url}/login")
    for _ in range(3):
        app.sandbox.skip_time(31 * DAY)
        assert await app.module["refresh_all"]() == 0
    for window in (user, colleague):
        assert (await window.open(f"{app.url}/")).status == 200
    assert app.operations().count("oauthAuthorize") == 2


async def test_refresh_names_the_users_who_must_consent_again_and_continues(
    app: RunningApp, colleague: Browser, user: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    await user.open(f"{app.url}/login")
    app.sandbox.users[0].revoke()
    assert await app.module["refresh_all"]() == 0
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(f"PipedriveUser(company_id=7780468, user_id={app.sandbox.users[0].id})")
    assert line.endswith(" has to install the app again")
    assert len(app.saved) == 2


async def test_refresh_that_fails_is_counted(
    app: RunningApp, colleague: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    app.sandbox.fail("oauthToken", status=503, times=2)
    assert await app.module["refresh_all"]() == 1
    assert "was not refreshed, try again: " in capsys.readouterr().out
    assert await app.module["refresh_all"]() == 0
