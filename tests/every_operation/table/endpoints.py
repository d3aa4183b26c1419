"""The part of the table with the requests to endpoints that have no method of their own."""

from __future__ import annotations

from typing import Final

from pipedrive_leads_async import FormFile, LeadsClient
from tests.every_operation.table.exchanges import (
    Exchange,
    Kind,
    Operation,
    collect,
    envelope,
    last_page,
)

READ, PATCH, DELETE, POST, _ = Kind

FILE: Final = FormFile(b"content", content_type="text/plain")


async def send_form(client: LeadsClient) -> object:
    envelope = await client.request_envelope("POST", "/v1/x", form={"deal_id": 1, "file": FILE})
    return envelope["data"]


ANY_DATA: Final = Exchange(envelope(5), 5)
NO_DATA: Final = Exchange(envelope(None), None)
ANY_ROWS: Final = Exchange(last_page({"id": 5}), [{"id": 5}], last_page(5))

ENDPOINT_OPERATIONS: Final = [
    Operation("request GET", READ, lambda c: c.request("GET", "/v1/x"), ANY_DATA),
    Operation("iterate", READ, lambda c: collect(c.iterate("/v1/x")), ANY_ROWS),
    Operation("request PATCH", PATCH, lambda c: c.request("PATCH", "/v1/x"), ANY_DATA),
    Operation("request PUT", PATCH, lambda c: c.request("PUT", "/v1/x"), ANY_DATA),
    Operation("request DELETE", DELETE, lambda c: c.request("DELETE", "/v1/x"), NO_DATA),
    Operation("request POST", POST, lambda c: c.request("POST", "/v1/x"), ANY_DATA),
    Operation("request_envelope with a form", POST, send_form, ANY_DATA),
]
