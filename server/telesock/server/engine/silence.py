"""Silent mode: nothing leaves a connection any more, and what arrives is dropped before TCP sees it.

A socket filter that drops all does it (socket(7), SO_ATTACH_FILTER): without arrivals TCP has nothing to answer. What
could leave all the same is seen to: an acknowledgement that is held back is sent before the silence (TCP_QUICKACK),
keep-alive is off during it, nothing is read, which would open the window, and a socket that closes is in repair mode
(TCP_REPAIR), in which close(2) says nothing. Unacknowledged data would be repeated, so there must be none.
"""

import ctypes
import socket
import struct
from typing import TYPE_CHECKING

from telesock.server.core.options import SetOption
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.states import Request, State
from telesock.server.engine.tcp_info import unacknowledged_bytes

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
    if wanted == (connection.state in SILENT):
        if not wanted:
            raise _not_now(connection, "it is not silent")
        return
    connection.permit(Request.SILENCE if wanted else Request.SPEAK)
    if not wanted:
        return
    reason = missing()
    if reason:
        raise Refused(Reason.NOT_AVAILABLE, f"silent: {reason}", option="SILENT")
    descriptor = connection.descriptor
    assert descriptor is not None, "a connection has its descriptor"
    if descriptor.family == socket.AF_UNIX:
        raise Refused(Reason.NOT_AVAILABLE, "silent: Unix-domain sockets send no packets", option="SILENT")
    if not connection.sends.empty or unacknowledged_bytes(descriptor):
        raise _not_now(connection, "data is under way to the peer; wait until it is acknowledged")


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
    descriptor.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    _attach(descriptor)
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


def close_silently(connection: "Connection") -> None:
    """Let the close(2) that follows send nothing."""
    connection.engine.probing.discard(connection)
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
        return f"the agent lacks the privilege for it, CAP_NET_ADMIN ({error.strerror})"
    return ""


def _attach(descriptor: socket.socket) -> None:
    code = ctypes.create_string_buffer(_DROP_ALL, len(_DROP_ALL))
    program = struct.pack("HL", 1, ctypes.addressof(code))
    descriptor.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def _connection(target: "Socket") -> "Connection":
    from telesock.server.engine.connection import Connection

    if not isinstance(target, Connection):
        raise Refused(Reason.WRONG_STATE, "silent: only a connected socket can fall silent")
    return target


def _not_now(connection: "Connection", why: str) -> Refused:
    return Refused(
        Reason.WRONG_STATE,
        f"silent: {why}",
        state=connection.state.name,
        wsk_status="STATUS_INVALID_DEVICE_STATE",
    )
