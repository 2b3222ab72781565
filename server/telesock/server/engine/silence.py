"""Silent mode: nothing leaves a connection any more, and what arrives is dropped before TCP sees it.

A socket filter that drops all does it (socket(7), SO_ATTACH_FILTER): without arrivals TCP has nothing to answer. What
could leave all the same is seen to: an acknowledgement that is held back is sent before the silence (TCP_QUICKACK; with
unread data Linux would hold it back even so, but leaving the repair mode sends one), keep-alive is off during it, nothing
is read, which would open the window, and a socket that closes is in repair mode (TCP_REPAIR), in which close(2) says
nothing. Unacknowledged data would be repeated, so there must be none. Once the socket is closed, the host answers what
its peer sends then, as it answers for every port that nobody has.
"""

import ctypes
import errno
import socket
import struct
from typing import TYPE_CHECKING

from telesock.server.core.options import KeepAlive, OptionKind, SetOption, Value
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.states import Request, State
from telesock.server.engine import kernel_options
from telesock.server.engine.privileges import ADMINISTRATION, lacks
from telesock.server.engine.tcp_info import read_tcp_info, unacknowledged_bytes, unread_bytes

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection
    from telesock.server.engine.sockets import Socket

_SO_ATTACH_FILTER = 26
_SO_DETACH_FILTER = 27
_TCP_REPAIR = 19
_DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)  # BPF: return 0 bytes of the packet
SILENT = (State.SILENT, State.SILENT_LAST)


def check(target: "Socket", wanted: bool) -> None:
    """Refuse silence where the state, data under way or the host forbids it."""
    connection = _connection(target)
    if wanted == (connection.state in SILENT) or not wanted:
        return  # as it is, or it may speak
    reason = missing()
    if reason:
        raise _not_available(reason)
    descriptor = connection.descriptor
    assert descriptor is not None, "a connection has its descriptor"
    if descriptor.family == socket.AF_UNIX:
        raise _not_available("Unix-domain sockets send no packets")
    if not connection.sends.empty or unacknowledged_bytes(descriptor):
        raise _not_now(connection, "data is under way to the peer; wait until it is acknowledged")
    if not connection.peer_finished and read_tcp_info(descriptor).state == "CLOSE_WAIT":
        raise _not_now(
            connection, "the peer's end has come and may not be acknowledged yet; receive up to it"
        )


def change(target: "Socket", option: SetOption) -> None:
    """Fall silent, or speak again. Raises OSError."""
    connection = _connection(target)
    if bool(option.value) == (connection.state in SILENT):
        return
    if option.value:
        _fall_silent(connection)
    else:
        _speak(connection)


def _fall_silent(connection: "Connection") -> None:
    descriptor = connection.descriptor
    assert descriptor is not None, "a connection has its descriptor"
    following = connection.permit(Request.SILENCE)
    _attach(descriptor)
    _acknowledge(descriptor)
    probing = descriptor.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    if probing:
        descriptor.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 0)
        connection.engine.probing.add(connection)
    connection.readable = False
    connection.state = following


def _speak(connection: "Connection") -> None:
    descriptor = connection.descriptor
    assert descriptor is not None, "a connection has its descriptor"
    following = connection.permit(Request.SPEAK)
    descriptor.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
    if connection in connection.engine.probing:
        connection.engine.probing.discard(connection)
        descriptor.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.state = following
    connection.readable = True
    connection.engine.read_later(connection)


def _acknowledge(descriptor: socket.socket) -> None:
    """Send the acknowledgement that may be held back, which would leave some 40 ms later."""
    descriptor.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    if unread_bytes(descriptor):
        shared = descriptor.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
        descriptor.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
        descriptor.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 0)
        descriptor.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, shared)  # the repair has changed it


def set_keep_alive(target: "Socket", option: SetOption) -> None:
    """Change the probing of an idle connection; a silent one probes once it speaks again. Raises OSError."""
    value = option.value
    assert isinstance(value, KeepAlive), "it is this option's value"
    if target.state not in SILENT:
        kernel_options.write(target, option)
        return
    kernel_options.write(target, SetOption(option.kind, value._replace(enabled=False)))
    probing = target.engine.probing
    if value.enabled:
        probing.add(_connection(target))
    else:
        probing.discard(_connection(target))


def read_keep_alive(target: "Socket", kind: OptionKind) -> Value:
    """Whether and how an idle connection is probed, or will be once it is no longer silent. Raises OSError."""
    value = kernel_options.read(target, kind)
    assert isinstance(value, KeepAlive), "it is this option's value"
    return value._replace(enabled=value.enabled or target in target.engine.probing)


def close_silently(connection: "Connection") -> None:
    """Let the close(2) that follows send nothing."""
    if connection.descriptor is not None:
        connection.descriptor.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)


def missing() -> str:
    """Why this process cannot make a socket silent; empty when it can."""
    try:
        with socket.socket() as descriptor:
            _attach(descriptor)
            descriptor.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
            descriptor.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 0)
    except OSError as error:
        return lacks(ADMINISTRATION) if error.errno == errno.EPERM else str(error.strerror)
    return ""


def _attach(descriptor: socket.socket) -> None:
    code = ctypes.create_string_buffer(_DROP_ALL, len(_DROP_ALL))
    program = struct.pack("HL", 1, ctypes.addressof(code))
    descriptor.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def _connection(target: "Socket") -> "Connection":
    from telesock.server.engine.connection import Connection

    assert isinstance(target, Connection), "no other socket is ever connected"
    return target


def _not_available(why: str) -> Refused:
    return Refused(Reason.NOT_AVAILABLE, f"silent: {why}", option="SILENT", wsk_status="STATUS_NOT_SUPPORTED")


def _not_now(connection: "Connection", why: str) -> Refused:
    return Refused(
        Reason.WRONG_STATE,
        f"silent: {why}",
        state=connection.state.name,
        wsk_status="STATUS_INVALID_DEVICE_STATE",
    )
