"""Test the source of leads that a published Marketplace app adds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, serving


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving(Sandbox(leads=0, burst=None)) as api:
        yield api


async def add_by_app(api: Api, **fields: Any) -> Any:
    """Add a lead with the OAuth access token, and return it."""
    bearer = {"authorization": f"Bearer {api.sandbox.access_token}"}
    body = {"title": "Big order", "person_id": 1} | fields
    return (await api.call("POST", "/leads", bearer, json=body)).data


def source(lead: Any) -> tuple[Any, ...]:
    return tuple(lead[name] for name in ("origin", "origin_id", "channel", "channel_id"))


async def test_leads_of_a_published_app_have_the_recorded_source(api: Api) -> None:
    api.sandbox.publish_app()
    leads = [await add_by_app(api) for _ in range(2)]
    for lead in leads:
        assert lead["source_name"] == "API"
        assert source(lead) == ("Marketplace", api.sandbox.client_id, 8, "Example_app")
    assert leads == api.sandbox.leads


@pytest.mark.parametrize(
    ("keeps", "expected"), [(False, "the app's"), (True, "order-1")], ids=["replaced", "kept"]
)
async def test_origin_id_that_is_sent_is_replaced_or_kept(
    api: Api, keeps: bool, expected: str
) -> None:
    api.sandbox.publish_app("Acme", keeps_origin_id=keeps)
    lead = await add_by_app(api, origin_id="order-1")
    expected = api.sandbox.client_id if expected == "the app's" else expected
    assert source(lead) == ("Marketplace", expected, 8, "Acme")
    null = await add_by_app(api, origin_id=None)
    assert null["origin_id"] == api.sandbox.client_id


async def test_leads_of_other_callers_keep_their_source(api: Api) -> None:
    before = await add_by_app(api, origin_id="order-1")
    api.sandbox.publish_app()
    fields = {"title": "Big order", "person_id": 1, "origin_id": "order-2"}
    by_token = (await api.post("/leads", fields)).data
    assert source(before) == ("API", "order-1", None, None)
    assert source(by_token) == ("API", "order-2", None, None)


@pytest.mark.parametrize(
    ("name", "keeps", "error"),
    [("", False, ValueError), (8, False, TypeError), ("x", 1, TypeError)],
)
def test_publishing_an_app_refuses_wrong_arguments(name: Any, keeps: Any, error: Any) -> None:
    with pytest.raises(error, match=r"name|keeps_origin_id"):
        Sandbox(leads=0).publish_app(name, keeps_origin_id=keeps)
