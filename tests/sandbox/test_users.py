"""Test the users of an account: each has tokens and a login, and sees other leads."""

from __future__ import annotations

from typing import Any

import pytest

from pipedrive_leads_async.sandbox import Sandbox, SandboxUser
from tests.support.sandbox_api import Api, Reply, serving


async def call_as(
    user: SandboxUser, api: Api, path: str, method: str = "GET", body: Any = None
) -> Reply:
    return await api.call(method, path, {"x-api-token": user.api_token}, json=body)


async def test_each_token_belongs_to_one_user() -> None:
    async with serving(Sandbox(leads=0)) as api:
        for user in api.sandbox.users:
            bearer = {"authorization": f"Bearer {user.access_token}"}
            by_app = await api.call("GET", "/users/me", bearer)
            by_api_token = await call_as(user, api, "/users/me")
            assert by_api_token.data["id"] == by_app.data["id"] == user.id
            assert by_app.data["company_id"] == 7780468
            listed = (await call_as(user, api, "/users")).data
            assert [each["id"] for each in listed if each["is_you"]] == [user.id]
        assert api.sandbox.users[0].api_token == api.sandbox.api_token
        assert api.sandbox.users[0].access_token == api.sandbox.access_token


async def test_private_lead_is_visible_to_its_owner_and_the_first_user() -> None:
    async with serving(Sandbox(leads=0)) as api:
        first, marco, dana = api.sandbox.users
        lead = api.sandbox.add_lead(title="Private", owner_id=marco.id, visible_to="1")
        path, search = f"/leads/{lead['id']}", "/api/v2/leads/search?term=Private"
        for user, sees in ((first, True), (marco, True), (dana, False)):
            assert len((await call_as(user, api, "/leads")).data) == sees
            assert (await call_as(user, api, path)).status == (200 if sees else 403)
            assert len((await call_as(user, api, search)).data["items"]) == sees
        api.sandbox.archive_lead(lead["id"])
        assert len((await call_as(marco, api, "/leads/archived")).data) == 1
        assert not (await call_as(dana, api, "/leads/archived")).data


async def test_private_lead_of_another_user_cannot_be_changed() -> None:
    async with serving(Sandbox(leads=0)) as api:
        _, marco, dana = api.sandbox.users
        lead = api.sandbox.add_lead(title="Private", owner_id=marco.id, visible_to="1")
        path = f"/leads/{lead['id']}"
        refused = [
            await call_as(dana, api, path, "PATCH", {"title": "Mine"}),
            await call_as(dana, api, path, "DELETE"),
            await call_as(dana, api, f"/api/v2{path}/convert/deal", "POST"),
            await call_as(dana, api, f"{path}/permittedUsers"),
        ]
        assert [reply.status for reply in refused] == [403] * 4
        assert api.sandbox.leads == [lead]
        assert (await call_as(marco, api, path, "PATCH", {"title": "Mine"})).status == 200


async def test_new_records_belong_to_the_user_who_adds_them() -> None:
    async with serving(Sandbox(leads=0)) as api:
        marco = api.sandbox.users[1]
        person = await call_as(marco, api, "/api/v2/persons", "POST", {"name": "Ann"})
        new = {"title": "Big order", "person_id": person.data["id"]}
        lead = await call_as(marco, api, "/leads", "POST", new)
        owners = person.data["owner_id"], lead.data["owner_id"], lead.data["creator_id"]
        assert owners == (marco.id,) * 3
        assert api.sandbox.add_lead()["owner_id"] == api.sandbox.users[0].id


async def test_each_user_has_a_burst_window_and_all_share_the_daily_budget() -> None:
    async with serving(Sandbox(leads=0, burst=(1, 60.0), daily_tokens=100)) as api:
        first, marco, _ = api.sandbox.users
        assert [(await call_as(first, api, "/users/me")).status for _ in range(2)] == [200, 429]
        reply = await call_as(marco, api, "/users/me")
        assert reply.status == 200
        assert reply.headers["x-daily-ratelimit-token-remaining"] == "96"


async def test_two_users_of_a_company_install_the_app() -> None:
    async with serving(Sandbox(leads=0)) as api:
        tokens: list[Any] = []
        for user in api.sandbox.users[:2]:
            user.log_in()
            tokens.append((await api.exchange(await api.new_code())).body)
        for user, granted in zip(api.sandbox.users, tokens, strict=False):
            bearer = {"authorization": f"Bearer {granted['access_token']}"}
            assert (await api.call("GET", "/users/me", bearer)).data["id"] == user.id
        api.sandbox.users[1].revoke()
        status = [await api.status_for(granted["access_token"]) for granted in tokens]
        assert status == [200, 401]
        refreshed = [(await api.refresh(granted["refresh_token"])).status for granted in tokens]
        assert refreshed == [200, 400]


async def test_user_denies_the_consent() -> None:
    async with serving(Sandbox(leads=0)) as api:
        api.sandbox.users[1].log_in(allows=False)
        assert "error=user_denied" in (await api.authorize()).headers["location"]


async def test_expiring_the_tokens_of_a_user_spares_the_others() -> None:
    async with serving(Sandbox(leads=0)) as api:
        tokens = [user.install_app()["access_token"] for user in api.sandbox.users]
        api.sandbox.users[1].expire_access_tokens()
        assert [await api.status_for(token) for token in tokens] == [200, 401, 200]
        api.sandbox.expire_access_tokens()
        assert [await api.status_for(token) for token in tokens] == [401] * 3


async def test_revoking_an_account_revokes_all_its_users() -> None:
    async with serving(Sandbox(leads=0)) as api:
        api.sandbox.revoke()
        for user in api.sandbox.users:
            assert (await call_as(user, api, "/users/me")).status == 401
            assert await api.status_for(user.access_token) == 401


async def test_inactive_user_is_listed_owns_leads_and_has_no_access() -> None:
    async with serving(Sandbox(leads=0)) as api:
        ann = api.sandbox.add_user("Ann Lee")
        lead = api.sandbox.add_lead(title="Big order", owner_id=ann.id)
        granted = ann.install_app()
        assert (await call_as(ann, api, "/users/me")).data["email"] == "ann.lee@sandbox.example"
        ann.deactivate()
        assert (await call_as(ann, api, "/users/me")).status == 401
        assert await api.status_for(granted["access_token"]) == 401
        assert (await api.refresh(granted["refresh_token"])).status == 400
        listed = {user["id"]: user for user in (await api.get("/users")).data}
        assert (listed[ann.id]["name"], listed[ann.id]["active_flag"]) == ("Ann Lee", False)
        assert (await api.get(f"/leads/{lead['id']}")).data["owner_id"] == ann.id


def test_added_users_have_ids_of_their_own_in_all_accounts() -> None:
    sandbox = Sandbox(leads=0)
    accounts = [sandbox, *(sandbox.add_account(leads=0) for _ in range(2))]
    for account in accounts:
        added = [account.add_user("Ann"), account.add_user("Bo", role_id=2)]
        assert account.users[-2:] == added
    users = [user for account in accounts for user in account.users]
    assert len({user.id for user in users}) == len({user.api_token for user in users}) == 15
    assert repr(users[0]) == f"<SandboxUser {users[0].id}>"


def test_invalid_user_is_refused() -> None:
    sandbox = Sandbox(leads=0)
    with pytest.raises(ValueError, match="name is empty"):
        sandbox.add_user(" ")
    with pytest.raises(ValueError, match="id is set by the sandbox"):
        sandbox.add_user("Ann", id=5)
    not_a_bool: Any = 1
    with pytest.raises(TypeError, match="allows must be a bool"):
        sandbox.users[1].log_in(allows=not_a_bool)
