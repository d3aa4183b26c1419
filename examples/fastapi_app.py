"""Serve the leads of many Pipedrive accounts, on FastAPI.

    pip install "fastapi>=0.118" uvicorn
    export TENANTS='{"acme": {"password": "for your callers", "api_token": "for Pipedrive"}}'
    uvicorn --app-dir examples fastapi_app:app

    GET  /acme/leads          every lead, a line of JSON each, in flat memory
    GET  /acme/leads/{id}     one lead
    GET  /acme/search?term=   what Pipedrive finds
    POST /acme/forms          a form of your web site: one lead, however often it is sent
    POST /acme/webhook        what happens to leads in Pipedrive: each event is kept once

Callers show by HTTP Basic, with a tenant's name and password, that they may act for it; so does
Pipedrive, if the webhook is made with these. A tenant's `base_url` may be its company's host.
DATABASE is the SQLite file that all workers share (fastapi_app.db).
"""

import json
import logging
import math
import os
import sqlite3
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from datetime import datetime
from typing import Annotated, Any

import attrs
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field, SecretStr, TypeAdapter

from pipedrive_leads_async import (
    AddLeadRequest,
    BadRequestError,
    InvalidRequestError,
    Lead,
    LeadsClient,
    NotFoundError,
    OutcomeUnknownError,
    PipedriveError,
    RateLimitedError,
    RequestTimeoutError,
    SessionManager,
    to_dict,
)
from pipedrive_leads_async.webhooks import check_basic_auth, parse_event

log = logging.getLogger("fastapi_app")

SCHEMA = """
create table if not exists forms (
    tenant text, id text, claimed_until real, person_id integer, lead_id text,
    primary key (tenant, id)
);
create table if not exists events (
    tenant text, id text, lead_id text, what text,
    primary key (tenant, id)
);
"""

# Pipedrive has nothing by which two workers could agree who makes a lead; a unique row has. Two
# minutes are more than a form takes: after them, its worker must have been killed.
CLAIM = """
insert into forms (tenant, id, claimed_until) values (:tenant, :id, :until)
on conflict do update set claimed_until = excluded.claimed_until
where lead_id is null and claimed_until < :now
returning person_id
"""
LEAD_OF = "select lead_id from forms where tenant = :tenant and id = :id"
NOTE_PERSON = "update forms set person_id = :person_id where tenant = :tenant and id = :id"
NOTE_LEAD = "update forms set lead_id = :lead_id where tenant = :tenant and id = :id"
RELEASE = """
update forms set claimed_until = 0
where tenant = :tenant and id = :id and claimed_until = :until
"""

KEEP_EVENT = "insert or ignore into events values (:tenant, :id, :lead_id, :what)"


class Tenant(BaseModel):
    """What is set for one customer of this service."""

    password: SecretStr = Field(min_length=1)
    api_token: SecretStr = Field(min_length=1)
    base_url: str | None = None


class Form(BaseModel):
    """What a visitor of a web site sent.

    The page makes the id when it is shown, so that sending it twice makes no second form.
    """

    id: str = Field(min_length=8, max_length=100)
    name: str = Field(min_length=1)
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    subject: str = Field(min_length=1)


@attrs.frozen
class Service:
    """What all requests share."""

    tenants: dict[str, Tenant]
    manager: SessionManager
    database: sqlite3.Connection


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[dict[str, Service], None]:
    """Open what all requests share when the service starts, and close it when it stops."""
    tenants = TypeAdapter(dict[str, Tenant]).validate_json(os.environ["TENANTS"])
    file = os.environ.get("DATABASE", "fastapi_app.db")
    # Each statement is a transaction of its own, and so short that it needs no thread.
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.executescript(SCHEMA)
        async with SessionManager() as manager:
            yield {"service": Service(tenants, manager, database)}


app = FastAPI(title="Leads", lifespan=lifespan)


async def service_of(request: Request) -> Service:
    """Give what all requests share."""
    service: Service = request.state.service
    return service


async def tenant_of(
    tenant: str, request: Request, service: Annotated[Service, Depends(service_of)]
) -> Tenant:
    """Let in who knows the password of the tenant."""
    settings = service.tenants.get(tenant)
    header = request.headers.get("authorization")
    if settings and check_basic_auth(header, tenant, settings.password.get_secret_value()):
        return settings
    raise HTTPException(401, "Who are you?", {"WWW-Authenticate": "Basic"})


async def client_of(
    tenant: Annotated[Tenant, Depends(tenant_of)],
    service: Annotated[Service, Depends(service_of)],
) -> AsyncGenerator[LeadsClient, None]:
    """Give the tenant a client for one request; all those of one token share its rate limit.

    It is closed when the answer was sent or nobody waits for it any more: so ends a walk.
    """
    async with LeadsClient(
        tenant.api_token.get_secret_value(),
        base_url=tenant.base_url,
        session=service.manager,
        timeout=10.0,  # for each request: people do not wait longer
    ) as client:
        yield client


@app.get("/{tenant}/leads")
async def stream_leads(
    client: Annotated[LeadsClient, Depends(client_of)], updated_since: datetime | None = None
) -> StreamingResponse:
    """Send every lead, as it comes."""
    leads = client.get_leads(updated_since=updated_since)
    # The first page comes before the answer begins: what fails here has a status of its own.
    # What fails later cuts the answer off, which tells its reader that this was not all.
    first = await anext(leads, None)

    async def lines() -> AsyncGenerator[str, None]:
        if first is not None:
            yield line(first)
        async for lead in leads:
            yield line(lead)

    return StreamingResponse(lines(), media_type="application/x-ndjson")


def line(lead: Lead) -> str:
    """Write a lead as a line of JSON."""
    return json.dumps(to_dict(lead)) + "\n"


@app.get("/{tenant}/leads/{id}")
async def show_lead(client: Annotated[LeadsClient, Depends(client_of)], id: str) -> dict[str, Any]:
    """Send one lead; as a dict, because FastAPI does not serialise attrs classes."""
    return to_dict(await client.get_lead(id))


@app.get("/{tenant}/search")
async def search(
    client: Annotated[LeadsClient, Depends(client_of)], term: str
) -> list[dict[str, Any]]:
    """Send the twenty leads that match a term best."""
    return [to_dict(found) async for found in client.search_leads(term, max_items=20)]


@app.post("/{tenant}/forms")
async def capture(
    tenant: str,
    form: Form,
    client: Annotated[LeadsClient, Depends(client_of)],
    service: Annotated[Service, Depends(service_of)],
) -> dict[str, Any]:
    """Make a lead of a form, or give the one that was made of it.

    Whatever fails, the form can be sent again. Its person is noted before its lead is sent, so
    that `ensure_lead` looks for the lead where an earlier attempt may have made it.
    """
    database, row = service.database, {"tenant": tenant, "id": form.id}
    now = time.time()
    claim = row | {"now": now, "until": now + 120}
    claimed = database.execute(CLAIM, claim).fetchone()
    if claimed is None:
        [lead_id] = database.execute(LEAD_OF, row).fetchone()
        if lead_id is None:
            raise HTTPException(409, "This form is being worked on.", {"Retry-After": "1"})
        return {"lead_id": lead_id, "created": False}
    try:
        [person_id] = claimed
        if person_id is None:
            person_id = await find_or_add_person(client, form)
            database.execute(NOTE_PERSON, row | {"person_id": person_id})
        request = AddLeadRequest(title=form.subject, person_id=person_id)
        ensured = await client.ensure_lead(request, idempotency_key=form.id)
        database.execute(NOTE_LEAD, row | {"lead_id": ensured.lead.id})
    finally:
        database.execute(RELEASE, claim)  # unless another worker has it by now
    return {"lead_id": ensured.lead.id, "created": ensured.created}


async def find_or_add_person(client: LeadsClient, form: Form) -> int:
    """Give the id of the person with the form's address, who is added if there is none."""
    query = {"term": form.email, "fields": "email", "exact_match": "true"}
    found = await client.request("GET", "/api/v2/persons/search", params=query)
    for hit in found["items"]:
        return int(hit["item"]["id"])
    person = {"name": form.name, "emails": [{"value": form.email, "primary": True}]}
    return int((await client.request("POST", "/api/v2/persons", json=person))["id"])


@app.post("/{tenant}/webhook", status_code=204, dependencies=[Depends(tenant_of)])
async def keep_event(
    tenant: str, request: Request, service: Annotated[Service, Depends(service_of)]
) -> None:
    """Keep an event for whoever works on it; what is delivered again is there already."""
    event = parse_event(await request.body())
    what = type(event).__name__
    row = {"tenant": tenant, "id": event.id, "lead_id": event.lead_id, "what": what}
    service.database.execute(KEEP_EVENT, row)


@app.exception_handler(PipedriveError)
async def tell(_: Request, error: PipedriveError) -> JSONResponse:
    """Answer in words that are meant for callers; what is meant for you is logged."""
    headers: dict[str, str] = {}
    match error:
        case InvalidRequestError():  # it names the argument
            status, detail = 422, str(error)
        case BadRequestError():
            status, detail = 422, "Pipedrive does not accept this."
        case NotFoundError():
            status, detail = 404, "There is no such lead."
        case RateLimitedError():  # of a minute or of a day
            status, detail = 503, "Too much is asked of Pipedrive: try again later."
            headers["Retry-After"] = str(math.ceil(error.retry_after or 60.0))
        case OutcomeUnknownError():
            status, detail = 503, "It is not known whether this was done: send it again."
        case RequestTimeoutError():
            status, detail = 504, "Pipedrive takes too long."
        case _:
            status, detail = 502, "Pipedrive cannot be used at the moment."
    if status >= 500:
        log.error("%s: %s (%s)", type(error).__name__, error, error.request_id)
    return JSONResponse({"detail": detail}, status, headers)
