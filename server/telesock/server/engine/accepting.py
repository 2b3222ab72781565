"""Connections that were not connected from here: adopted from a listener, turned down again, or a listener made of one.

A socket that was accepted is a connection socket, born connected; what it tells from its first byte on is decided before
that byte is read.
"""

import errno
import select
import socket
from typing import TYPE_CHECKING

from telesock.server.core.operations import Operation
from telesock.server.core.requests import Callbacks, Endpoint, Listen
from telesock.server.core.states import Request, State
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status, failure_from_errno
from telesock.server.engine.connecting import new_descriptor
from telesock.server.engine.inspecting import HeldConnection, WaitingRoom
from telesock.server.engine.judging import check_listen
from telesock.server.engine.sockets import FAMILIES, WILDCARDS, endpoint

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection


LEFT_WAITING = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ENOSPC, errno.EPERM, errno.EACCES}
)
"""Errors of accept(2) that leave the connection where it is."""
OF_ONE_CONNECTION = frozenset(
    {
        errno.ECONNABORTED,
        errno.EPROTO,
        errno.ENOPROTOOPT,
        errno.EOPNOTSUPP,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.ENONET,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
    }
)
"""Errors of accept(2) that concern a connection that is gone; the next one may be taken."""


def connection_waits(listening: socket.socket) -> bool:
    """Whether a connection is in the kernel's queue."""
    poll = select.poll()
    poll.register(listening, select.POLLIN)
    return bool(poll.poll(0))


def take_connection(listening: socket.socket, at: Endpoint, room: WaitingRoom | None) -> HeldConnection:
    """Take the first connection out of the kernel's queue, of a listener at an address. Raises OSError."""
    descriptor, remote = listening.accept()
    descriptor.setblocking(False)
    local = endpoint(descriptor.getsockname()) if at.host in WILDCARDS.values() else at
    return HeldConnection(descriptor, local, endpoint(remote), room)


def ended(error: OSError | None = None) -> Failure:
    """A listener does not listen any more, though nobody has closed it."""
    number = 0 if error is None else error.errno or 0
    cause = failure_from_errno(number, Phase.CONNECT).cause if number else _ENDED
    return Failure(Status.FILE_FORCED_CLOSED, cause._replace(detail=_ENDED.detail))


def adopt(connection: "Connection", held: HeldConnection, callbacks: Callbacks) -> Failure | None:
    """Make a socket of a connection that exists; it reads nothing yet. What the host cannot watch is reset."""
    try:
        connection.engine.poller.register(held.descriptor.fileno(), connection)
    except OSError as error:
        held.reset()
        return failure_from_errno(error.errno or 0, Phase.CONNECT, str(error))
    connection.descriptor = held.descriptor
    connection.set_family()
    connection.local, connection.remote = held.local, held.remote
    connection.state = State.CONNECTED
    connection.enter()
    if held.inspect_id:
        connection.session.inspect_ids[connection.socket_id] = held.inspect_id
    connection.readable = connection.writable = True
    if connection.session.faults is not None:
        connection.faults_changed()
    connection.begin_indicating(callbacks)
    return None


def turn_down(connection: "Connection") -> None:
    """Reset a connection whose indication was refused; nothing more is told of it."""
    if connection.state is State.CLOSED:
        return
    if connection.state is State.CLOSING:
        connection.ending.finish_close()
        return
    connection.ending.reset(_TURNED_DOWN)
    connection.forget()


def become_listener(connection: "Connection", operation: Operation, request: Listen) -> None:
    """A bound stream socket listens from now on: its place is taken by a listener."""
    from telesock.server.engine.listening import Listener

    following = connection.permit(Request.LISTEN)
    assert connection.local is not None, "it is bound"
    check_listen(connection, connection.local)
    connection.accept(operation)
    listener = Listener(connection.engine, connection.session, connection.socket_id, connection.category)
    try:
        if connection.descriptor is None:  # a connect that failed could not make it anew
            new_descriptor(connection, FAMILIES[connection.family], connection.local)
        listener.take_over(connection)
        with connection.engine.sharing.sharing(connection):
            listener.listen_now()
    except OSError as error:
        listener.descriptor = None  # it is the connection's still
        connection.complete(operation, failure=failure_from_errno(error.errno or 0, Phase.BIND, str(error)))
        return
    connection.descriptor = None
    listener.state = following
    connection.session.sockets[connection.socket_id] = listener
    connection.engine.sharing.hand_on(connection, listener)
    connection.engine.unix_paths.hand_on(connection, listener)
    listener.complete(operation)
    listener.take()


AGENT_FULL = Failure(
    Status.INSUFFICIENT_RESOURCES,
    Cause(Origin.LOCAL_HOST, Phase.CONNECT, detail="the agent has as many sockets as it may have"),
)
_ENDED = Cause(Origin.LOCAL_HOST, Phase.CONNECT, detail="the host has ended the listener")
_TURNED_DOWN = Failure(
    Status.REQUEST_NOT_ACCEPTED,
    Cause(Origin.CANCEL, Phase.CONNECT, detail="the connection was refused by its listener's owner"),
)
