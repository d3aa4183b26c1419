"""Test the files of the sandbox."""

from __future__ import annotations

import io
from typing import Any

import aiohttp
import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.support.sandbox_api import Api, Reply, assert_refused, serving


async def upload(api: Api, content: bytes | None = b"content", **fields: str) -> Reply:
    form = aiohttp.FormData(default_to_multipart=True)
    for name, value in fields.items():
        form.add_field(name, value)
    if content is not None:
        form.add_field(
            "file", io.BytesIO(content), filename="offer.pdf", content_type="application/pdf"
        )
    return await api.call("POST", "/files", data=form)


async def test_file_is_added_listed_and_deleted() -> None:
    async with serving(Sandbox(leads=1)) as api:
        lead = api.sandbox.leads[0]["id"]
        reply = await upload(api, lead_id=lead, person_id="5")
        assert reply.status == 201
        assert (await api.get("/files")).data == [reply.data]
        assert (await api.get("/files/1")).data == reply.data
        received = api.sandbox.requests[0].body
        second = (await upload(api, deal_id=str(api.sandbox.add_deal()["id"]))).data
        assert (await api.get("/files/2")).data == second
        assert (await api.delete("/files/1")).data == {"id": 1}
        assert (await api.get("/files")).data == [second]
        assert (await api.get("/files/1")).status == (await api.delete("/files/1")).status == 404
    file = reply.data
    assert (file["id"], file["name"], file["file_size"]) == (1, "offer.pdf", 7)
    assert (file["lead_id"], file["person_id"], file["deal_id"]) == (lead, 5, None)
    assert received["lead_id"] == lead
    assert (received["file"].filename, received["file"].content) == ("offer.pdf", b"content")
    assert received["file"].content_type == "application/pdf"


async def test_file_of_several_megabytes_is_accepted() -> None:
    async with serving(Sandbox(leads=1)) as api:
        assert (await upload(api, bytes(3 << 20))).data["file_size"] == 3 << 20


async def test_page_of_files_has_at_most_100_items() -> None:
    async with serving(Sandbox(leads=1)) as api:
        assert (await api.get("/files", limit="100")).pagination["limit"] == 100
        assert_refused(await api.get("/files", limit="101"), "limit must be from 1 to 100")


@pytest.mark.parametrize(
    ("content", "fields", "error"),
    [
        (None, {"deal_id": "1"}, "file is required"),
        (None, {"file": "x"}, "file is required"),
        (b"", {"lead_id": "x"}, "lead_id must be the id of a lead"),
        (b"", {"deal_id": "99"}, "deal_id must be the id of a deal"),
        (b"", {"person_id": "x"}, "person_id must be the id of a person"),
    ],
)
async def test_invalid_form_is_refused(
    content: bytes | None, fields: dict[str, str], error: str
) -> None:
    async with serving(Sandbox(leads=1)) as api:
        assert_refused(await upload(api, content, **fields), error)


@pytest.mark.parametrize(
    "options",
    [
        {"json": {"file": "x"}},
        {"data": {"file": "x"}},
        {"data": b"x", "headers": {"content-type": "multipart/form-data"}},
        {"data": b"x", "headers": {"content-type": "multipart/form-data; boundary=y"}},
    ],
    ids=["JSON", "form without files", "no boundary", "no parts"],
)
async def test_body_that_is_no_form_is_refused(options: dict[str, Any]) -> None:
    async with serving(Sandbox(leads=1)) as api:
        headers = {"x-api-token": api.sandbox.api_token} | options.pop("headers", {})
        reply = await api.call("POST", "/files", headers, **options)
        assert_refused(reply, "The body must be a form of the type multipart/form-data.")
