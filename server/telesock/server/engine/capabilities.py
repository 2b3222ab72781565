"""What this host and this version can do, found out by trying, once at start."""

import socket
from collections.abc import Callable
from typing import NamedTuple

from telesock.server.engine import packet_loss, silence
from telesock.server.engine.host_options import fast_open_listens
from telesock.server.engine.privileges import ADMINISTRATION, RAW, lacks
from telesock.server.engine.sockets import open_descriptor

_TCP_FASTOPEN_CONNECT = 30
_SO_MARK = 36
_SO_BINDTODEVICE = 25


class Capability(NamedTuple):
    """One thing, and why it is missing if it is."""

    name: str
    available: bool
    reason: str = ""


def find_capabilities() -> tuple[Capability, ...]:
    """Try what depends on the host and the process, and list what depends on the version."""
    missing, waiting, unfiltered = silence.missing(), fast_open_listens(), packet_loss.missing()
    return (
        _bindable("ipv4", socket.AF_INET, "127.0.0.1"),
        _bindable("ipv6", socket.AF_INET6, "::1"),
        _possible("unix", lambda tried: tried.bind(""), socket.AF_UNIX),
        _possible("mark", lambda tried: tried.setsockopt(socket.SOL_SOCKET, _SO_MARK, 1)),
        _possible(
            "bind_to_device",
            lambda tried: tried.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, b"lo\0"),
            capability=RAW,
        ),
        _possible("fast_open", lambda tried: tried.setsockopt(socket.IPPROTO_TCP, _TCP_FASTOPEN_CONNECT, 1)),
        Capability("fast_open_listening", not waiting, waiting),
        Capability("silent_mode", not missing, missing),
        Capability("faults", True),
        Capability("packet_loss", not unfiltered, unfiltered),
    )


def _bindable(name: str, family: int, loopback: str) -> Capability:
    try:
        with open_descriptor(family) as descriptor:
            descriptor.bind((loopback, 0))
    except OSError as error:
        return Capability(name, False, f"{loopback} cannot be bound: {error.strerror}")
    return Capability(name, True)


def _possible(
    name: str,
    attempt: Callable[[socket.socket], None],
    family: int = socket.AF_INET,
    capability: str = ADMINISTRATION,
) -> Capability:
    try:
        with open_descriptor(family) as descriptor:
            attempt(descriptor)
    except PermissionError:
        return Capability(name, False, lacks(capability))
    except OSError as error:
        return Capability(name, False, error.strerror or str(error))
    return Capability(name, True)
