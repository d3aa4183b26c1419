"""Test the requests that the sandbox sends to the callback URL of an app, and its install URL."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple, TypeAlias

import pytest
from aiohttp import web
from yarl import URL

from pipedrive_leads_async.sandbox import Sandbox
from pipedrive_leads_async.webhooks import parse_uninstall
from tests.support.sandbox_api import CALLBACK, Api, serving


class Received(NamedTuple):
    method: str
    target: str
    authorization: str | None
    body: Any


@asynccontextmanager
async def receiver() -> AsyncGenerator[tuple[str, asyncio.Queue[Received]], None]:
    """Serve a callback URL in this event loop; yield it and the requests that it receives."""
    received = asyncio.Queue[Received]()

    async def receive(request: web.BaseRequest) -> web.Response:
        assert request.content_type == "application/json"
        authorization = request.headers.get("authorization")
        body = await request.json()
        received.put_nowait(Received(request.method, request.path_qs, authorization, body))
        return web.Response(status=500)

    server = web.ServerRunner(web.Server(receive))
    await server.setup()
    site = web.TCPSite(server, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"{site.name}/callback?a=1", received
    finally:
        await server.cleanup()


async def works(api: Api, access_token: str) -> bool:
    return await api.status_for(access_token) == 200


async def test_uninstallation_can_be_parsed_by_the_library() -> None:
    sandbox = Sandbox(leads=0)
    _, marco, _ = sandbox.users
    async with receiver() as (url, received):
        marco.uninstall_app(url)
        request = await received.get()
    event = parse_uninstall(
        json.dumps(request.body),
        request.authorization,
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
    )
    assert (event.company_id, event.user_id) == (7780468, marco.id)


async def test_uninstalled_app_receives_a_delete_with_its_credentials() -> None:
    sandbox = Sandbox(leads=0)
    _, marco, _ = sandbox.users
    async with receiver() as (url, received):
        marco.uninstall_app(url)
        request = await received.get()
    assert (request.method, request.target) == ("DELETE", "/callback?a=1")
    credentials = f"{sandbox.client_id}:{sandbox.client_secret}".encode()
    assert request.authorization == f"Basic {base64.b64encode(credentials).decode()}"
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(request.body.pop("timestamp"))
    assert dt.timedelta(0) <= age < dt.timedelta(minutes=1)
    assert request.body == {
        "client_id": sandbox.client_id,
        "company_id": 7780468,
        "user_id": marco.id,
    }


async def test_sharing_sends_a_post_without_credentials() -> None:
    _, marco, _ = Sandbox(leads=0).users
    async with receiver() as (url, received):
        for is_shared in (True, False):
            await asyncio.to_thread(marco.share_app, url, is_shared=is_shared)
            request = received.get_nowait()  # in a thread, the call waits for the response
            ids = {"company_id": 7780468, "user_id": marco.id}
            assert request == ("POST", "/callback?a=1", None, ids | {"isShared": is_shared})


async def test_uninstalling_ends_the_access_of_one_user_and_keeps_the_api_token() -> None:
    async with serving(Sandbox(leads=0)) as api:
        first, marco, _ = api.sandbox.users
        tokens, other = first.install_app(), marco.install_app()
        code = await api.new_code()
        await asyncio.to_thread(api.sandbox.uninstall_app, "http://127.0.0.1:9/nobody-listens")
        assert not await works(api, tokens["access_token"])
        assert not await works(api, first.access_token)
        assert (await api.refresh(tokens["refresh_token"])).status == 400
        assert (await api.exchange(code)).status == 400
        assert (await api.get()).status == 200
        assert await works(api, other["access_token"])
        again = (await api.exchange(await api.new_code())).body
        assert await works(api, again["access_token"])


async def test_uninstalling_deletes_the_webhooks_that_the_app_added_for_the_user() -> None:
    async with serving(Sandbox(leads=0)) as api:
        first, marco, _ = api.sandbox.users
        headers = [
            {"authorization": f"Bearer {first.access_token}"},
            {"authorization": f"Bearer {marco.access_token}"},
            {"x-api-token": first.api_token},
        ]
        for i, each in enumerate(headers):
            body = {
                "subscription_url": f"https://app.example/{i}",
                "event_action": "*",
                "event_object": "lead",
                "name": "x",
            }
            assert (await api.call("POST", "/webhooks", each, json=body)).status == 201
        await asyncio.to_thread(first.uninstall_app, "http://127.0.0.1:9/")
        left = [hook["subscription_url"] for hook in (await api.get("/webhooks")).data]
        assert left == ["https://app.example/1", "https://app.example/2"]


async def test_install_url_leads_to_the_callback_with_a_code_and_no_state() -> None:
    async with serving(Sandbox(leads=0)) as api:
        page = URL(api.sandbox.install_url(f"{CALLBACK}?a=1"))
        reply = await api.call("GET", page.path_qs)
        callback = URL(reply.headers["location"])
        assert (sorted(callback.query), callback.query["a"]) == (["a", "code"], "1")
        exchanged = await api.exchange(callback.query["code"], redirect_uri=f"{CALLBACK}?a=1")
        assert await works(api, exchanged.body["access_token"])


Control: TypeAlias = Callable[[Sandbox, Any], object]

CONTROLS: Final[Mapping[str, Control]] = {
    "uninstall_app": lambda sandbox, url: sandbox.uninstall_app(url),
    "share_app": lambda sandbox, url: sandbox.users[1].share_app(url),
    "install_url": lambda sandbox, url: sandbox.install_url(url),
}


@pytest.mark.parametrize(("url", "error"), [("callback", ValueError), (5, TypeError)])
@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_invalid_callback_url_is_refused(
    control: Control, url: Any, error: type[Exception]
) -> None:
    with Sandbox(leads=0) as sandbox, pytest.raises(error, match="callback_url must be "):
        control(sandbox, url)


def test_sharing_with_a_flag_of_another_type_is_refused() -> None:
    share: Any = Sandbox(leads=0).users[0].share_app
    with pytest.raises(TypeError, match="is_shared must be a bool, got str"):
        share("https://app.example", is_shared="no")
