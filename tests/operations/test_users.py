"""Test the operations on users."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import pytest

from pipedrive_leads_async import (
    AccessToken,
    DecodeError,
    LeadsClient,
    PermissionDeniedError,
    User,
    UserAccess,
    UserLanguage,
    from_dict,
    to_dict,
)
from pipedrive_leads_async.sandbox import Sandbox
from tests.support.calls import client_of
from tests.support.raw_server import RawServer, success

# The example of Pipedrive's OpenAPI file for `/users/me`.
ME: Final[dict[str, Any]] = {
    "id": 1,
    "name": "Me",
    "default_currency": "EUR",
    "locale": "et_EE",
    "lang": 1,
    "email": "me@pipedrive.com",
    "phone": "0000-0000",
    "activated": True,
    "last_login": "2019-11-21 08:45:56",
    "created": "2018-11-13 09:16:26",
    "modified": "2019-11-21 08:45:56",
    "has_created_company": True,
    "access": [
        {
            "app": "sales",
            "admin": True,
            "permission_set_id": "62cc4d7f-4038-4352-abf3-a8c1c822b631",
        }
    ],
    "active_flag": True,
    "timezone_name": "Europe/Berlin",
    "timezone_offset": "+03:00",
    "role_id": 1,
    "icon_url": None,
    "is_you": True,
    "is_deleted": False,
    "company_id": 54235233,
    "company_name": "Pipedrive",
    "company_domain": "pipedrive-12g53f",
    "company_country": "EE",
    "company_industry": "IT Services",
    "language": {"language_code": "en", "country_code": "US"},
}


async def test_users_are_listed_with_the_current_one_marked(
    client: LeadsClient, sandbox: Sandbox
) -> None:
    users = await client.get_users()
    assert [user.is_you for user in users] == [True, False, False]
    assert {lead["owner_id"] for lead in sandbox.leads} <= {user.id for user in users}
    assert [request.operation for request in sandbox.requests] == ["getUsers"]


async def test_current_user_has_the_company(client: LeadsClient, sandbox: Sandbox) -> None:
    user = await client.get_current_user()
    assert user.is_you
    assert user.company_id
    assert user.company_domain == sandbox.company_domain
    assert user.id == (await client.get_users())[0].id


async def test_every_documented_key_of_a_user_is_an_attribute() -> None:
    async with RawServer((success(ME),)) as server, client_of(server) as client:
        user = await client.get_current_user()
    assert user.last_login == dt.datetime(2019, 11, 21, 8, 45, 56, tzinfo=dt.UTC)
    assert user.access is not None
    assert user.access[0] == from_dict(UserAccess, ME["access"][0])
    assert user.language == UserLanguage(language_code="en", country_code="US")
    assert user.extra == {}
    assert to_dict(user) == ME | {"is_admin": None}


async def test_missing_scope_for_users_is_a_permission_denied_error(sandbox: Sandbox) -> None:
    sandbox.fail("getUsers", status=403)
    async with LeadsClient(AccessToken(sandbox.access_token), base_url=sandbox.url) as client:
        with pytest.raises(PermissionDeniedError, match=r"^getUsers: "):
            await client.get_users()


async def test_malformed_user_is_an_error_with_its_path() -> None:
    users = [{"id": 1, "name": "Ann"}, {"id": "2", "name": "Bo"}]
    async with RawServer((success(users),)) as server, client_of(server) as client:
        with pytest.raises(DecodeError, match=r"^getUsers: ") as caught:
            await client.get_users()
    assert caught.value.paths == ("$.data[1].id: expected int, got str",)


def test_users_are_hashed_by_their_id() -> None:
    assert hash(User(id=7, name="Ann")) == hash(User(id=7, name="Ann Lee", email="ann@lee.example"))
