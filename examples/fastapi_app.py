"""Serve the leads of many Pipedrive accounts, on FastAPI.

    pip install "fastapi>=0.118" uvicorn
    export TENANTS='{"acme": {"password": "for your callers", "api_token": "for Pipedrive"}}'
    uvicorn --app-dir examples fastapi_app:app

    GET  /acme/leads          all leads as lines of JSON, in constant memory
    GET  /acme/leads/{id}     one lead
    GET  /acme/search?term=   the results of a search
    POST /acme/forms          a form of a web site; a form sent twice adds one lead
    POST /acme/webhook        Pipedrive's webhook; each event is saved once
    POST /acme/reconcile      save the changes that webhooks have lost; for a cron job

Callers authenticate with HTTP Basic, with the name and password of a tenant. A tenant can have a
`base_url`, its company's host. PUBLIC_URL is the https URL of this service, without a slash at the
end: with it, the service creates the webhook of each tenant. Without it, create them in Pipedrive,
with the credentials of the tenant. DATABASE is the SQLite file that all workers share; the default
is fastapi_app.db.

A form of a new person would cost 95 tokens of the daily budget: 20 to search for the person, 5 to
add it, 60 to look for the lead, and 10 to add it. The claim in the database makes it 35: it proves
that the lead of a new form was never sent, so only a form that is repeated is looked for. A form
of a known person costs 31: it is read for 1 token, and not added.
"""

import asyncio
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
    AddPersonRequest,
    AddWebhookRequest,
    BadRequestError,
    DecodeError,
    EnsuredLead,
    IdempotencyKeyLostError,
    InvalidRequestError,
    Lead,
    LeadsClient,
    LeadSearchResult,
    NotFoundError,
    OutcomeUnknownError,
    PipedriveError,
    RateLimitedError,
    RequestTimeoutError,
    SessionManager,
    to_dict,
)
from pipedrive_leads_async.webhooks import (
    LeadCreated,
    LeadEvent,
    LeadUpdated,
    check_basic_auth,
    parse_event,
)

log = logging.getLogger("fastapi_app")

SCHEMA = """
create table if not exists forms (
    tenant text, id text, claimed_until real, person_id integer, lead_id text,
    primary key (tenant, id)
);
create table if not exists events (
    tenant text, id text, lead_id text, kind text, update_time text,
    primary key (tenant, id), unique (tenant, lead_id, update_time)
);
create table if not exists passes (tenant text primary key, checkpoint text);
create table if not exists unknown_events (
    tenant text, body blob, error text, received text default current_timestamp,
    primary key (tenant, body)
);
"""

# Pipedrive has no idempotency keys, so a unique row decides which worker adds the lead. A form
# takes less than two minutes: if it is not done by then, its worker was killed.
CLAIM = """
insert into forms (tenant, id, claimed_until) values (:tenant, :id, :until)
on conflict do update set claimed_until = excluded.claimed_until
where lead_id is null and claimed_until < :now
returning person_id
"""
LEAD_OF = "select lead_id from forms where tenant = :tenant and id = :id"
SAVE_PERSON = "update forms set person_id = :person_id where tenant = :tenant and id = :id"
SAVE_LEAD = "update forms set lead_id = :lead_id where tenant = :tenant and id = :id"
RELEASE = """
update forms set claimed_until = 0
where tenant = :tenant and id = :id and claimed_until = :until
"""

# A change that a webhook and a pass report has two ids, and the same lead_id and update_time. A
# deletion has no update_time.
SAVE_EVENT = "insert or ignore into events values (:tenant, :id, :lead_id, :kind, :update_time)"
SAVE_UNKNOWN_EVENT = """
insert or ignore into unknown_events (tenant, body, error) values (:tenant, :body, :error)
"""


CHECKPOINT_OF = "select max(checkpoint) from passes where tenant = :tenant"
SAVE_CHECKPOINT = "insert or replace into passes values (:tenant, :checkpoint)"


class Tenant(BaseModel):
    """The settings of one customer of this service."""

    password: SecretStr = Field(min_length=1)
    api_token: SecretStr = Field(min_length=1)
    base_url: str | None = None


class Form(BaseModel):
    """A form that a visitor of a web site sent.

    The page creates the id when it is loaded, so a form that is sent twice has one id.
    """

    id: str = Field(min_length=8, max_length=100)
    name: str = Field(min_length=1)
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    subject: str = Field(min_length=1)


@attrs.frozen
class Service:
    """The state that all requests share."""

    tenants: dict[str, Tenant]
    manager: SessionManager
    database: sqlite3.Connection


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[dict[str, Service], None]:
    """Open the shared state when the service starts, and close it when the service stops."""
    tenants = TypeAdapter(dict[str, Tenant]).validate_json(os.environ["TENANTS"])
    file = os.environ.get("DATABASE", "fastapi_app.db")
    # Each statement is a transaction of its own, and short enough to run in the event loop.
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.executescript(SCHEMA)
        async with SessionManager() as manager:
            service = Service(tenants, manager, database)
            # Not before the service runs: Pipedrive can refuse a URL that it cannot reach.
            subscribing = asyncio.create_task(subscribe(service, os.environ.get("PUBLIC_URL")))
            yield {"service": service}
            subscribing.cancel()


async def subscribe(service: Service, public_url: str | None) -> None:
    """Create the webhook of each tenant, unless it exists; all workers together create one."""
    for name, tenant in service.tenants.items() if public_url else ():
        request = AddWebhookRequest(
            f"{public_url}/{name}/webhook",
            http_auth_user=name,
            http_auth_password=tenant.password.get_secret_value(),
        )
        async with new_client(tenant, service) as client:
            try:
                await client.ensure_webhook(request)
            except PipedriveError:
                log.exception("the webhook of %s is missing: restart the service", name)


def new_client(tenant: Tenant, service: Service) -> LeadsClient:
    """Return a client; all clients of one token share its rate limit."""
    return LeadsClient(
        tenant.api_token.get_secret_value(),
        base_url=tenant.base_url,
        session=service.manager,
        timeout=10.0,  # seconds for each request, because a person waits for it
    )


app = FastAPI(title="Leads", lifespan=lifespan)


async def service_of(request: Request) -> Service:
    """Return the shared state."""
    service: Service = request.state.service
    return service


async def tenant_of(
    tenant: str, request: Request, service: Annotated[Service, Depends(service_of)]
) -> Tenant:
    """Return the tenant if the caller sent its password."""
    settings = service.tenants.get(tenant)
    header = request.headers.get("authorization")
    if settings and check_basic_auth(header, tenant, settings.password.get_secret_value()):
        return settings
    raise HTTPException(401, "Wrong name or password.", {"WWW-Authenticate": "Basic"})


async def client_of(
    tenant: Annotated[Tenant, Depends(tenant_of)],
    service: Annotated[Service, Depends(service_of)],
) -> AsyncGenerator[LeadsClient, None]:
    """Yield a client for one request.

    The client is closed, which ends its walks, when the response was sent or the caller
    disconnected.
    """
    async with new_client(tenant, service) as client:
        yield client


@app.get("/{tenant}/leads")
async def stream_leads(
    client: Annotated[LeadsClient, Depends(client_of)], updated_since: datetime | None = None
) -> StreamingResponse:
    """Stream all leads."""
    leads = client.get_leads(updated_since=updated_since)
    # Read the first lead before the response starts, so that an error has its own status. A later
    # error truncates the response, and the caller gets a connection error.
    first = await anext(leads, None)

    async def lines() -> AsyncGenerator[str, None]:
        if first is not None:
            yield line(first)
        async for lead in leads:
            yield line(lead)

    return StreamingResponse(lines(), media_type="application/x-ndjson")


def line(lead: Lead) -> str:
    """Return a lead as a line of JSON."""
    return json.dumps(to_dict(lead)) + "\n"


@app.get("/{tenant}/leads/{id}")
async def show_lead(client: Annotated[LeadsClient, Depends(client_of)], id: str) -> Lead:
    """Return one lead. FastAPI writes it as `to_dict` does."""
    return await client.get_lead(id)


@app.get("/{tenant}/search")
async def search(
    client: Annotated[LeadsClient, Depends(client_of)], term: str
) -> list[LeadSearchResult]:
    """Return the leads that best match a term in their title, notes or custom fields."""
    return [found async for found in client.search_leads(term, max_items=20)]


@app.post("/{tenant}/forms")
async def capture(
    tenant: str,
    form: Form,
    client: Annotated[LeadsClient, Depends(client_of)],
    service: Annotated[Service, Depends(service_of)],
) -> dict[str, Any]:
    """Add a lead for a form, or return the lead that was added for it before.

    After any error, the form can be sent again. Its person is recorded before its lead is sent,
    because `ensure_lead` looks among the leads of that person.
    """
    database, row = service.database, {"tenant": tenant, "id": form.id}
    now = time.time()
    claim = row | {"now": now, "until": now + 120}
    claimed = database.execute(CLAIM, claim).fetchone()
    if claimed is None:
        [lead_id] = database.execute(LEAD_OF, row).fetchone()
        if lead_id is None:
            raise HTTPException(409, "This form is being processed.", {"Retry-After": "1"})
        return {"lead_id": lead_id, "created": False}
    try:
        [person_id] = claimed
        is_new = person_id is None  # the person is recorded before the lead is sent
        if person_id is None:
            person = AddPersonRequest(name=form.name, emails=[form.email])
            person_id = (await client.ensure_person(person)).person.id
            database.execute(SAVE_PERSON, row | {"person_id": person_id})
        request = AddLeadRequest(title=form.subject, person_id=person_id)
        ensured = await send(client, request, form.id, is_new=is_new)
        database.execute(SAVE_LEAD, row | {"lead_id": ensured.lead.id})
    finally:
        database.execute(RELEASE, claim)  # does nothing if another worker claimed the form
    return {"lead_id": ensured.lead.id, "created": ensured.created}


async def send(
    client: LeadsClient, request: AddLeadRequest, key: str, *, is_new: bool
) -> EnsuredLead:
    """Add a lead for 10 tokens; one that may have been sent before is looked for, for 60 more."""
    try:
        if is_new:
            lead = await client.add_lead(request, idempotency_key=key)
            return EnsuredLead(lead=lead, created=True)
        return await client.ensure_lead(request, idempotency_key=key)
    except IdempotencyKeyLostError as error:  # the lead was added
        return EnsuredLead(lead=error.lead, created=True)


@app.post("/{tenant}/webhook", status_code=204, dependencies=[Depends(tenant_of)])
async def save_event(
    tenant: str, request: Request, service: Annotated[Service, Depends(service_of)]
) -> None:
    """Save an event; an event that is delivered again is ignored.

    The response is 204 also for an event that cannot be parsed. Any other status would count as a
    failure, and after ten failures Pipedrive bans the webhook for 30 minutes and drops its events.
    """
    body = await request.body()
    try:
        event = parse_event(body)
    except (InvalidRequestError, DecodeError) as error:
        log.warning("an event of %s cannot be parsed: %s", tenant, error)
        unknown = {"tenant": tenant, "body": body, "error": str(error)}
        service.database.execute(SAVE_UNKNOWN_EVENT, unknown)
        return
    save(service, tenant, event)


def save(service: Service, tenant: str, event: LeadEvent) -> int:
    """Save an event; return 1, or 0 if it or the same change was saved before."""
    update_time: str | None = None
    match event:
        case LeadCreated(lead=Lead() as lead) | LeadUpdated(lead=Lead() as lead):
            update_time = str(lead.update_time)
        case _:
            pass
    row = {
        "tenant": tenant,
        "id": event.id,
        "lead_id": event.lead_id,
        "kind": type(event).__name__,
        "update_time": update_time,
    }
    return service.database.execute(SAVE_EVENT, row).rowcount


@app.post("/{tenant}/reconcile")
async def reconcile(
    tenant: str,
    client: Annotated[LeadsClient, Depends(client_of)],
    service: Annotated[Service, Depends(service_of)],
) -> dict[str, int]:
    """Save the changes since the last pass that no webhook has reported; return their number.

    The first pass only starts the count. A pass costs 20 tokens for up to 500 changes.
    """
    database, saved = service.database, 0
    [checkpoint] = database.execute(CHECKPOINT_OF, {"tenant": tenant}).fetchone()
    try:
        async for changes in client.watch_lead_pages(since=checkpoint, every=None):
            with database:
                database.execute("begin")
                saved += sum(save(service, tenant, event) for event in changes.events)
                row = {"tenant": tenant, "checkpoint": changes.checkpoint}
                database.execute(SAVE_CHECKPOINT, row)
    except PipedriveError as error:
        if error.checkpoint:  # if the place in the list is lost, it is the start of the list
            row = {"tenant": tenant, "checkpoint": error.checkpoint}
            database.execute(SAVE_CHECKPOINT, row)
        raise
    return {"saved": saved}


@app.exception_handler(PipedriveError)
async def respond_to_error(_: Request, error: PipedriveError) -> JSONResponse:
    """Return a message for the caller, and log the details of failures."""
    headers: dict[str, str] = {}
    match error:
        case InvalidRequestError():  # its text names the argument
            status, detail = 422, str(error)
        case BadRequestError():
            status, detail = 422, "Pipedrive does not accept this."
        case NotFoundError():
            status, detail = 404, "This lead does not exist."
        case RateLimitedError():  # the burst limit or the daily budget
            status, detail = 503, "There are too many requests: try again later."
            headers["Retry-After"] = str(math.ceil(error.retry_after or 60.0))
        case OutcomeUnknownError():
            status, detail = 503, "It is not known whether this was done: send it again."
            headers["Retry-After"] = "30"  # until then, the client does not send it again
        case RequestTimeoutError():
            status, detail = 504, "Pipedrive takes too long."
        case _:
            status, detail = 502, "Pipedrive is unavailable at the moment."
    if status >= 500:
        log.error("%s: %s (%s)", type(error).__name__, error, error.request_id)
    return JSONResponse({"detail": detail}, status, headers)
