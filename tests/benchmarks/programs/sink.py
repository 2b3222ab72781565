"""A peer that takes everything, keeps nothing, and ends its side as soon as the other has ended its own.

Run as a program; it prints its port and serves until killed. It costs little, for it shares the machine with what is
measured: it lets the kernel throw the bytes away, and with an argument it looks at a connection only when so many bytes
have come, or the end. That is for small sends; where a window fills or an acknowledgement is waited for, it delays.
"""

import contextlib
import select
import socket
import sys

AT_ONCE = 1 << 20
BACKLOG = 4096
SELDOM = str(256 * 1024)
"""The argument to give for small sends."""


def main(worth_a_look: int = 1) -> None:
    """Serve on a loopback port of the host's choice."""
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listener, select.epoll() as poller:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, worth_a_look)  # its connections inherit it
        listener.setblocking(False)
        poller.register(listener, select.EPOLLIN)
        print(listener.getsockname()[1], flush=True)
        serve(listener, poller)


def serve(listener: socket.socket, poller: select.epoll) -> None:
    """Accept, and drain, for ever."""
    connections: dict[int, socket.socket] = {}
    unused = bytearray(AT_ONCE)
    while True:
        for descriptor, _ in poller.poll():
            if descriptor == listener.fileno():
                accept_all(listener, poller, connections)
            elif not drain(connections[descriptor], unused):
                connections.pop(descriptor).close()


def accept_all(listener: socket.socket, poller: select.epoll, connections: dict[int, socket.socket]) -> None:
    """Take every connection that waits."""
    with contextlib.suppress(BlockingIOError):
        while True:
            connection, _ = listener.accept()
            connections[connection.fileno()] = connection
            poller.register(connection, select.EPOLLIN)


def drain(connection: socket.socket, unused: bytearray) -> bool:
    """Throw away what is there; return whether more may come."""
    with contextlib.suppress(BlockingIOError):
        try:
            return connection.recv_into(unused, 0, socket.MSG_DONTWAIT | socket.MSG_TRUNC) > 0
        except ConnectionError:
            return False
    return True


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
