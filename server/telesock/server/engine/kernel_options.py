"""The options that are one setsockopt(2) or a few: names, levels, and how a value is written and read.

Numbers that Python's socket module does not name are those of linux/tcp.h and asm-generic/socket.h.
"""

import contextlib
import socket
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from telesock.server.core.options import KeepAlive, Linger, OptionKind, SetOption, Value
from telesock.server.core.states import Category, State

if TYPE_CHECKING:
    from telesock.server.engine.sockets import Socket

_SO_MARK = 36
_SO_BINDTODEVICE = 25
_TCP_FASTOPEN_CONNECT = 30
_NAME_BYTES = 16
_LINGER = struct.Struct("ii")

_TCP, _IP, _IPV6, _ANY = socket.IPPROTO_TCP, socket.IPPROTO_IP, socket.IPPROTO_IPV6, socket.SOL_SOCKET
_FLAGS = {
    OptionKind.NO_DELAY: (_TCP, socket.TCP_NODELAY),
    OptionKind.REUSE_ADDRESS: (_ANY, socket.SO_REUSEADDR),
    OptionKind.V6_ONLY: (_IPV6, socket.IPV6_V6ONLY),
    OptionKind.BROADCAST: (_ANY, socket.SO_BROADCAST),
    OptionKind.QUICK_ACKNOWLEDGE: (_TCP, socket.TCP_QUICKACK),
}
_NUMBERS = {
    OptionKind.MARK: (_ANY, _SO_MARK),
    OptionKind.MAXIMUM_SEGMENT_BYTES: (_TCP, socket.TCP_MAXSEG),
}
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
        OptionKind.REUSE_ADDRESS,
    }
)


def write(target: "Socket", option: SetOption) -> None:
    """Set an option. Raises OSError."""
    assert target.descriptor is not None or target.state is State.RESET, "a socket in use has its descriptor"
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
    return *_place(descriptor, target, kind), int(value)


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


def _check_family(descriptor: socket.socket, kind: OptionKind) -> None:
    """Say so where the family has no such option: some kernels take it and ignore it."""
    if descriptor.family == socket.AF_UNIX and kind not in _UNIX_HAS:
        raise OSError(95, "Unix-domain sockets have no such option")
    if kind is OptionKind.V6_ONLY and descriptor.family != socket.AF_INET6:
        raise OSError(95, "only IPv6 sockets have it")


def _no_longer() -> OSError:
    return OSError(107, "the connection is gone, and its options with it")


@contextlib.contextmanager
def like(target: "Socket") -> Iterator[socket.socket]:
    """A descriptor of the same kind, to try something on."""
    family: Any = socket.AF_INET if target.descriptor is None else target.descriptor.family
    datagrams = target.category is Category.DATAGRAM
    with socket.socket(family, socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM) as descriptor:
        yield descriptor
