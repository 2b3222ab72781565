"""Datagrams as the kernel gives them: payload, source, and from the ancillary data where they were sent to.

Linux does not say that a datagram was broadcast: it was when the address it was sent to is not the one it would be
answered from (ip(7), IP_PKTINFO). Flags of the message tell only of truncation. Datagrams are taken one by one:
recvmmsg(2) and sendmmsg(2) by way of ctypes were measured to gain nothing over the loop.
"""

import ctypes
import os
import select
import socket
import struct

from telesock.server.core.events import Datagram
from telesock.server.core.requests import Endpoint
from telesock.server.engine.resolver import SocketAddress
from telesock.server.engine.sockets import remote_endpoint

LARGEST = 65_535
"""Bytes, more than any datagram has."""

_IP_PKTINFO = 8
_SO_BINDTODEVICE = 25
_ANCILLARY_BYTES = 128
_NAME_BYTES = 16
_PKTINFO = struct.Struct("=i4s4s")  # struct in_pktinfo: index, the address to answer from, the destination
_PKTINFO_6 = struct.Struct("=16sI")
_UNSPECIFIED = bytes(16)  # a sockaddr whose family is AF_UNSPEC
_MAPPED = bytes(10) + b"\xff\xff"  # before an IPv4 address, for an IPv6 socket that carries IPv4 too


def open_datagram_descriptor(family: int) -> socket.socket:
    """Make a non-blocking UDP socket that tells destinations; an IPv6 one carries no IPv4."""
    descriptor = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.IPPROTO_UDP)
    if family == socket.AF_INET6:
        descriptor.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        descriptor.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    descriptor.setsockopt(
        socket.IPPROTO_IP, _IP_PKTINFO, 1
    )  # of IPv6 ones for when they carry IPv4 after all
    return descriptor


def source(sockaddr: SocketAddress) -> Endpoint:
    """Who sent a datagram. A link-local address names its interface: without it nobody could answer."""
    if len(sockaddr) == 4 and isinstance(sockaddr, tuple) and sockaddr[3]:
        host, port, _, index = sockaddr
        return Endpoint(f"{host}%{socket.if_indextoname(index)}", port)
    return remote_endpoint(sockaddr)


def datagram_waits(descriptor: socket.socket) -> bool:
    """Whether the kernel has a datagram for a socket; an error that it has as well stays there."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return any(mask & select.POLLIN for _, mask in poll.poll(0))


def take_datagram(descriptor: socket.socket, length: int, bound: Endpoint) -> Datagram:
    """Receive one datagram. Raises BlockingIOError when there is none, and OSError."""
    data, ancillary, flags, address = descriptor.recvmsg(length, _ANCILLARY_BYTES)
    host, broadcast, multicast = bound.host, False, False
    for level, kind, content in ancillary:
        if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO):
            _, answering, destination = _PKTINFO.unpack_from(content)
            host = _text(descriptor, destination)
            multicast = 224 <= destination[0] <= 239
            broadcast = destination != answering and not multicast
        elif (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            packed, _ = _PKTINFO_6.unpack_from(content)
            host = socket.inet_ntop(socket.AF_INET6, packed)
            multicast = packed[0] == 0xFF
    truncated = bool(flags & socket.MSG_TRUNC)
    return Datagram(data, source(address), Endpoint(host, bound.port), truncated, broadcast, multicast)


def _text(descriptor: socket.socket, destination: bytes) -> str:
    if descriptor.family == socket.AF_INET:
        return socket.inet_ntoa(destination)
    return socket.inet_ntop(socket.AF_INET6, _MAPPED + destination)


# One peer, or everybody


def hear_only(descriptor: socket.socket, sockaddr: SocketAddress) -> Endpoint:
    """Let the kernel pass on what one peer sends and nothing else; return that peer as `source` will. Raises OSError."""
    descriptor.connect(sockaddr)
    return source(descriptor.getpeername())


def hear_everybody(descriptor: socket.socket, port: int) -> None:
    """Undo it, and keep what Linux would give up with it: a port that it chose itself, and the device. Raises OSError."""
    device = descriptor.getsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, _NAME_BYTES)
    _disconnect(descriptor)
    if device.strip(b"\0"):
        descriptor.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, device)
    host, found, *scope = descriptor.getsockname()
    if found != port:
        descriptor.bind((host, port, *scope))


def _disconnect(descriptor: socket.socket) -> None:
    """Call connect(2) with AF_UNSPEC, which Python's own connect cannot write. Raises OSError."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.connect(descriptor.fileno(), _UNSPECIFIED, len(_UNSPECIFIED)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
