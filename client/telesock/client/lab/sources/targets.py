"""Where an agent is reached, as text: "HOST:PORT", "[ADDRESS]:PORT", "unix:PATH". Refuses what is none of them.

A target without a port is refused: gRPC would try 443.
"""

import ipaddress
import re

DEFAULT_PORT = 50551
"""Where an agent listens that is told nothing."""

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|[\w.-]+):(\d{1,5})", re.ASCII)
_PATH = re.compile(r"unix:[^\s\0]+")
_PORT = re.compile(r"\d{1,5}", re.ASCII)


def check_target(text: str) -> str:
    """Return the target; raises ValueError for what is none."""
    match = _HOST.fullmatch(text)
    if match is None and not _PATH.fullmatch(text):
        raise ValueError(f"{text!r} is not HOST:PORT, [IPV6]:PORT or unix:PATH")
    if match is not None:
        parse_port(match[2])
    if match is not None and match[1]:
        ipaddress.IPv6Address(match[1])
    return text


def parse_port(text: str) -> int:
    """Read a port; raises ValueError for what is none."""
    if not _PORT.fullmatch(text) or not 0 < int(text) < 1 << 16:
        raise ValueError(f"{text!r} is not a port, 1 to 65535")
    return int(text)


def make_target(host: str, port: int) -> str:
    """Write the target of a host's port."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
