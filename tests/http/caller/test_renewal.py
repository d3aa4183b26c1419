"""Test when a credential renews its authorization, and how the request is then sent."""

from __future__ import annotations

import io

import attrs
import pytest

from pipedrive_leads_async import Attempt, AuthenticationError, FormFile, LeadsClient
from pipedrive_leads_async._http.authorization import Authorization
from pipedrive_leads_async._http.base_url import BaseUrl
from pipedrive_leads_async._shared.secrets import SecretHeader
from tests.support.calls import ALL, DONE, QUICK, Call, add, get
from tests.support.credentials import auth_with
from tests.support.raw_server import RawServer, failure

REFUSED = (failure(401),)


@attrs.define(eq=False)
class NumberedCredential:
    """A credential whose tokens are numbers: 0, and one more after each renewal, up to `last`."""

    base_url: BaseUrl | None = None
    last: int = 1
    current: Authorization = attrs.field(init=False)
    waited: bool = False

    def __attrs_post_init__(self) -> None:
        self.current = self.token(0)

    def token(self, number: int) -> Authorization:
        return Authorization("Authorization", SecretHeader(f"Bearer {number}"), self.base_url)

    async def authorization(self) -> Authorization:
        return self.current

    async def renew(self, refused: Authorization) -> Authorization | None:
        number = int(refused.value.removeprefix("Bearer "))
        if number == self.last:
            return None
        self.current = self.token(number + 1)
        return self.current

    async def reload(self, refused: Authorization) -> Authorization | None:
        return None

    async def wait_for_refresh(self) -> None:
        self.waited = True


def tokens(server: RawServer) -> list[str]:
    return [request.headers["authorization"].removeprefix("Bearer ") for request in server.requests]


@pytest.mark.parametrize("call", ALL)
async def test_refused_request_is_sent_once_more_with_a_renewed_token(
    call: Call,
) -> None:
    attempts: list[Attempt] = []
    credential = NumberedCredential()
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
    assert credential.current.proved


async def test_second_refusal_is_raised() -> None:
    async with (
        RawServer(REFUSED) as server,
        LeadsClient(
            auth_with(NumberedCredential(last=9)), base_url=server.url, retry=QUICK
        ) as client,
    ):
        with pytest.raises(AuthenticationError) as caught:
            await get(client)
    assert tokens(server) == ["0", "1"]
    assert caught.value.attempts == 2


async def test_call_with_retries_renews_only_once() -> None:
    async with (
        RawServer(REFUSED, (failure(503),), REFUSED) as server,
        LeadsClient(
            auth_with(NumberedCredential(last=9)), base_url=server.url, retry=QUICK
        ) as client,
    ):
        with pytest.raises(AuthenticationError):
            await get(client)
    assert tokens(server) == ["0", "1", "1"]


async def test_credential_without_a_renewal_is_not_retried() -> None:
    credential = NumberedCredential(last=0)
    async with (
        RawServer(REFUSED) as server,
        LeadsClient(auth_with(credential), base_url=server.url, retry=QUICK) as client,
    ):
        with pytest.raises(AuthenticationError) as caught:
            await add(client)
    assert caught.value.attempts == len(server.requests) == 1
    assert not credential.current.proved


async def test_base_url_of_the_credential_is_used() -> None:
    async with RawServer(DONE) as server:
        credential = NumberedCredential(base_url=BaseUrl.parse(server.url))
        async with LeadsClient(auth_with(credential), retry=QUICK) as client:
            await get(client)
        assert len(server.requests) == 1


async def test_explicit_base_url_overrides_the_credentials() -> None:
    async with RawServer(DONE) as elsewhere, RawServer(DONE) as server:
        credential = NumberedCredential(base_url=BaseUrl.parse(elsewhere.url))
        async with LeadsClient(auth_with(credential), base_url=server.url, retry=QUICK) as client:
            await get(client)
        assert len(server.requests) == 1
        assert not elsewhere.requests


async def test_closing_client_waits_for_a_refresh_of_its_credential() -> None:
    credential = NumberedCredential()
    await LeadsClient(auth_with(credential)).aclose()
    assert credential.waited


class Pipe(io.BytesIO):
    """A file that cannot be rewound."""

    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize(("file", "sent"), [(io.BytesIO(b"x"), ["0", "1"]), (Pipe(b"x"), ["0"])])
async def test_form_is_sent_once_more_only_if_its_file_can_be_rewound(
    file: io.BytesIO, sent: list[str]
) -> None:
    async with (
        RawServer(REFUSED) as server,
        LeadsClient(auth_with(NumberedCredential()), base_url=server.url, retry=QUICK) as client,
    ):
        with pytest.raises(AuthenticationError):
            await client.request("POST", "/v1/files", form={"file": FormFile(file)})
        assert tokens(server) == sent
