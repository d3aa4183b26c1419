"""Test that OpenTelemetry's instrumentation of aiohttp traces the requests of this library."""

from __future__ import annotations

from collections.abc import Iterator

import aiohttp
import pytest
from opentelemetry.instrumentation.aiohttp_client import (
    AioHttpClientInstrumentor,
    create_trace_config,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async.sandbox import Sandbox


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(spans: InMemorySpanExporter) -> Iterator[TracerProvider]:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    yield provider
    provider.shutdown()


@pytest.fixture
def instrumented(provider: TracerProvider) -> Iterator[None]:
    AioHttpClientInstrumentor().instrument(tracer_provider=provider)
    yield
    AioHttpClientInstrumentor().uninstrument()


def describe(span: ReadableSpan) -> str:
    return str(span.to_json())


@pytest.mark.usefixtures("instrumented")
async def test_attempt_is_a_span_with_its_status_and_without_the_token(
    sandbox: Sandbox, spans: InMemorySpanExporter
) -> None:
    sandbox.fail("getLead", status=503, retry_after=0.0)
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
        await client.get_lead(sandbox.leads[0]["id"])
    first, second = spans.get_finished_spans()
    for span, status in ((first, 503), (second, 200)):
        assert span.name == "GET"
        assert str(status) in describe(span)
        assert sandbox.leads[0]["id"] in describe(span)
        assert sandbox.api_token not in describe(span)


@pytest.mark.usefixtures("instrumented")
async def test_trace_context_is_sent_to_the_server(
    sandbox: Sandbox, provider: TracerProvider, spans: InMemorySpanExporter
) -> None:
    async with LeadsClient(sandbox.api_token, base_url=sandbox.url) as client:
        with provider.get_tracer("tests").start_as_current_span("a user's work") as work:
            await client.get_lead_sources()
    sent, _ = spans.get_finished_spans()
    assert sent.parent is not None
    assert sent.parent.span_id == work.get_span_context().span_id
    headers = {name.lower(): value for name, value in sandbox.requests[-1].headers.items()}
    assert f"{work.get_span_context().trace_id:032x}" in headers["traceparent"]


async def test_trace_config_of_the_users_session_records_the_requests(
    sandbox: Sandbox, provider: TracerProvider, spans: InMemorySpanExporter
) -> None:
    trace = create_trace_config(tracer_provider=provider)
    async with (
        aiohttp.ClientSession(trace_configs=[trace]) as session,
        LeadsClient(sandbox.api_token, base_url=sandbox.url, session=session) as client,
    ):
        await client.get_lead_sources()
    assert [span.name for span in spans.get_finished_spans()] == ["GET"]
