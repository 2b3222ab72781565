"""Two ends of one connection for programs in threads, the near one plain or through an agent, the far one always plain.

await ends(program)             # the fixture of test_sockets.py and its neighbours; program(near, far)
reset(far)                      # a RST at once
"""

import contextlib
import select
import socket
import struct
from collections.abc import Iterator

from telesock.client import Session
from telesock.client.streams.sockets import open_socket

PATIENCE = 20.0  # seconds for what has to happen soon


@contextlib.contextmanager
def both_ends(
    session: Session | None, receive_buffer: int = 0
) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Connect; with a session through its agent."""
    with socket.socket() as listener:
        if receive_buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        near = dial(session, listener.getsockname())
        far, _ = listener.accept()
    near.settimeout(PATIENCE)
    far.settimeout(PATIENCE)
    with near, far:
        yield near, far


def dial(session: Session | None, address: tuple[str, int]) -> socket.socket:
    """Connect to a place; with a session through its agent."""
    return socket.create_connection(address) if session is None else open_socket(session, *address)


def reset(descriptor: socket.socket) -> None:
    """End a connection with a RST."""
    descriptor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    descriptor.close()


def read_all(descriptor: socket.socket) -> bytes:
    """Read until the other end's end."""
    read = bytearray()
    while data := descriptor.recv(1 << 20):
        read += data
    return bytes(read)


def read_exactly(descriptor: socket.socket, size: int) -> bytes:
    """Read so many bytes: MSG_WAITALL does not wait where there is a timeout."""
    read = bytearray()
    while len(read) < size and (data := descriptor.recv(size - len(read))):
        read += data
    return bytes(read)


def until_readable(descriptor: socket.socket) -> None:
    """Wait until there is something to read."""
    assert select.select([descriptor], [], [], PATIENCE)[0] == [descriptor]


def flags_of(descriptor: socket.socket) -> int:
    """Return what poll(2) tells at once of what can be read, of ends and of failures."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLRDHUP)
    return dict(poll.poll(0)).get(descriptor.fileno(), 0)
