"""The options that are one setsockopt(2) or a few: names, levels, and how a value is written and read.

Numbers that Python's socket module does not name are those of linux/tcp.h and asm-generic/socket.h.
"""

import contextlib
import errno
import socket
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from telesock.server.core.options import KeepAlive, Linger, OptionKind, SetOption, Value
from telesock.server.core.requests import Family
from telesock.server.core.states import Category

if TYPE_CHECKING:
    from telesock.server.engine.sockets import Socket

_SO_MARK = 36
_SO_BINDTODEVICE = 25
_TCP_FASTOPEN_CONNECT = 30
_NAME_BYTES = 16
_LINGER = struct.Struct("ii")
_UNSIGNED = struct.Struct("=I")

_TCP, _IP, _IPV6, _ANY = socket.IPPROTO_TCP, socket.IPPROTO_IP, socket.IPPROTO_IPV6, socket.SOL_SOCKET
_FLAGS = {
    OptionKind.NO_DELAY: (_TCP, socket.TCP_NODELAY),
    OptionKind.REUSE_ADDRESS: (_ANY, socket.SO_REUSEADDR),
    OptionKind.V6_ONLY: (_IPV6, socket.IPV6_V6ONLY),
    OptionKind.BROADCAST: (_ANY, socket.SO_BROADCAST),
    OptionKind.QUICK_ACKNOWLEDGE: (_TCP, socket.TCP_QUICKACK),
}
_NUMBERS = {OptionKind.MAXIMUM_SEGMENT_BYTES: (_TCP, socket.TCP_MAXSEG)}
_BUFFERS = {
    OptionKind.RECEIVE_BUFFER_BYTES: (_ANY, socket.SO_RCVBUF),
    OptionKind.SEND_BUFFER_BYTES: (_ANY, socket.SO_SNDBUF),
}
_TEXTS = {
    OptionKind.DEVICE: (_ANY, _SO_BINDTODEVICE),
    OptionKind.CONGESTION_CONTROL: (_TCP, socket.TCP_CONGESTION),
}
_TIMES = {  # and how many of the kernel's unit are a second
    OptionKind.USER_TIMEOUT: (_TCP, socket.TCP_USER_TIMEOUT, 1000),
    OptionKind.DEFER_ACCEPT: (_TCP, socket.TCP_DEFER_ACCEPT, 1),
}
_BY_FAMILY = {
    OptionKind.TYPE_OF_SERVICE: ((_IP, socket.IP_TOS), (_IPV6, socket.IPV6_TCLASS)),
    OptionKind.TIME_TO_LIVE: ((_IP, socket.IP_TTL), (_IPV6, socket.IPV6_UNICAST_HOPS)),
    OptionKind.MULTICAST_HOPS: ((_IP, socket.IP_MULTICAST_TTL), (_IPV6, socket.IPV6_MULTICAST_HOPS)),
    OptionKind.MULTICAST_LOOPBACK: ((_IP, socket.IP_MULTICAST_LOOP), (_IPV6, socket.IPV6_MULTICAST_LOOP)),
}
_BOOLEAN_BY_FAMILY = frozenset({OptionKind.MULTICAST_LOOPBACK})
_UNIX_HAS = frozenset(
    {
        OptionKind.RECEIVE_BUFFER_BYTES,
        OptionKind.SEND_BUFFER_BYTES,
        OptionKind.LINGER,
        OptionKind.BACKLOG,
        OptionKind.CONDITIONAL_ACCEPT,
    }
)
_FAMILIES = {socket.AF_INET: Family.IPV4, socket.AF_INET6: Family.IPV6, socket.AF_UNIX: Family.UNIX}


def write(target: "Socket", option: SetOption) -> None:
    """Set an option. Raises OSError."""
    if target.descriptor is None:
        raise _no_longer()
    write_to(target.descriptor, target, option)


def write_to(descriptor: socket.socket, target: "Socket", option: SetOption) -> None:
    """Set an option on a descriptor of a socket's kind. Raises OSError."""
    kind, value = option.kind, option.value
    _check_family(descriptor, kind)
    if isinstance(value, KeepAlive):
        _write_keep_alive(descriptor, value)
    elif isinstance(value, Linger):
        linger = _LINGER.pack(value.enabled, int(value.timeout))
        descriptor.setsockopt(_ANY, socket.SO_LINGER, linger)
    elif kind is OptionKind.MARK:
        descriptor.setsockopt(_ANY, _SO_MARK, _UNSIGNED.pack(value))
    elif kind in _TEXTS:
        descriptor.setsockopt(*_TEXTS[kind], str(value).encode() + b"\0")
    else:
        level, name, number = _integer(descriptor, target, option)
        descriptor.setsockopt(level, name, number)


def _integer(descriptor: socket.socket, target: "Socket", option: SetOption) -> tuple[int, int, int]:
    kind, value = option.kind, option.value
    assert isinstance(value, int | float), "what is left are numbers"
    if kind in _TIMES:
        level, name, unit = _TIMES[kind]
        return level, name, round(value * unit)
    level, name = _place(descriptor, target, kind)
    return level, name, min(int(value), 1) if name == _TCP_FASTOPEN_CONNECT else int(value)


def _place(descriptor: socket.socket, target: "Socket", kind: OptionKind) -> tuple[int, int]:
    if kind is OptionKind.FAST_OPEN:
        listens = target.category is Category.LISTENING
        return _TCP, socket.TCP_FASTOPEN if listens else _TCP_FASTOPEN_CONNECT
    if kind in _BY_FAMILY:
        return _BY_FAMILY[kind][descriptor.family == socket.AF_INET6]
    return (_FLAGS | _NUMBERS | _BUFFERS)[kind]


def read(target: "Socket", kind: OptionKind) -> Value:
    """Read an option. Raises OSError."""
    descriptor = target.descriptor
    if descriptor is None:
        raise _no_longer()
    _check_family(descriptor, kind)
    if kind is OptionKind.KEEP_ALIVE:
        return _read_keep_alive(descriptor)
    if kind is OptionKind.LINGER:
        enabled, seconds = _LINGER.unpack(descriptor.getsockopt(_ANY, socket.SO_LINGER, _LINGER.size))
        return Linger(bool(enabled), float(seconds))
    if kind is OptionKind.MARK:
        return int(_UNSIGNED.unpack(descriptor.getsockopt(_ANY, _SO_MARK, _UNSIGNED.size))[0])
    if kind in _TEXTS:
        return descriptor.getsockopt(*_TEXTS[kind], _NAME_BYTES).partition(b"\0")[0].decode()
    if kind in _TIMES:
        level, name, unit = _TIMES[kind]
        return descriptor.getsockopt(level, name) / unit
    number = descriptor.getsockopt(*_place(descriptor, target, kind))
    if kind in _FLAGS or kind in _BOOLEAN_BY_FAMILY:
        return bool(number)
    return number // 2 if kind in _BUFFERS else number  # the kernel tells the double, see socket(7)


def _write_keep_alive(descriptor: socket.socket, value: KeepAlive) -> None:
    descriptor.setsockopt(_ANY, socket.SO_KEEPALIVE, value.enabled)
    for name, number in (
        (socket.TCP_KEEPIDLE, value.idle),
        (socket.TCP_KEEPINTVL, value.interval),
        (socket.TCP_KEEPCNT, value.probes or None),
    ):
        if number is not None:
            descriptor.setsockopt(_TCP, name, int(number))


def _read_keep_alive(descriptor: socket.socket) -> KeepAlive:
    def times(name: int) -> float:
        return float(descriptor.getsockopt(_TCP, name))

    return KeepAlive(
        bool(descriptor.getsockopt(_ANY, socket.SO_KEEPALIVE)),
        times(socket.TCP_KEEPIDLE),
        times(socket.TCP_KEEPINTVL),
        descriptor.getsockopt(_TCP, socket.TCP_KEEPCNT),
    )


def lacking(family: Family, kind: OptionKind) -> str:
    """Why sockets of a family have no such option, which some kernels take and ignore; empty when they may have it."""
    if family is Family.UNIX and kind not in _UNIX_HAS:
        return "Unix-domain sockets have no such option"
    if kind is OptionKind.V6_ONLY and family is Family.IPV4:
        return "only IPv6 sockets have it"
    return ""


def _check_family(descriptor: socket.socket, kind: OptionKind) -> None:
    reason = lacking(_FAMILIES[descriptor.family], kind)
    if reason:
        raise OSError(errno.EOPNOTSUPP, reason)


def _no_longer() -> OSError:
    return OSError(errno.ENOTCONN, "the connection is gone, and its options with it")


@contextlib.contextmanager
def like(target: "Socket", family: Family) -> Iterator[socket.socket]:
    """A descriptor of the same kind, to try something on."""
    number = socket.AF_INET6 if family is Family.IPV6 else socket.AF_INET
    datagrams = target.category is Category.DATAGRAM
    with socket.socket(number, socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM) as descriptor:
        yield descriptor
