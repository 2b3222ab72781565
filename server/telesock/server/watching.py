"""Who looks on at a running agent: what measures its loop, counts for Prometheus and follows traces; each as configured."""

import asyncio
import contextlib
import time
from collections.abc import Iterator

from telesock.server.config import Configuration, ConfigurationError
from telesock.server.core.statistics import Statistics
from telesock.server.engine.engine import Engine
from telesock.server.engine.snapshot import take_snapshot
from telesock.server.loop_lag import LoopLag
from telesock.server.metrics import MetricsCollector, MetricsServer
from telesock.server.service.server import AgentServer


def check_traces() -> None:
    """Refuse to send spans without what the extra `otel` brings."""
    try:
        import telesock.server.traces  # noqa: F401 - only whether it can be had
    except ModuleNotFoundError:
        message = "traces: OpenTelemetry is not installed; pip install 'telesock[server,otel]' brings it"
        raise ConfigurationError(message) from None


@contextlib.contextmanager
def watching(
    engine: Engine, server: AgentServer, configuration: Configuration, version: str
) -> Iterator[str | None]:
    """Look on while the agent runs; yields where its metrics are. To be entered before there is a session."""
    lag = LoopLag(asyncio.get_running_loop(), server.show_health)
    with contextlib.ExitStack() as stack:
        statistics = None if configuration.metrics is None else Statistics(time.monotonic_ns)
        traces = None
        if configuration.traces:
            from telesock.server.traces import open_traces  # it needs the extra

            traces = stack.enter_context(open_traces(configuration.agent_id, version))
        engine.sessions.watch(statistics, traces)
        address = None
        if configuration.metrics is not None and statistics is not None:
            address = stack.enter_context(_metrics(configuration.metrics, engine, statistics, lag, version))
        lag.start()
        stack.callback(lag.stop)
        yield address


@contextlib.contextmanager
def _metrics(
    address: str, engine: Engine, statistics: Statistics, lag: LoopLag, version: str
) -> Iterator[str]:
    collector = MetricsCollector(engine.loop, lambda: take_snapshot(engine, statistics), lag, version)
    server = MetricsServer(address, collector)
    try:
        yield server.address
    finally:
        server.stop()
