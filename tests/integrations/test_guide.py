"""Test the programs of the guide to services in the frameworks themselves."""

from __future__ import annotations

import asyncio
import importlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from pipedrive_leads_async import (
    ConnectionFailedError,
    DailyBudgetExhaustedError,
    LeadsClient,
    PipedriveError,
    RateLimitedError,
    ServerError,
)
from pipedrive_leads_async.sandbox import Sandbox

celery: Final[Any] = importlib.import_module("celery")
django_test: Final[Any] = importlib.import_module("django.test")
dlt: Final[Any] = importlib.import_module("dlt")
settings: Final[Any] = importlib.import_module("django.conf").settings


@pytest.fixture
def _settings_of_django() -> None:
    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["*"])


def newest(sandbox: Sandbox) -> list[str]:
    return [lead["title"] for lead in sandbox.leads[:-6:-1]]


@pytest.mark.usefixtures("_settings_of_django")
async def test_views_of_django_share_a_client_under_asgi(
    guide: SimpleNamespace, sandbox: Sandbox
) -> None:
    request, lead = django_test.RequestFactory().get("/"), sandbox.leads[0]
    assert content(await guide.newest(request)) == {"titles": newest(sandbox)}
    # Django runs a synchronous view like this; its calls run in the loop of the server.
    show_lead = sync_to_async(guide.show_lead)
    assert content(await show_lead(request, lead["id"])) == {"title": lead["title"]}


@pytest.mark.usefixtures("_settings_of_django")
async def test_views_of_django_have_a_loop_each_under_wsgi(
    guide: SimpleNamespace, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = LeadsClient(sandbox.api_token, base_url=sandbox.url)
    monkeypatch.setattr("guide.client", client)
    request, lead = django_test.RequestFactory().get("/"), sandbox.leads[0]

    def serve() -> None:
        for _ in range(2):
            assert content(async_to_sync(guide.newest)(request)) == {"titles": newest(sandbox)}
            assert content(guide.show_lead(request, lead["id"])) == {"title": lead["title"]}
        async_to_sync(client.aclose)()

    await asyncio.to_thread(serve)


def content(response: Any) -> Any:
    return json.loads(response.content)


async def test_task_of_celery_adds_a_lead_once(guide: SimpleNamespace, sandbox: Sandbox) -> None:
    guide.celery_app.conf.update(task_always_eager=True, task_eager_propagates=True)
    sandbox.fail("addLead", drop=True, after_commit=True)
    results = [await asyncio.to_thread(guide.add_order.delay, 77, 1) for _ in range(2)]
    (id,) = {result.get() for result in results}
    assert [lead["id"] for lead in sandbox.leads if lead["title"] == "Order 77"] == [id]


@pytest.mark.parametrize(
    ("error", "delays"),
    [
        (ServerError(), [40, 1800]),
        (ConnectionFailedError(), [40, 1800]),
        (RateLimitedError(retry_after=90), [90, 1800]),
        (DailyBudgetExhaustedError(retry_after=25333), [1800, 1800]),
    ],
)
async def test_task_of_celery_is_retried_after_a_temporary_failure(
    guide: SimpleNamespace,
    error: PipedriveError,
    delays: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: int) -> str:
        raise error

    monkeypatch.setattr("guide.ensure_order", fail)

    def work() -> None:
        assert [delay_of_retry(guide.add_order, retries=number) for number in (0, 99)] == delays
        with pytest.raises(type(error)):
            delay_of_retry(guide.add_order, retries=100)

    await asyncio.to_thread(work)


async def test_task_of_celery_waits_after_its_worker_was_killed(guide: SimpleNamespace) -> None:
    assert guide.add_order.acks_late
    assert guide.add_order.reject_on_worker_lost
    assert delay_of_retry(guide.add_order, delivery_info={"redelivered": True}) == 40


def delay_of_retry(task: Any, **request: Any) -> float:
    """Run a task as a worker does; return the delay after which it wants to run again."""
    task.push_request(args=(77, 1), kwargs={}, called_directly=False, **request)
    try:
        with pytest.raises(celery.exceptions.Retry) as raised:
            task.run(77, 1)
    finally:
        task.pop_request()
    return float(raised.value.when)


async def test_pipeline_of_dlt_loads_each_lead_once(
    guide: SimpleNamespace, sandbox: Sandbox, tmp_path: Path
) -> None:
    def load() -> list[Any]:
        pipeline = dlt.pipeline(
            "crm",
            pipelines_dir=str(tmp_path),
            destination=dlt.destinations.duckdb(str(tmp_path / "crm.duckdb")),
        )
        for _ in range(2):
            pipeline.run(guide.load_leads())
        with pipeline.sql_client() as sql:
            rows: list[Any] = sql.execute_sql("SELECT id, title FROM leads")
        return rows

    rows = await asyncio.to_thread(load)
    assert sorted(rows) == sorted((lead["id"], lead["title"]) for lead in sandbox.leads)
