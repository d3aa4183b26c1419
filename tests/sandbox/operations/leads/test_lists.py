"""Test the sandbox's lists of leads: pages, filters and order."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, assert_refused, serving


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with serving(Sandbox(leads=120, burst=None)) as api:
        yield api


async def test_list_has_a_hundred_open_leads_oldest_first(api: Api) -> None:
    reply = await api.get("/leads")
    assert reply.status == 200
    assert reply.data == api.sandbox.leads[:100]
    assert reply.pagination == {
        "start": 0,
        "limit": 100,
        "more_items_in_collection": True,
        "next_start": 100,
    }


async def test_last_page_has_no_next_start(api: Api) -> None:
    for start, count in ((20, 100), (119, 1), (120, 0), (500, 0)):
        reply = await api.get("/leads", start=str(start))
        assert len(reply.data) == count
        assert reply.pagination == {
            "start": start,
            "limit": 100,
            "more_items_in_collection": False,
        }


@pytest.mark.parametrize("limit", [1, 7, 120, 500])
async def test_pages_by_next_start_return_every_lead_once(api: Api, limit: int) -> None:
    ids: list[str] = []
    start: int | None = 0
    while start is not None:
        page = await api.get("/leads", start=str(start), limit=str(limit))
        ids += page.ids
        start = page.pagination.get("next_start")
    assert ids == [lead["id"] for lead in api.sandbox.leads]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "501"},
        {"limit": "ten"},
        {"limit": ""},
        {"start": "-1"},
        {"start": "1.5"},
        {"owner_id": "me"},
        {"filter_id": "99"},
        {"updated_since": "yesterday"},
        {"updated_since": "2025-01-01T10:20:00.000Z"},
        {"updated_since": "2025-1-1T10:20:00Z"},
        {"updated_since": "2025-02-30T10:20:00Z"},
        {"updated_since": "0001-01-01T00:00:00+01:00"},
        {"sort": "color"},
        {"sort": "title UP"},
        {"sort": ""},
        {"sort": "title ASC, value ASC"},
    ],
    ids=str,
)
async def test_list_refuses_invalid_parameters(api: Api, query: dict[str, str]) -> None:
    assert_refused(await api.get("/leads", **query), *query)


async def test_archived_leads_have_their_own_list(api: Api) -> None:
    first, second, *_ = api.sandbox.leads
    api.sandbox.archive_lead(second["id"])
    api.sandbox.archive_lead(first["id"])
    archived = await api.get("/leads/archived", updated_since="ignored in this list")
    assert archived.ids == [first["id"], second["id"]]
    assert archived.pagination["more_items_in_collection"] is False
    open_leads = await api.get("/leads", limit="500", archived_status="archived")
    assert open_leads.ids == [lead["id"] for lead in api.sandbox.leads[2:]]


async def test_archived_status_selects_leads_on_an_old_server() -> None:
    async with serving(Sandbox(leads=3, honours_archived_status=True)) as api:
        first, second, third = (lead["id"] for lead in api.sandbox.leads)
        api.sandbox.archive_lead(second)
        assert (await api.get("/leads")).ids == [first, second, third]
        assert (await api.get("/leads", archived_status="all")).ids == [first, second, third]
        assert (await api.get("/leads", archived_status="archived")).ids == [second]
        assert (await api.get("/leads", archived_status="not_archived")).ids == [first, third]
        assert (await api.get("/leads/archived")).ids == [second]
        assert_refused(await api.get("/leads", archived_status="x"), "archived_status")


@pytest.mark.parametrize("name", ["owner_id", "person_id", "organization_id"])
async def test_filter_returns_the_leads_with_its_value(api: Api, name: str) -> None:
    leads = api.sandbox.leads
    value = next(lead[name] for lead in leads if lead[name] is not None)
    reply = await api.get("/leads", **{name: str(value)})
    assert reply.data == [lead for lead in leads if lead[name] == value]


async def test_filters_combine_and_filter_id_overrides_them(api: Api) -> None:
    leads = api.sandbox.leads
    lead = next(lead for lead in leads if lead["person_id"] and lead["organization_id"])
    query = {name: str(lead[name]) for name in ("person_id", "organization_id", "owner_id")}
    assert lead in (await api.get("/leads", **query)).data
    assert (await api.get("/leads", **(query | {"owner_id": "1"}))).data == []
    everything = await api.get("/leads", **query, filter_id="1", limit="500")
    assert everything.data == leads
    unseen = await api.get("/leads", **query, filter_id="2")
    assert unseen.data == [lead for lead in leads if not lead["was_seen"]]


async def test_updated_since_includes_its_own_second(api: Api) -> None:
    lead = api.sandbox.add_lead(update_time="2026-02-03T04:05:06.000Z", title="On the second")
    late = api.sandbox.add_lead(update_time=None, title="Broken")
    assert lead["id"] in (await api.get("/leads", updated_since="2026-02-03T04:05:06Z")).ids
    assert lead["id"] in (await api.get("/leads", updated_since="2026-02-03T06:05:06+02:00")).ids
    later = await api.get("/leads", updated_since="2026-02-03T04:05:07Z")
    assert not {lead["id"], late["id"]} & set(later.ids)


async def test_list_can_be_sorted_by_several_fields(api: Api) -> None:
    leads = api.sandbox.leads
    reply = await api.get("/leads", limit="500", sort="was_seen DESC, title")
    assert reply.data == sorted(leads, key=lambda lead: (not lead["was_seen"], lead["title"]))
    reply = await api.get("/leads", limit="500", sort="add_time desc")
    assert reply.data == leads[::-1]


async def test_leads_without_a_value_are_sorted_first(api: Api) -> None:
    reply = await api.get("/leads", limit="500", sort="expected_close_date ASC")
    dates = [lead["expected_close_date"] or "" for lead in reply.data]
    assert dates == sorted(dates)
    assert dates[0] == ""


async def test_values_of_different_types_can_be_sorted() -> None:
    async with serving(Sandbox(leads=0)) as api:
        for owner in ("seven", 7, None, [7], 6):
            api.sandbox.add_lead(owner_id=owner)
        reply = await api.get("/leads", sort="owner_id")
        assert [lead["owner_id"] for lead in reply.data] == [None, 6, 7, [7], "seven"]
