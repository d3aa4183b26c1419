"""Test that files are sent to the sandbox, listed and never added twice."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pipedrive_leads_async import (
    BadRequestError,
    FormFile,
    LeadsClient,
    OutcomeUnknownError,
    RetryPolicy,
)
from pipedrive_leads_async.sandbox import Sandbox

CONTENT = b"name,seats\n" * 100_000


@asynccontextmanager
async def account() -> AsyncGenerator[tuple[LeadsClient, Sandbox, str], None]:
    """Run a sandbox; yield a client of it, and the id of its lead."""
    with Sandbox(leads=1, burst=None) as sandbox:
        quick = RetryPolicy(base=0.001)
        async with LeadsClient(sandbox.api_token, base_url=sandbox.url, retry=quick) as client:
            yield client, sandbox, sandbox.leads[0]["id"]


async def add(client: LeadsClient, lead_id: str, file: FormFile) -> Any:
    return await client.request("POST", "/v1/files", form={"lead_id": lead_id, "file": file})


def received(sandbox: Sandbox) -> list[bytes]:
    return [request.body["file"].content for request in sandbox.requests if request.body]


@pytest.mark.parametrize("kind", ["bytes", "path", "open file"])
async def test_file_of_a_lead_is_added_listed_and_deleted(kind: str, tmp_path: Path) -> None:
    (tmp_path / "seats.csv").write_bytes(CONTENT)
    contents: dict[str, Any] = {
        "bytes": CONTENT,
        "path": tmp_path / "seats.csv",
        "open file": io.BytesIO(CONTENT),
    }
    async with account() as (client, sandbox, lead_id):
        form: dict[str, str | FormFile] = {
            "lead_id": lead_id,
            "file": FormFile(contents[kind], filename="seats.csv"),
        }
        added = await client.request("POST", "/v1/files", form=form)
        assert (added["name"], added["file_size"]) == ("seats.csv", len(CONTENT))
        assert [file async for file in client.iterate("/v1/files")] == [added]
        assert await client.request("DELETE", f"/v1/files/{added['id']}") == {"id": added["id"]}
        assert [file async for file in client.iterate("/v1/files")] == []
    assert received(sandbox) == [CONTENT]


async def test_list_of_files_has_several_pages() -> None:
    async with account() as (client, sandbox, lead_id):
        for number in range(101):
            file = FormFile(str(number).encode(), content_type="text/plain")
            await add(client, lead_id, file)
        ids = [file["id"] async for file in client.iterate("/v1/files")]
        queries = [request.query for request in sandbox.requests if request.method == "GET"]
    assert ids == list(range(1, 102))
    assert queries == [{"limit": "100"}, {"start": "100", "limit": "100"}]


async def test_file_is_sent_again_after_a_429() -> None:
    async with account() as (client, sandbox, lead_id):
        sandbox.fail("addFile", status=429, retry_after=0.001)
        form: dict[str, str | FormFile] = {
            "lead_id": lead_id,
            "file": FormFile(io.BytesIO(CONTENT)),
        }
        await client.request("POST", "/v1/files", form=form)
        assert received(sandbox) == [CONTENT] * 2
        assert len([file async for file in client.iterate("/v1/files")]) == 1


@pytest.mark.parametrize("after_commit", [False, True])
async def test_file_that_may_be_added_is_not_sent_again(after_commit: bool) -> None:
    async with account() as (client, sandbox, lead_id):
        sandbox.fail("addFile", drop=True, after_commit=after_commit)
        with pytest.raises(OutcomeUnknownError):
            await add(client, lead_id, FormFile(CONTENT))
        assert len(received(sandbox)) == 1
        assert len([file async for file in client.iterate("/v1/files")]) == int(after_commit)


async def test_refusal_of_a_file_is_raised() -> None:
    async with account() as (client, _, _):
        with pytest.raises(BadRequestError, match="lead_id must be the id of a lead"):
            await add(client, "unknown", FormFile(b"x"))
