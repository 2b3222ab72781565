"""A remote connection as a socket of this host: for libraries that take one, `ssl`, `select` and C libraries included.

    with open_socket(session, "server.lab", 443) as connection:
        encrypted = context.wrap_socket(connection, server_hostname="server.lab")

It is one end of a pair (socketpair(2)), with a descriptor that the kernel knows, so whatever a program does with a
connection's descriptor works; a thread joins the other end to the remote connection (pump.py). What is not as with TCP: its
family is AF_UNIX; every failure is ECONNRESET for whoever reads and EPIPE for whoever writes, `problem` says which; a reset
by SO_LINGER works with this class's own `close` alone.
"""

import contextlib
import errno
import os
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from typing import Any, Self

from telesock.client.errors import TelesockError
from telesock.client.streams.failing import as_os_error
from telesock.client.streams.joint import Joint
from telesock.client.streams.local_end import local_pair
from telesock.client.streams.names import socket_name
from telesock.client.streams.pump import PUMPS, Pump
from telesock.client.streams.socket_options import as_number, row_of
from telesock.client.sync.datagrams import DatagramSocket
from telesock.client.sync.listeners import Listener
from telesock.client.sync.session import Session
from telesock.client.sync.sockets import CLOSE_TIMEOUT, Socket

_LINGER = struct.Struct("ii")


def open_socket(session: Session, host: str, port: int = 0, **connecting: Any) -> "RemoteSocket":
    """Connect through a session's agent, which also resolves the name.

    Arguments and failures are those of the session's `connect`: `timeout` is for connecting, and the socket has what
    `socket.getdefaulttimeout` says.
    """
    operation = session.connect(host, port, **connecting)
    try:
        return as_socket(operation.result())
    except KeyboardInterrupt:
        with contextlib.suppress(TelesockError):
            operation.cancel()
            operation.result().close()  # it was too late
        raise


def as_socket(connection: Socket) -> "RemoteSocket":
    """Return a connection of the blocking client as a socket; it is that's alone from now on."""
    if not isinstance(connection, Socket) or isinstance(connection, Listener | DatagramSocket):
        raise TypeError(
            f"{connection!r} is no connection of the blocking client; for asyncio there are asyncio_streams"
        )
    end, theirs = local_pair()
    joint = Joint(connection, end)
    made = RemoteSocket(theirs.family, theirs.type, theirs.proto, theirs.detach())
    made._join(connection, joint, PUMPS.enter(end.fileno(), joint))
    return made


class RemoteSocket(socket.socket):
    """The socket. Made with `open_socket` or `as_socket`.

    `close` waits until the peer's host has what was sent and our end: at most CLOSE_TIMEOUT, after which the connection is
    reset, or the socket's own timeout where that is shorter; not at all where it does not block.
    """

    _connection: Socket
    _joint: Joint
    _pump: Pump
    _resets = False

    def _join(self, connection: Socket, joint: Joint, pump: Pump) -> None:
        self._connection, self._joint, self._pump = connection, joint, pump

    @property
    def problem(self) -> TelesockError | None:
        """Why the connection was lost, if it was."""
        return self._joint.problem

    def getpeername(self) -> Any:
        """Return the remote address, as the agent has it."""
        super().getpeername()  # raises what it raises when it is closed
        return socket_name(self._connection.remote)

    def getsockname(self) -> Any:
        """Return the local address, which is one of the agent's host."""
        super().getsockname()
        return socket_name(self._connection.local)

    def connect(self, address: Any) -> None:
        """Raise: it is connected."""
        raise OSError(errno.EISCONN, os.strerror(errno.EISCONN))

    def connect_ex(self, address: Any) -> int:
        """Return why not: it is connected."""
        return errno.EISCONN

    def dup(self) -> Self:
        """Return another of the same connection, which ends with the last of them."""
        made = super().dup()
        made._join(self._connection, self._joint, self._pump)
        return made

    # Options

    def setsockopt(self, level: int, optname: int, value: Any, *optlen: int) -> None:
        """Set an option: those of TCP at the agent, others on this host. Raises OSError for one that neither has."""
        if (level, optname) == (socket.SOL_SOCKET, socket.SO_LINGER):
            self._resets = _is_reset(value)
        row = row_of(level, optname)
        if row is None:
            super().setsockopt(level, optname, value, *optlen)
            return
        with _told_as_os_error():
            held = self._connection.options.get(row.name) if row.has_parts else None
            self._connection.options.set(**{row.name: row.write(as_number(value), held)})

    def getsockopt(self, level: int, optname: int, *buflen: int) -> Any:
        """Return an option: those of TCP from the agent."""
        row = row_of(level, optname)
        if row is None:
            return super().getsockopt(level, optname, *buflen)
        with _told_as_os_error():
            number = row.read(self._connection.options.get(row.name))
        return number.to_bytes(4, sys.byteorder, signed=True)[: buflen[0]] if buflen else number

    # Leaving

    def close(self) -> None:
        """Close it, see above; as often as one likes."""
        was_open = self.fileno() != -1
        if was_open and self._resets:
            self._pump.call(self._joint.abort)
        super().close()
        if was_open and self.fileno() == -1:
            self._wait()

    def _wait(self) -> None:
        done, timeout = threading.Event(), self.gettimeout()
        may_wait = timeout != 0 and threading.get_ident() != self._connection._core.turn.reader
        if self._pump.call(lambda: self._joint.left(done)) and may_wait:
            done.wait(CLOSE_TIMEOUT if timeout is None else min(timeout, CLOSE_TIMEOUT))

    def __exit__(self, kind: Any = None, *exception: object) -> None:
        """Close it. A block that is left by KeyboardInterrupt resets the connection."""
        if kind is not None and not issubclass(kind, Exception):
            self._resets = True
        self.close()


@contextlib.contextmanager
def _told_as_os_error() -> Iterator[None]:
    try:
        yield
    except TelesockError as error:
        raise as_os_error(error) from error


def _is_reset(value: Any) -> bool:
    """Whether SO_LINGER asks for a reset."""
    if not isinstance(value, bytes | bytearray) or len(value) != _LINGER.size:
        return False
    enabled, seconds = _LINGER.unpack(value)
    return bool(enabled) and seconds == 0
