"""Multicast groups and the interface that multicast datagrams leave by (ip(7), ipv6(7)).

An interface is named; the kernel wants its index.
"""

import errno
import ipaddress
import socket
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING

from telesock.server.core.options import MulticastGroup, OptionKind, SetOption
from telesock.server.core.refusal import malformed
from telesock.server.core.requests import Family

if TYPE_CHECKING:
    from telesock.server.engine.sockets import Socket

_MEMBERSHIP = struct.Struct("=4s4si")  # struct ip_mreqn: group, address of an interface, index
_MEMBERSHIP_6 = struct.Struct("=16sI")
_ANY_ADDRESS = bytes(4)
_JOIN = (socket.IP_ADD_MEMBERSHIP, socket.IPV6_JOIN_GROUP)
_LEAVE = (socket.IP_DROP_MEMBERSHIP, socket.IPV6_LEAVE_GROUP)
_GROUPS: Mapping[Family, type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address]] = {
    Family.IPV4: ipaddress.IPv4Address,
    Family.IPV6: ipaddress.IPv6Address,
}


def check_group(family: Family, option: SetOption) -> None:
    """Refuse what is no group of the socket's family, or no interface."""
    group, name = option.value, option.kind.name.lower()
    assert isinstance(group, MulticastGroup), "it is a group's option"
    try:
        address = _GROUPS[family](group.address)
    except ValueError:
        raise malformed(name, f"{group.address!r} is not an address of this {family.name} socket") from None
    if not address.is_multicast:
        raise malformed(name, f"{group.address!r} is not the address of a multicast group")
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id:
        raise malformed(name, f"{group.address!r} names its interface; that has a field of its own")
    if group.interface and not _index(group.interface):
        raise malformed(name, f"this host has no interface {group.interface!r}")


def change_group(target: "Socket", option: SetOption) -> None:
    """Join or leave a group. Raises OSError."""
    group, descriptor = option.value, target.descriptor
    assert isinstance(group, MulticastGroup), "it is a group's option"
    assert descriptor is not None, "a datagram socket has its descriptor"
    six = descriptor.family == socket.AF_INET6
    name = (_JOIN if option.kind is OptionKind.JOIN_GROUP else _LEAVE)[six]
    packed, index = socket.inet_pton(descriptor.family, group.address), _index(group.interface)
    if six:
        descriptor.setsockopt(socket.IPPROTO_IPV6, name, _MEMBERSHIP_6.pack(packed, index))
    else:
        descriptor.setsockopt(socket.IPPROTO_IP, name, _MEMBERSHIP.pack(packed, _ANY_ADDRESS, index))


def set_interface(target: "Socket", option: SetOption) -> None:
    """Choose the interface for what is sent. Raises OSError."""
    descriptor, index = target.descriptor, _index(str(option.value))
    assert descriptor is not None, "a datagram socket has its descriptor"
    if option.value and not index:
        raise OSError(errno.ENODEV, f"this host has no interface {option.value!r}")
    if descriptor.family == socket.AF_INET6:
        descriptor.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    else:
        chosen = _MEMBERSHIP.pack(_ANY_ADDRESS, _ANY_ADDRESS, index)
        descriptor.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, chosen)


def read_interface(target: "Socket", kind: OptionKind) -> str:
    """The interface that was chosen: what the kernel tells of IPv4 is an address, so it is remembered."""
    return str(target.settings.get(kind, ""))


def _index(name: str) -> int:
    if not name:
        return 0
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return 0
