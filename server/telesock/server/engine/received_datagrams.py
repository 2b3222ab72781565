"""Datagrams as the kernel gives them: payload, source, and from the ancillary data where they were sent to.

Linux does not say that a datagram was broadcast: it was when the address it was sent to is not the one it would be
answered from (ip(7), IP_PKTINFO). Flags of the message tell only of truncation.
"""

import ipaddress
import socket
import struct

from telesock.server.core.events import Datagram
from telesock.server.core.requests import Endpoint
from telesock.server.engine.sockets import endpoint, remote_endpoint

_IP_PKTINFO = 8
_ANCILLARY_BYTES = 64
_PKTINFO = struct.Struct("=i4s4s")  # struct in_pktinfo: index, the address to answer from, the destination
_PKTINFO_6 = struct.Struct("=16sI")


def open_datagram_descriptor(family: int) -> socket.socket:
    """Make a non-blocking UDP socket that tells destinations; an IPv6 one carries no IPv4."""
    descriptor = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.IPPROTO_UDP)
    if family == socket.AF_INET6:
        descriptor.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        descriptor.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        descriptor.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
    return descriptor


def take_datagram(descriptor: socket.socket, length: int, bound: Endpoint | None) -> Datagram:
    """Receive one datagram. Raises BlockingIOError when there is none, and OSError."""
    data, ancillary, flags, address = descriptor.recvmsg(length, _ANCILLARY_BYTES)
    port = 0 if bound is None else bound.port
    host, broadcast, multicast = "" if bound is None else bound.host, False, False
    for level, kind, content in ancillary:
        if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO):
            _, answering, destination = _PKTINFO.unpack_from(content)
            host = socket.inet_ntoa(destination)
            multicast = 224 <= destination[0] <= 239
            broadcast = destination != answering and not multicast
        elif (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            packed, _ = _PKTINFO_6.unpack_from(content)
            host = str(ipaddress.IPv6Address(packed))
            multicast = packed[0] == 0xFF
    remote = endpoint(address) if "%" in str(address[0]) else remote_endpoint(address)
    truncated = bool(flags & socket.MSG_TRUNC)
    return Datagram(data, remote, Endpoint(host, port), truncated, broadcast, multicast)
