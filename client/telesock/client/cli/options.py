"""What commands share: which agent, which session, how long; and how each is written on the command line.

Refuses what cannot be meant with one line that says how it is written. A session credential is never repeated in
a message: it holds the secret that owns the session.
"""

import re
from dataclasses import dataclass, field
from typing import Annotated

import typer

from telesock.client.cli.failures import CommandFailed

DEFAULT_AGENT = "127.0.0.1:50551"

_ADDRESS = re.compile(r"unix:.+|([^:\[\]\s/]+|\[[0-9A-Fa-f:.%\w]+\]):(\d{1,5})", re.ASCII)
_CREDENTIAL = re.compile(r"([\w-]+)(?:\.([\w-]+))?", re.ASCII)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h|)", re.ASCII)
_LONGEST = 10_000 * 365.25 * 86_400  # seconds; what the contract's durations hold
_SECONDS = {"s": 1, "": 1, "m": 60, "h": 3600}
_PARTS = {"ms": 1000, "us": 1_000_000}  # of a second; 7 * 0.001 would not be 0.007


@dataclass(frozen=True)
class Credential:
    """What owns a session, as one printable string: "SESSION_ID.TOKEN"; observers have no token."""

    session_id: str
    token: str = field(repr=False)

    def __str__(self) -> str:
        """The string that `--session` takes."""
        return f"{self.session_id}.{self.token}" if self.token else self.session_id


@dataclass(frozen=True)
class Address:
    """An end of a connection; port 0 is any, where the agent's host may choose."""

    host: str
    port: int

    def __str__(self) -> str:
        """As one types it."""
        if self.host.startswith("unix:"):
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_agent(text: str) -> str:
    """Accept "HOST:PORT", "[IPV6]:PORT" and "unix:PATH"."""
    match = _ADDRESS.fullmatch(text)
    if match is None or not _is_port(match[2] or "1"):
        raise typer.BadParameter(f"{text!r} is not HOST:PORT, [IPV6]:PORT or unix:PATH")
    return text


def parse_credential(text: str) -> Credential:
    """Read "SESSION_ID.TOKEN", or "SESSION_ID" of somebody who may read all sessions."""
    match = _CREDENTIAL.fullmatch(text)
    if match is None:
        raise typer.BadParameter("it is not SESSION_ID.TOKEN, as `telesock session open` prints it")
    return Credential(match[1], match[2] or "")


def parse_duration(text: str) -> float:
    """Read "50us", "500ms", "30s", "10m", "1h", or a number of seconds."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise typer.BadParameter(f"{text!r} is not a duration such as 500ms, 30s, 10m or 1h")
    seconds = float(match[1]) * _SECONDS.get(match[2], 1) / _PARTS.get(match[2], 1)
    if seconds > _LONGEST:
        raise typer.BadParameter(f"{text!r} is longer than 10,000 years")
    return seconds


def parse_remote(text: str) -> Address:
    """Read "HOST:PORT", "[IPV6]:PORT" or "unix:PATH" of a peer."""
    if text.startswith("unix:") and len(text) > len("unix:"):
        return Address(text, 0)
    match = _ADDRESS.fullmatch(text)
    if match is None or match[2] is None or not _is_port(match[2]):
        raise typer.BadParameter(
            f"{text!r} is not HOST:PORT or [IPV6]:PORT with a port from 1 to 65535, or unix:PATH"
        )
    return Address(match[1].strip("[]"), int(match[2]))


def parse_listen(text: str) -> Address:
    """Read "HOST:PORT", ":PORT", "[IPV6]:PORT" or "unix:PATH" to listen on; port 0 is any."""
    if text.startswith("unix:") and len(text) > len("unix:"):
        return Address(text, 0)
    match = _ADDRESS.fullmatch(f"0.0.0.0{text}" if text.startswith(":") else text)
    if match is None or match[2] is None or int(match[2]) > 65_535:
        raise typer.BadParameter(f"{text!r} is not HOST:PORT, :PORT, [IPV6]:PORT or unix:PATH")
    return Address(match[1].strip("[]"), int(match[2]))


def parse_local(text: str) -> Address:
    """Read "HOST", "HOST:PORT" or "[IPV6]:PORT" of our own end; without a port, or with 0, any will do."""
    match = _ADDRESS.fullmatch(text)
    if match is not None and match[2] is not None and int(match[2]) <= 65_535:
        return Address(match[1].strip("[]"), int(match[2]))
    if match is None and text and not re.search(r"[\s/]", text) and text.count(":") != 1:
        return Address(text.strip("[]"), 0)
    raise typer.BadParameter(f"{text!r} is not HOST, HOST:PORT or [IPV6]:PORT")


def require_session(credential: Credential | None) -> Credential:
    """Return the session that was named, or say how to name one."""
    if credential is None:
        raise CommandFailed(
            "no session is named; say --session SESSION_ID.TOKEN, or set TELESOCK_SESSION to what "
            "`telesock session open` prints",
            exit_status=2,
        )
    return credential


def _is_port(text: str) -> bool:
    return 1 <= int(text) <= 65_535


AgentOption = Annotated[
    str,
    typer.Option(
        "--agent",
        envvar="TELESOCK_AGENT",
        parser=parse_agent,
        metavar="HOST:PORT|unix:PATH",
        help="The agent that owns the sockets.",
    ),
]
SessionOption = Annotated[
    Credential | None,
    typer.Option(
        "--session",
        envvar="TELESOCK_SESSION",
        parser=parse_credential,
        metavar="SESSION_ID.TOKEN",
        help="The session to act in, as `telesock session open` prints it.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, as on a pipe.")]
