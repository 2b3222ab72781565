"""`telesock-agent`: reads the configuration, starts the agent, and drains it on SIGTERM or SIGINT.

Exit status: 0 after a drain, 1 when it cannot start, 2 when the configuration is wrong.
"""

import asyncio
import importlib.metadata
import resource
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from telesock.server.allocator import keep_freed_memory
from telesock.server.config import Configuration, ConfigurationError, read_configuration
from telesock.server.core.policy import Policy
from telesock.server.core.session import SessionEnd
from telesock.server.engine.capabilities import find_capabilities
from telesock.server.engine.engine import Engine
from telesock.server.engine.sessions import HeldSession
from telesock.server.fault_file import read_fault_file
from telesock.server.garbage import SeldomCollections
from telesock.server.service.agent import Identity
from telesock.server.service.own_session import CannotBegin, FaultSet, OwnSession
from telesock.server.service.server import AgentServer, CannotListen
from telesock.server.service.wire.events import encode_event, encode_successes
from telesock.server.telemetry import configure_logging

_SPARE_DESCRIPTORS = 128  # for gRPC, epoll, logs: not for sockets

log = structlog.get_logger()
program = typer.Typer(add_completion=False, rich_markup_mode=None)


@program.command()
def agent(
    listen: Annotated[
        list[str] | None,
        typer.Option(
            help="HOST:PORT, [IPV6]:PORT or unix:PATH to serve on; may be repeated. [127.0.0.1:50551]"
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            help="NETWORK[:PORTS] or unix:GLOB that sockets may go to; may be repeated, replaces the default. "
            "[loopback]"
        ),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Listen beyond this host although nobody is authenticated.")
    ] = False,
    config: Annotated[Path | None, typer.Option(help="A TOML file with settings and [limits].")] = None,
    agent_id: Annotated[str | None, typer.Option(help="The agent's name. [the host's]")] = None,
    grace: Annotated[
        float | None, typer.Option(help="Seconds that pending operations have when the agent stops. [10]")
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE, one of the limits that `telesock agent info` shows; may be repeated."),
    ] = None,
    faults: Annotated[
        Path | None,
        typer.Option(help="A TOML file of faults and relays, for a session that the agent itself owns."),
    ] = None,
    session_file: Annotated[
        Path | None,
        typer.Option(help="Write that session's SESSION_ID.TOKEN there, for `telesock --session`."),
    ] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error. [info]")] = None,
    log_format: Annotated[str | None, typer.Option(help="auto, json or console. [auto]")] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Own sockets and act on them for remote clients, over gRPC.

    Settings come from flags, then from the environment (TELESOCK_LISTEN, TELESOCK_LIMITS__SESSIONS, …), then
    from the file.
    """
    if version:
        typer.echo(_version())
        return
    flags = {
        "listen": tuple(listen) if listen else None,
        "allow": tuple(allow) if allow else None,
        "insecure": insecure or None,
        "agent_id": agent_id,
        "grace": grace,
        "faults": faults,
        "session_file": session_file,
        "log_level": log_level,
        "log_format": log_format,
    }
    said = {name: value for name, value in flags.items() if value is not None}
    try:
        configuration = read_configuration({**said, **_read_limits(limit)}, config)
        own = None if configuration.faults is None else read_fault_file(configuration.faults)
    except ConfigurationError as error:
        _fail(str(error), 2)
    try:
        asyncio.run(run_agent(configuration, own or FaultSet()))
    except (CannotListen, CannotBegin) as error:
        _fail(str(error), 1)


def _read_limits(pairs: list[str] | None) -> dict[str, Any]:
    if not pairs:
        return {}
    limits = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ConfigurationError(f"--limit {pair}: write it as NAME=VALUE, such as sessions=16")
        limits[name] = value
    return {"limits": limits}


async def run_agent(configuration: Configuration, own: FaultSet) -> None:
    """Serve until a signal or a client asks to drain."""
    configure_logging(configuration.log_level, configuration.log_format)
    keep_freed_memory()
    descriptors = _raise_descriptor_limit()
    sockets = max(1, min(configuration.limits.sockets, descriptors - _SPARE_DESCRIPTORS))
    limits = replace(configuration.limits, sockets=sockets, default_grace=configuration.grace)
    policy = Policy(configuration.allow)
    engine = Engine(encode_event, limits, policy, _log_bug, _log_session_end, encode_successes)
    identity = Identity(configuration.agent_id, _version(), descriptors, find_capabilities())
    server = AgentServer(engine, identity)
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


def _version() -> str:
    return importlib.metadata.version("telesock")


def _fail(message: str, status: int) -> None:
    print(f"telesock-agent: {message}", file=sys.stderr)
    raise typer.Exit(status)


def main() -> None:
    """Run the program."""
    program()
