"""Spans: one for each operation, with its real times, in the trace of whoever asked for it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode, Tracer
from tests.agents import AgentProcess, RunningAgent
from tests.peers import Peer
from tests.ports import unused_port

from telesock.client import AsyncClient, OperationDelay
from telesock.client.errors import TelesockError
from telesock.server.config import ConfigurationError
from telesock.server.traces import OperationTraces, open_traces

Listen = Callable[..., Peer]


class Spans:
    """The spans of an agent in this process, and a tracer for its client."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer: Tracer = self.provider.get_tracer("test")

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self._exporter.get_finished_spans() if span.name == name]

    def only(self, name: str) -> ReadableSpan:
        [span] = self.named(name)
        return span


@pytest.fixture
def spans(agent: RunningAgent, monkeypatch: pytest.MonkeyPatch) -> Spans:
    made = Spans()
    trace_with(made.provider, monkeypatch)
    agent.engine.sessions.watch(None, OperationTraces(made.tracer))
    return made


def trace_with(provider: TracerProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what `set_tracer_provider` does, for one test."""
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER", provider)


def parent_of(span: ReadableSpan) -> tuple[int, int] | None:
    return None if span.parent is None else (span.parent.trace_id, span.parent.span_id)


def times(span: ReadableSpan) -> tuple[int, int]:
    assert span.start_time is not None, "it has begun"
    assert span.end_time is not None, "it has ended"
    return span.start_time, span.end_time


async def test_a_span_says_what_was_done_with_whom_and_how_it_ended(
    spans: Spans, client: AsyncClient, peer: Listen
) -> None:
    listening = peer()
    before = time.time_ns()
    async with client.session() as session:
        socket = await session.connect(listening.host, listening.port)
        await socket.send(b"hello")
        session_id = session.session_id
    after = time.time_ns()

    span = spans.only("telesock.send")
    assert span.attributes == {
        "telesock.session_id": session_id,
        "telesock.socket_id": str(socket.socket_id),
        "telesock.operation_id": "2",
        "telesock.kind": "SEND",
        "telesock.status": "SUCCESS",
        "telesock.transferred_bytes": 5,
        "network.peer.address": listening.host,
        "network.peer.port": listening.port,
    }
    assert span.status.status_code is StatusCode.UNSET
    start, end = times(span)
    assert before <= start <= end <= after


async def test_a_failure_is_an_error_with_its_name_and_with_where_it_wanted_to_go(
    spans: Spans, client: AsyncClient
) -> None:
    port = unused_port()
    async with client.session() as session:
        with pytest.raises(TelesockError):
            await session.connect("127.0.0.1", port)

    span = spans.only("telesock.connect")
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "CONNECTION_REFUSED")
    assert span.attributes is not None
    wanted = ("telesock.status", "telesock.errno", "network.peer.address", "network.peer.port")
    assert [span.attributes[name] for name in wanted] == [
        "CONNECTION_REFUSED",
        "ECONNREFUSED",
        "127.0.0.1",
        port,
    ]


async def test_a_span_lasts_as_long_as_its_operation_and_names_the_faults_in_it(
    spans: Spans, client: AsyncClient, peer: Listen
) -> None:
    async with client.session() as session:
        socket = await session.connect(peer().host, peer().port)
        await session.fault(OperationDelay(delay=0.2)).__aenter__()
        await socket.send(b"late")

    span = spans.only("telesock.send")
    start, end = times(span)
    assert end - start >= 200_000_000
    assert span.attributes is not None
    assert span.attributes["telesock.faults"] == ("operation-delay-1",)


async def test_an_operation_is_a_part_of_its_clients_span_and_of_none_beside_it(
    spans: Spans, agent: RunningAgent, peer: Listen
) -> None:
    async with AsyncClient(agent.address) as client, client.session() as session:
        socket = await session.connect(peer().host, peer().port)
        with spans.tracer.start_as_current_span("the client's work") as work:
            inside = socket.send(b"x")
        await inside
        await socket.send(b"y")
        context = work.get_span_context()

    within, beside = spans.named("telesock.send")
    assert parent_of(within) == (context.trace_id, context.span_id)
    assert parent_of(beside) is None


async def test_what_a_chain_asks_for_is_a_part_of_the_same_trace(
    spans: Spans, agent: RunningAgent, peer: Listen
) -> None:
    async with AsyncClient(agent.address) as client, client.session() as session:
        with spans.tracer.start_as_current_span("the client's work") as work:
            async with session.chain() as chain:
                chain.connect(peer().host, peer().port).send(b"x")
        context = work.get_span_context()

    names = ("telesock.connect", "telesock.send", "telesock.chain")
    assert {name: parent_of(spans.only(name)) for name in names} == dict.fromkeys(
        names, (context.trace_id, context.span_id)
    )


async def test_nothing_is_remembered_of_operations_that_are_done(
    agent: RunningAgent, spans: Spans, peer: Listen
) -> None:
    traces = OperationTraces(spans.tracer)
    agent.engine.sessions.watch(None, traces)
    async with AsyncClient(agent.address) as client, client.session() as session:
        socket = await session.connect(peer().host, peer().port)
        with spans.tracer.start_as_current_span("the client's work"):
            receiving = socket.receive(1)
            await socket.send(b"x")
        assert len(traces._parents) == 1  # of what is pending
        await receiving.cancel()

    assert (traces._parents, traces.parent) == ({}, "")


# From one process to another


class Spanned(trace_service_pb2_grpc.TraceServiceServicer):
    """A place where spans are sent to."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.services: set[str] = set()
        self.arrived = asyncio.Condition()

    async def Export(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC names it
        async with self.arrived:
            for resource in request.resource_spans:
                attributes = {each.key: each.value.string_value for each in resource.resource.attributes}
                self.services.add(attributes["service.name"])
                self.spans += [span for scope in resource.scope_spans for span in scope.spans]
            self.arrived.notify_all()
        return trace_service_pb2.ExportTraceServiceResponse()

    async def until(self, name: str) -> Any:
        def found() -> list[Any]:
            return [span for span in self.spans if span.name == name]

        async with self.arrived:
            await self.arrived.wait_for(found)
        return found()[0]


@pytest.fixture
async def place(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Spanned]:
    spanned, server = Spanned(), grpc.aio.server()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(spanned, server)  # type: ignore[no-untyped-call]  # it has no types
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    yield spanned
    await server.stop(None)


async def test_an_agent_sends_its_spans_and_the_last_of_them_when_it_stops(
    place: Spanned,
    start_agent_process: Callable[..., Awaitable[AgentProcess]],
    peer: Listen,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process = await start_agent_process("--traces", "--grace", "0")
    provider = TracerProvider(shutdown_on_exit=False)
    trace_with(provider, monkeypatch)
    tracer = provider.get_tracer("test")
    async with AsyncClient(process.address) as client:
        session = await client.session().__aenter__()
        with tracer.start_as_current_span("the client's work") as work:
            connecting = session.connect(peer().host, peer().port)
        socket = await connecting
        connected = await place.until("telesock.connect")
        pending = socket.receive(1)
        await socket.send(b"x")
        process.terminate()
        with pytest.raises(TelesockError):
            await pending
    status = await process.exited()

    context = work.get_span_context()
    assert status == 0
    assert place.services == {"telesock-agent"}
    assert (connected.trace_id, connected.parent_span_id) == (
        context.trace_id.to_bytes(16),
        context.span_id.to_bytes(8),
    )
    assert {span.name for span in place.spans} == {"telesock.connect", "telesock.send", "telesock.receive"}


def test_a_variable_that_says_nothing_sensible_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")

    with pytest.raises(ConfigurationError) as caught, open_traces("agent", "1.2.3"):
        raise AssertionError("it has begun")

    assert str(caught.value).startswith("traces: a variable OTEL_… is wrong: ")
