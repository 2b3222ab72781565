"""`telesock-agent`: reads the configuration, starts the agent, and drains it on SIGTERM or SIGINT.

Exit status: 0 after a drain, 1 when it cannot start, 2 when the configuration is wrong.
"""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from telesock.server.config import ConfigurationError, read_configuration
from telesock.server.fault_file import read_fault_file
from telesock.server.recording_files import prepare_directory
from telesock.server.running import installed_version, run_agent
from telesock.server.service.own_session import CannotBegin, FaultSet
from telesock.server.service.server import CannotListen
from telesock.server.trust import Trust
from telesock.server.watching import check_traces

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
    allow_listen: Annotated[
        list[str] | None,
        typer.Option(
            help="NETWORK[:PORTS] that sockets may listen on, 0.0.0.0 and :: for all addresses; may be repeated. "
            "[loopback]"
        ),
    ] = None,
    allow_resolve: Annotated[
        list[str] | None,
        typer.Option(
            help="A name or pattern, such as *.lab, that may be resolved, or a NETWORK whose names may be asked for; "
            "may be repeated. [localhost and loopback]"
        ),
    ] = None,
    tls_certificate: Annotated[
        Path | None, typer.Option(help="The agent's certificate chain, PEM; read again when it changes.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The key of that certificate, PEM.")] = None,
    tls_client_ca: Annotated[
        Path | None, typer.Option(help="Certificates that sign those of clients, PEM; clients then need one.")
    ] = None,
    identities: Annotated[
        Path | None,
        typer.Option(
            help="A TOML file of who may talk to the agent, and as what; read again when it changes."
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
    recordings: Annotated[
        Path | None, typer.Option(help="A directory for the journals of sessions that ask to be recorded.")
    ] = None,
    metrics: Annotated[
        str | None, typer.Option(help="HOST:PORT to serve metrics for Prometheus on, at /metrics.")
    ] = None,
    traces: Annotated[
        bool,
        typer.Option(
            "--traces",
            help="Send a span for each operation, as the variables OTEL_EXPORTER_OTLP_… say where to.",
        ),
    ] = False,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error. [info]")] = None,
    log_format: Annotated[str | None, typer.Option(help="auto, json or console. [auto]")] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Own sockets and act on them for remote clients, over gRPC.

    Settings come from flags, then from the environment (TELESOCK_LISTEN, TELESOCK_LIMITS__SESSIONS, …), then
    from the file.
    """
    if version:
        typer.echo(installed_version())
        return
    flags = {
        "listen": tuple(listen) if listen else None,
        "allow": tuple(allow) if allow else None,
        "allow_listen": tuple(allow_listen) if allow_listen else None,
        "allow_resolve": tuple(allow_resolve) if allow_resolve else None,
        "tls_certificate": tls_certificate,
        "tls_key": tls_key,
        "tls_client_ca": tls_client_ca,
        "identities": identities,
        "insecure": insecure or None,
        "agent_id": agent_id,
        "grace": grace,
        "faults": faults,
        "session_file": session_file,
        "recordings": recordings,
        "metrics": metrics,
        "traces": traces or None,
        "log_level": log_level,
        "log_format": log_format,
    }
    _run({name: value for name, value in flags.items() if value is not None}, limit, config)


def _run(said: dict[str, Any], limits: list[str] | None, file: Path | None) -> None:
    """Read everything that is configured, then run the agent; say what is wrong in one line."""
    try:
        configuration = read_configuration({**said, **_read_limits(limits)}, file)
        own = None if configuration.faults is None else read_fault_file(configuration.faults)
        trust = Trust(configuration)
        _prepare(configuration.recordings)
        if configuration.traces:
            check_traces()
    except ConfigurationError as error:
        _fail(str(error), 2)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a reload that comes before its time ends nothing
    try:
        asyncio.run(run_agent(configuration, own or FaultSet(), trust))
    except ConfigurationError as error:  # a variable of OpenTelemetry's
        _fail(str(error), 2)
    except (CannotListen, CannotBegin) as error:
        _fail(str(error), 1)


def _prepare(recordings: Path | None) -> None:
    try:
        if recordings is not None:
            prepare_directory(recordings)
    except OSError as error:
        raise ConfigurationError(f"recordings: {recordings}: {error.strerror}") from None


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


def _fail(message: str, status: int) -> None:
    print(f"telesock-agent: {message}", file=sys.stderr)
    raise typer.Exit(status)


def main() -> None:
    """Run the program."""
    program()
