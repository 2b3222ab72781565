"""Connections that were not connected from here: adopted from a listener, turned down again, or a listener made of one.

A socket that was accepted is a connection socket, born connected; what it tells from its first byte on is decided before
that byte is read.
"""

from typing import TYPE_CHECKING

from telesock.server.core.operations import Operation
from telesock.server.core.requests import Callbacks, Listen
from telesock.server.core.states import Request, State
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status, failure_from_errno

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection
    from telesock.server.engine.inspecting import HeldConnection


def adopt(connection: "Connection", held: "HeldConnection", callbacks: Callbacks) -> None:
    """Make a socket of a connection that exists; it reads nothing yet. Raises OSError and makes none."""
    connection.engine.poller.register(held.descriptor.fileno(), connection)
    connection.descriptor = held.descriptor
    connection.set_family()
    connection.local, connection.remote = held.local, held.remote
    connection.state = State.CONNECTED
    connection.enter()
    if held.inspect_id:
        connection.session.inspect_ids[connection.socket_id] = held.inspect_id
    connection.readable = connection.writable = True
    connection.begin_indicating(callbacks)


def turn_down(connection: "Connection") -> None:
    """Reset a connection whose indication was refused; nothing more is told of it."""
    if connection.state is State.CLOSED:
        return
    connection.slots.take_end()
    connection.ending.reset(_TURNED_DOWN)
    connection.forget()


def become_listener(connection: "Connection", operation: Operation, request: Listen) -> None:
    """A bound stream socket listens from now on: its place is taken by a listener."""
    from telesock.server.engine.listening import Listener

    following = connection.permit(Request.LISTEN)
    connection.accept(operation)
    listener = Listener(connection.engine, connection.session, connection.socket_id, connection.category)
    listener.take_over(connection)
    try:
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


_TURNED_DOWN = Failure(
    Status.REQUEST_NOT_ACCEPTED,
    Cause(Origin.CANCEL, Phase.CONNECT, detail="the connection was refused by its listener's owner"),
)
