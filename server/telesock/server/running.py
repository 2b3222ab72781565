"""An agent as a process: from its configuration to the end of its drain.

Raises CannotListen and CannotBegin, each with one line, when it cannot start.
"""

import asyncio
import importlib.metadata
import resource
import signal
from dataclasses import replace

import structlog

from telesock.server.allocator import keep_freed_memory
from telesock.server.config import Configuration
from telesock.server.core.policy import Policy
from telesock.server.core.session import SessionEnd
from telesock.server.engine.capabilities import find_capabilities
from telesock.server.engine.engine import Engine
from telesock.server.engine.sessions import HeldSession
from telesock.server.garbage import SeldomCollections
from telesock.server.service.agent import AgentDescription
from telesock.server.service.own_session import FaultSet, OwnSession
from telesock.server.service.server import AgentServer
from telesock.server.service.wire.events import encode_event, encode_successes
from telesock.server.telemetry import configure_logging

_SPARE_DESCRIPTORS = 128  # for gRPC, epoll, logs: not for sockets

log = structlog.get_logger()


async def run_agent(configuration: Configuration, own: FaultSet) -> None:
    """Serve until a signal or a client asks to drain."""
    configure_logging(configuration.log_level, configuration.log_format)
    keep_freed_memory()
    descriptors = _raise_descriptor_limit()
    sockets = max(1, min(configuration.limits.sockets, descriptors - _SPARE_DESCRIPTORS))
    limits = replace(configuration.limits, sockets=sockets, default_grace=configuration.grace)
    policy = Policy(configuration.allow)
    engine = Engine(encode_event, limits, policy, _log_bug, _log_session_end, encode_successes)
    description = AgentDescription(
        configuration.agent_id, installed_version(), descriptors, find_capabilities()
    )
    server = AgentServer(engine, description)
    loop = asyncio.get_running_loop()
    collections = SeldomCollections(loop)
    own_session = None
    try:
        addresses = [server.listen(address) for address in configuration.listen]
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.ask_to_drain, configuration.grace)
        own_session = _begin_own_session(engine, configuration, own)
        await server.start()
        collections.start()
        log.info("agent_started", listen=addresses, boot_id=engine.boot_id, allow=list(configuration.allow))
        await server.serve_until_drained()
        log.info("agent_stopped")
    finally:
        if own_session is not None:
            own_session.end()
        collections.stop()
        await server.stop()


def _begin_own_session(engine: Engine, configuration: Configuration, asked: FaultSet) -> OwnSession | None:
    if configuration.faults is None and configuration.session_file is None:
        return None
    session = OwnSession(engine)
    session.begin(asked)
    if configuration.session_file is not None:
        session.write(configuration.session_file)
    return session


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
    log.info("session_ended", session_id=session.session_id, label=session.label, cause=end.name)


def installed_version() -> str:
    """The version of the software that runs."""
    return importlib.metadata.version("telesock")
