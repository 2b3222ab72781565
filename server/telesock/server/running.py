"""An agent as a process: from its configuration to the end of its drain.

Raises CannotListen and CannotBegin, each with one line, when it cannot start.
"""

import asyncio
import contextlib
import importlib.metadata
import resource
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace

import structlog

from telesock.server.allocator import keep_freed_memory
from telesock.server.config import Configuration
from telesock.server.core.policy import Policy
from telesock.server.core.refusal import Reason
from telesock.server.core.session import SessionEnd
from telesock.server.denials import DenialLog
from telesock.server.engine.capabilities import find_capabilities
from telesock.server.engine.engine import Engine
from telesock.server.engine.sessions import HeldSession
from telesock.server.garbage import SeldomCollections
from telesock.server.recorder import FlightRecorder
from telesock.server.service.agent import AgentDescription
from telesock.server.service.own_session import FaultSet, OwnSession
from telesock.server.service.server import AgentServer
from telesock.server.service.wire.events import encode_event, encode_successes
from telesock.server.service.wire.recordings import Recorder, record
from telesock.server.telemetry import logging_to_stderr
from telesock.server.trust import Trust
from telesock.server.watching import watching

_SPARE_DESCRIPTORS = 128  # for gRPC, epoll, logs: not for sockets

log = structlog.get_logger()


async def run_agent(configuration: Configuration, own: FaultSet, trust: Trust) -> None:
    """Serve until a signal or a client asks to drain."""
    with logging_to_stderr(configuration.log_level, configuration.log_format):
        await _run_agent(configuration, own, trust)


async def _run_agent(configuration: Configuration, own: FaultSet, trust: Trust) -> None:
    keep_freed_memory()
    descriptors = _raise_descriptor_limit()
    with contextlib.ExitStack() as held:
        denials = held.enter_context(contextlib.closing(DenialLog(asyncio.get_running_loop())))
        engine = _make_engine(configuration, descriptors, denials)
        description = AgentDescription(
            configuration.agent_id, installed_version(), descriptors, find_capabilities()
        )
        held.enter_context(_recording(engine, description, configuration))
        held.enter_context(contextlib.closing(trust))
        server = AgentServer(engine, description, trust.access(_failure_counter(engine)))
        try:
            with watching(engine, server, configuration, installed_version()) as metrics:
                addresses = _listen(server, engine, configuration, trust)
                with _own_session(engine, configuration, own), _collecting():
                    await server.start()
                    _log_start(engine, configuration, addresses, metrics)
                    await server.serve_until_drained()
        finally:
            await server.stop()
    log.info("agent_stopped")


def _listen(server: AgentServer, engine: Engine, configuration: Configuration, trust: Trust) -> list[str]:
    """Take the addresses, let signals end it all, and follow who may talk to it; return the addresses."""
    addresses = [server.listen(address) for address in configuration.listen]
    addresses += trust.listen(server)
    trust.follow(engine.sessions)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.ask_to_drain, configuration.grace)
    return addresses


def _log_start(
    engine: Engine, configuration: Configuration, addresses: list[str], metrics: str | None
) -> None:
    log.info(
        "agent_started",
        listen=addresses,
        boot_id=engine.boot_id,
        tls=configuration.tls_certificate is not None,
        authenticates=configuration.authenticates,
        allow=list(configuration.allow),
        allow_listen=list(configuration.allow_listen),
        allow_resolve=list(configuration.allow_resolve),
        metrics=metrics,
    )


@contextlib.contextmanager
def _collecting() -> Iterator[None]:
    """Look for garbage by the clock."""
    collections = SeldomCollections(asyncio.get_running_loop())
    collections.start()
    try:
        yield
    finally:
        collections.stop()


def _make_engine(configuration: Configuration, descriptors: int, denials: DenialLog) -> Engine:
    spared = max(1, descriptors - _SPARE_DESCRIPTORS)
    sockets = min(configuration.limits.sockets, spared)
    limits = replace(configuration.limits, sockets=sockets, default_grace=configuration.grace)
    policy = Policy(configuration.allow, configuration.allow_listen, configuration.allow_resolve)
    engine = Engine(
        encode_event, limits, policy, _log_bug, _log_session_end, encode_successes, denials.denied
    )
    engine.descriptors.most = spared
    return engine


def _failure_counter(engine: Engine) -> Callable[[Reason], None]:
    """What is told of everybody who cannot say who they are."""

    def count(reason: Reason) -> None:
        if engine.sessions.statistics is not None:
            engine.sessions.statistics.authentication_failed(reason.name)

    return count


@contextlib.contextmanager
def _recording(engine: Engine, description: AgentDescription, configuration: Configuration) -> Iterator[None]:
    """Record the sessions that ask for it, where there is a directory; leave when everything is on the disk."""
    if configuration.recordings is None:
        yield
        return
    limits = engine.limits
    recorder = FlightRecorder(configuration.recordings, limits.recording_bytes, limits.total_journal_bytes)
    recording = Recorder(description.agent_id, engine.boot_id, description.version)
    engine.sessions.record = lambda session, end: recorder.write(
        record(session, end, recording, engine.clock())
    )
    try:
        yield
    finally:
        recorder.close()


@contextlib.contextmanager
def _own_session(engine: Engine, configuration: Configuration, asked: FaultSet) -> Iterator[None]:
    """Have the session that the agent owns, where it is asked for."""
    if configuration.faults is None and configuration.session_file is None:
        yield
        return
    session = OwnSession(engine)
    try:
        session.begin(asked)
        if configuration.session_file is not None:
            session.write(configuration.session_file)
        yield
    finally:
        session.end()


def _raise_descriptor_limit() -> int:
    """Raise the soft limit to the hard one; return what holds."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = 1 << 20
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def _log_bug(error: Exception) -> None:
    log.error("socket_failed", exc_info=error)


def _log_session_end(session: HeldSession, end: SessionEnd) -> None:
    log.info(
        "session_ended",
        session_id=session.session_id,
        label=session.label,
        identity=session.identity.name,
        cause=end.name,
    )


def installed_version() -> str:
    """The version of the software that runs."""
    return importlib.metadata.version("telesock")
