"""Spans for OpenTelemetry: one for each operation, from its acceptance to its completion, in its caller's trace.

A span is made when its operation completes, with the times that were real, and queued; a thread of the SDK's sends what
is queued, and what does not fit into the queue is dropped: nobody waits. Where to, and how many of them, is said by the
SDK's own variables. Needs the extra `otel`, so it is imported only by who wants it.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Sequence

import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from telesock.server.config import ConfigurationError
from telesock.server.core.events import Body, Clock, Completion
from telesock.server.core.operations import Operation
from telesock.server.core.requests import Connect, Endpoint
from telesock.server.core.session import Session, SessionEnd
from telesock.server.core.status import Status
from telesock.server.engine.sessions import HeldSession

_TRACE_PARENT = 55  # characters of `traceparent`, version 00
_LAST_SENDING = 5.0  # seconds that the last spans have when the agent stops
_CONTEXTS = TraceContextTextMapPropagator()
_UNKNOWN = Endpoint("", 0)

log = structlog.get_logger()


class OperationTraces:
    """Makes the spans. On the loop's thread, told as any onlooker (core/watching.py)."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._parents: dict[Operation, str] = {}  # of pending operations
        self.parent = ""
        """Of what is entered now."""

    def batch_begins(self) -> None:
        """Each operation has a moment of its own."""

    def batch_ends(self) -> None:
        """What comes later is not a part of the same trace."""
        self.parent = ""

    def entered(self, operation: Operation) -> None:
        """Its time begins; remember of which trace it is a part."""
        operation.began = time.monotonic_ns()
        if self.parent and len(self.parent) <= _TRACE_PARENT:
            self._parents[operation] = self.parent

    def completed(self, session: Session, operation: Operation, completion: Completion, clock: Clock) -> None:
        """Make its span."""
        taken = clock.monotonic_ns - operation.began
        span = self._tracer.start_span(
            f"telesock.{operation.kind.name.lower()}",
            self._context(operation),
            SpanKind.SERVER,
            start_time=clock.wall_ns - taken,
        )
        if not span.is_recording():  # left out by the sampler: most are, where there are many
            return
        span.set_attributes(_attributes(session, operation, completion))
        if completion.status is not Status.SUCCESS:
            span.set_status(StatusCode.ERROR, completion.status.name)
        span.end(clock.wall_ns)

    def succeeded(self, session: Session, operations: Sequence[Operation], clock: Clock) -> None:
        """Make their spans."""
        for operation in operations:
            success = Completion(operation.kind, Status.SUCCESS, operation.moved)
            self.completed(session, operation, success, clock)

    def appended(self, body: Body) -> None:
        """Events are no spans."""

    def ended(self, end: SessionEnd) -> None:
        """Nor are sessions."""

    def _context(self, operation: Operation) -> Context:
        """Where its parent is, or nowhere: this process has no trace of its own."""
        parent = self._parents.pop(operation, "")
        return _CONTEXTS.extract({"traceparent": parent}, Context()) if parent else Context()


def _attributes(
    session: Session, operation: Operation, completion: Completion
) -> dict[str, str | int | tuple[str, ...]]:
    """What is known of an operation. Numbers of 64 bits without a sign are no numbers there, so they are text."""
    attributes: dict[str, str | int | tuple[str, ...]] = {
        "telesock.session_id": session.session_id,
        "telesock.operation_id": str(operation.operation_id),
        "telesock.kind": operation.kind.name,
        "telesock.status": completion.status.name,
        "telesock.transferred_bytes": operation.moved,
    }
    if operation.socket_id:
        attributes["telesock.socket_id"] = str(operation.socket_id)
    if operation.faults:
        attributes["telesock.faults"] = operation.faults
    if completion.cause is not None and completion.cause.errno_name:
        attributes["telesock.errno"] = completion.cause.errno_name
    remote = _remote(session, operation)
    if remote.host:
        attributes["network.peer.address"] = remote.host
        attributes["network.peer.port"] = remote.port
    return attributes


def _remote(session: Session, operation: Operation) -> Endpoint:
    """Who is at the other end, or should have been."""
    socket = session.sockets.get(operation.socket_id) if isinstance(session, HeldSession) else None
    if socket is not None and socket.remote is not None:
        return socket.remote
    return operation.request.remote if isinstance(operation.request, Connect) else _UNKNOWN


@contextlib.contextmanager
def open_traces(agent_id: str, version: str) -> Iterator[OperationTraces]:
    """Make spans until it is left, and have the last of them sent then. Raises ConfigurationError."""
    resource = Resource.create(
        {SERVICE_NAME: "telesock-agent", SERVICE_INSTANCE_ID: agent_id, SERVICE_VERSION: version}
    )
    try:
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    except ValueError as error:
        raise ConfigurationError(f"traces: a variable OTEL_… is wrong: {error}") from None
    with _complaints_in_our_log():
        try:
            yield OperationTraces(provider.get_tracer("telesock", version))
        finally:
            closing = threading.Thread(target=provider.shutdown, name="traces", daemon=True)
            closing.start()
            closing.join(_LAST_SENDING)


@contextlib.contextmanager
def _complaints_in_our_log() -> Iterator[None]:
    """What the SDK has to say, such as that nobody takes the spans, becomes a line of ours."""
    logger, handler = logging.getLogger("opentelemetry"), _Complaints()
    before, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = before


class _Complaints(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        log.warning("traces_failing", reason=record.getMessage())
