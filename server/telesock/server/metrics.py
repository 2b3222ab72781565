"""Metrics for Prometheus, on a port of their own: what a snapshot of the agent says, by Prometheus' conventions.

Scrapes come on threads of their own, so each has a snapshot taken on the event loop and waits for it; when the loop
stands still, it gets the last one, and the lag says so. No label ever holds a client's words: they are enumerations, in
lower case. Raises CannotListen with one line when the port cannot be had.
"""

import asyncio
import concurrent.futures
import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from telesock.server.core.statistics import BOUNDS, Durations
from telesock.server.engine.snapshot import Now, Snapshot, SoFar
from telesock.server.loop_lag import LoopLag
from telesock.server.service.server import CannotListen

_PATIENCE = 1.0  # seconds that a scrape waits for the loop
_READING = 10.0  # seconds that a client of the port may keep silent
_WHOLE_REQUEST = 20.0  # seconds for all of one
_AT_ONCE = 16  # requests; each has a thread and a descriptor of the agent
_BOUNDS = (*(str(bound) for bound in BOUNDS), "+Inf")


class MetricsCollector(Collector):
    """Asks for a snapshot on the loop and puts it into Prometheus' words. Made on the loop, asked from any thread."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        take: Callable[[], Snapshot],
        lag: LoopLag,
        version: str,
        patience: float = _PATIENCE,
    ) -> None:
        self._loop = loop
        self._take = take
        self._lag = lag
        self._version = version
        self._patience = patience
        self._last = take()

    def collect(self) -> Iterator[Metric]:
        """Everything, as it is now or was before the loop stood still."""
        now, so_far = self._snapshot()
        yield _gauge("build_info", "The agent; always 1.", {(self._version,): 1}, "version")
        yield from _gauges(now)
        yield from _counters(so_far)
        yield _gauge("event_loop_lag_seconds", "How late the event loop is.", self._lag.current())
        delays: dict[tuple[str, ...], Durations] = {(): self._lag.histogram.read()}
        yield _histogram("event_loop_delay_seconds", "How late it was, ten times a second.", delays)

    def _snapshot(self) -> Snapshot:
        asked: concurrent.futures.Future[Snapshot] = concurrent.futures.Future()
        try:
            self._loop.call_soon_threadsafe(self._answer, asked)
            self._last = asked.result(self._patience)
        except (TimeoutError, RuntimeError):  # it stands still, or is closed
            asked.cancel()
        return self._last

    def _answer(self, asked: "concurrent.futures.Future[Snapshot]") -> None:
        if asked.set_running_or_notify_cancel():  # else nobody waits any more
            asked.set_result(self._take())


class MetricsServer:
    """Serves a collector's metrics over HTTP until `stop`."""

    def __init__(self, address: str, collector: Collector) -> None:
        registry = CollectorRegistry()
        registry.register(collector)
        ProcessCollector(registry=registry)
        host, _, port = address.rpartition(":")
        try:
            self._server, self._thread = start_http_server(int(port), host.strip("[]"), registry)
        except OSError as error:
            raise CannotListen(f"cannot serve metrics on {address}: {error.strerror or error}") from error
        handler: Any = self._server.RequestHandlerClass
        self._server.RequestHandlerClass = type("Handler", (handler,), {"timeout": _READING})
        _bound(self._server)
        self.address = f"{host}:{self._server.server_port}"
        """Where it serves, with the port that was assigned."""

    def stop(self) -> None:
        """Serve no longer."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _bound(server: Any) -> None:
    """Let a threading server have so many requests at once and no more, each with a time for all of it."""
    room = threading.BoundedSemaphore(_AT_ONCE)
    begin, answer = server.process_request, server.process_request_thread

    def process_request(request: Any, client: Any) -> None:
        if room.acquire(blocking=False):
            begin(request, client)
        else:
            server.shutdown_request(request)

    def process_request_thread(request: Any, client: Any) -> None:
        limit = threading.Timer(_WHOLE_REQUEST, _cut, [request])
        limit.daemon = True
        limit.start()
        try:
            answer(request, client)
        finally:
            limit.cancel()
            room.release()

    server.process_request, server.process_request_thread = process_request, process_request_thread


def _cut(request: Any) -> None:
    with contextlib.suppress(OSError):  # it has ended meanwhile
        request.shutdown(2)


def _gauges(now: Now) -> Iterable[Metric]:
    yield _gauge("sessions", "Sessions that are open.", now.sessions)
    yield _gauge("attachments", "Sessions whose owner is attached.", now.attachments)
    yield _gauge("sockets", "Sockets that are not closed.", _words(now.sockets), "category", "state")
    yield _gauge("operations_pending", "Operations that have not completed.", now.operations_pending)
    yield _gauge("journal_events", "Events that the journals retain.", now.journal_events)
    yield _gauge("journal_bytes", "Bytes that all journals take, reservations included.", now.journal_bytes)
    yield _gauge("journal_limit_bytes", "Bytes that they may take.", now.journal_limit_bytes)
    yield _gauge(
        "journal_fullest_ratio", "Of its own room, what the fullest journal has used up.", now.journal_fullest
    )
    yield _gauge("pending_send_bytes", "Bytes accepted and not yet with the kernel.", now.pending_send_bytes)
    yield _gauge("fault_held_bytes", "Bytes that faults hold back.", now.fault_held_bytes)
    yield _gauge("faults", "Faults that there are.", _words(now.faults), "effect")
    yield _gauge("resolver_threads_busy", "Threads that look names up.", now.resolver_threads_busy)
    yield _gauge("tasks", "Tasks of the event loop.", now.tasks)
    yield _gauge("draining", "Whether the agent is about to stop.", now.draining)


def _counters(so_far: SoFar) -> Iterable[Metric]:
    yield _counter(
        "operations", "Operations that have completed.", _words(so_far.operations), "kind", "status"
    )
    yield _histogram(
        "operation_duration_seconds",
        "From an operation's acceptance to its completion.",
        _words(so_far.durations),
        "kind",
    )
    yield _counter("events", "Events that are no completions.", _words(so_far.events), "kind")
    yield _counter("credit_stalls", "Times that data waited for its client.", _words(so_far.stalls), "reason")
    yield _counter("refusals", "Requests turned down at once.", _words(so_far.refusals), "reason")
    yield _counter("policy_denials", "What policy kept sockets from.", _words(so_far.denials), "action")
    yield _counter("faults_fired", "What faults did.", _words(so_far.faults_fired), "effect")
    yield _counter(
        "authentication_failures",
        "Calls of somebody unknown.",
        _words(so_far.authentication_failures),
        "reason",
    )
    yield _counter("sessions_ended", "Sessions that have ended.", _words(so_far.session_ends), "cause")


_Values = Mapping[tuple[str, ...], float]


def _gauge(name: str, meaning: str, values: _Values | float, *labels: str) -> Metric:
    return _filled(GaugeMetricFamily(f"telesock_{name}", meaning, labels=labels), values)


def _counter(name: str, meaning: str, values: _Values, *labels: str) -> Metric:
    return _filled(CounterMetricFamily(f"telesock_{name}", meaning, labels=labels), values)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, values: _Values | float) -> Metric:
    for words, value in (values if isinstance(values, Mapping) else {(): values}).items():
        family.add_metric(words, value)
    return family


def _histogram(name: str, meaning: str, values: Mapping[tuple[str, ...], Durations], *labels: str) -> Metric:
    family = HistogramMetricFamily(f"telesock_{name}", meaning, labels=labels)
    for words, durations in values.items():
        family.add_metric(words, list(zip(_BOUNDS, durations.cumulative, strict=True)), durations.total)
    return family


def _words(values: Mapping[Any, Any]) -> dict[tuple[str, ...], Any]:
    """Write keys, or the parts of keys, as labels."""
    return {tuple(map(_word, key if type(key) is tuple else (key,))): value for key, value in values.items()}


def _word(label: Enum | str) -> str:
    return (label.name if isinstance(label, Enum) else label).lower()
