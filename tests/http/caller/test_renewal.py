"""A credential that can renew itself: when it is asked to, and what is sent then."""

from __future__ import annotations

import attrs
import pytest

from pipedrive_leads_async import Attempt, AuthenticationError, LeadsClient
from pipedrive_leads_async._http.authorization import Authorization
from pipedrive_leads_async._http.base_url import BaseUrl
from pipedrive_leads_async._shared.secrets import SecretHeader
from tests.support.calls import ALL, DONE, QUICK, Call, add, get
from tests.support.credentials import auth_with
from tests.support.raw_server import RawServer, failure

REFUSED = (failure(401),)


@attrs.define(eq=False)
class Renewable:
    """Lets in by token 0, and by the next number each time it is renewed, up to a last one."""

    base_url: BaseUrl | None = None
    last: int = 1
    now: Authorization = attrs.field(init=False)
    settled: bool = False

    def __attrs_post_init__(self) -> None:
        self.now = self.token(0)

    def token(self, number: int) -> Authorization:
        return Authorization("Authorization", SecretHeader(f"Bearer {number}"), self.base_url)

    async def authorization(self) -> Authorization:
        return self.now

    async def renew(self, refused: Authorization) -> Authorization | None:
        number = int(refused.value.removeprefix("Bearer "))
        if number == self.last:
            return None
        self.now = self.token(number + 1)
        return self.now

    async def wait_for_refresh(self) -> None:
        self.settled = True


def tokens(server: RawServer) -> list[str]:
    return [request.headers["authorization"].removeprefix("Bearer ") for request in server.requests]


@pytest.mark.parametrize("call", ALL)
async def test_what_was_refused_is_sent_once_more_with_what_the_credential_renewed(
    call: Call,
) -> None:
    attempts: list[Attempt] = []
    credential = Renewable()
    async with (
        RawServer(REFUSED, DONE) as server,
        LeadsClient(
            auth_with(credential),
            base_url=server.url,
            retry=QUICK,
            on_attempt=attempts.append,
        ) as client,
    ):
        await call(client)
    first, second = server.requests
    assert tokens(server) == ["0", "1"]
    assert (first.method, first.target, first.body) == (second.method, second.target, second.body)
    assert [(attempt.number, attempt.status) for attempt in attempts] == [(1, 401), (2, 200)]
    assert credential.now.proved


async def test_what_is_refused_again_is_the_answer() -> None:
    async with (
        RawServer(REFUSED) as server,
        LeadsClient(auth_with(Renewable(last=9)), base_url=server.url, retry=QUICK) as client,
    ):
        with pytest.raises(AuthenticationError) as caught:
            await get(client)
    assert tokens(server) == ["0", "1"]
    assert caught.value.attempts == 2


async def test_one_call_renews_once_however_often_it_is_tried() -> None:
    async with (
        RawServer(REFUSED, (failure(503),), REFUSED) as server,
        LeadsClient(auth_with(Renewable(last=9)), base_url=server.url, retry=QUICK) as client,
    ):
        with pytest.raises(AuthenticationError):
            await get(client)
    assert tokens(server) == ["0", "1", "1"]


async def test_a_credential_that_has_nothing_else_is_not_tried_again() -> None:
    credential = Renewable(last=0)
    async with (
        RawServer(REFUSED) as server,
        LeadsClient(auth_with(credential), base_url=server.url, retry=QUICK) as client,
    ):
        with pytest.raises(AuthenticationError) as caught:
            await add(client)
    assert caught.value.attempts == len(server.requests) == 1
    assert not credential.now.proved


async def test_requests_go_where_the_credential_says_its_account_is() -> None:
    async with RawServer(DONE) as server:
        credential = Renewable(base_url=BaseUrl.parse(server.url))
        async with LeadsClient(auth_with(credential), retry=QUICK) as client:
            await get(client)
        assert len(server.requests) == 1


async def test_a_base_url_that_was_given_comes_before_the_credentials() -> None:
    async with RawServer(DONE) as elsewhere, RawServer(DONE) as server:
        credential = Renewable(base_url=BaseUrl.parse(elsewhere.url))
        async with LeadsClient(auth_with(credential), base_url=server.url, retry=QUICK) as client:
            await get(client)
        assert len(server.requests) == 1
        assert not elsewhere.requests


async def test_a_closing_client_waits_for_what_its_credential_must_not_lose() -> None:
    credential = Renewable()
    await LeadsClient(auth_with(credential)).aclose()
    assert credential.settled
