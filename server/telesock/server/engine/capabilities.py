"""What this host and this version can do, found out by trying, once at start."""

import socket
from typing import NamedTuple

from telesock.server.engine.sockets import open_descriptor


class Capability(NamedTuple):
    """One thing, and why it is missing if it is."""

    name: str
    available: bool
    reason: str = ""


_NOT_YET = "this version of the agent does not have it"


def find_capabilities() -> tuple[Capability, ...]:
    """Try what depends on the host, and list what depends on the version."""
    missing = ("listening_sockets", "datagram_sockets", "stream_sockets", "faults")
    return (
        _bindable("ipv4", socket.AF_INET, "127.0.0.1"),
        _bindable("ipv6", socket.AF_INET6, "::1"),
        *(Capability(name, False, _NOT_YET) for name in missing),
    )


def _bindable(name: str, family: int, loopback: str) -> Capability:
    try:
        with open_descriptor(family) as descriptor:
            descriptor.bind((loopback, 0))
    except OSError as error:
        return Capability(name, False, f"{loopback} cannot be bound: {error.strerror}")
    return Capability(name, True)
