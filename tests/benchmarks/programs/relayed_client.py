"""What is done through a relay, or without one: takes bytes, makes round trips, or opens connections.

    relayed_client PORT {bytes|trips|connections} COUNT

Run as a program with the port of what relays, or of the upstream itself, which for bytes is the program source, otherwise
echo_peer; it prints how many a second. The kernel throws the bytes away, so that taking them costs next to nothing.
Connections live many at a time: each is opened, makes one round trip, and is ended from this side first.
"""

import socket
import sys
import time
from collections.abc import Callable

from tests.benchmarks.programs.source import REQUEST_BYTES

AT_ONCE = 1 << 20
SMALL = b"x" * 64
AT_A_TIME = 32


def connect(port: int) -> socket.socket:
    """Connect; nothing waits for more to be sent."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def take(connection: socket.socket, count: int) -> None:
    """Take so many bytes, and keep none."""
    unused = bytearray(AT_ONCE)
    while count:
        taken = connection.recv_into(unused, min(count, AT_ONCE), socket.MSG_TRUNC)
        if not taken:
            raise ConnectionAbortedError(f"the stream ended {count} bytes early")
        count -= taken


def take_bytes(port: int, count: int) -> float:
    """Return how many bytes a second come through one connection that has been used before."""
    with connect(port) as connection:
        request(connection, len(SMALL))
        return _rate(count, lambda: request(connection, count))


def request(connection: socket.socket, count: int) -> None:
    """Ask for so many bytes, and take them."""
    connection.sendall(count.to_bytes(REQUEST_BYTES))
    take(connection, count)


def make_trips(port: int, count: int) -> float:
    """Return how many small round trips a second one connection makes, one after the other."""
    with connect(port) as connection:
        trip(connection)

        def trips() -> None:
            for _ in range(count):
                trip(connection)

        return _rate(count, trips)


def trip(connection: socket.socket) -> None:
    """One small round trip."""
    connection.sendall(SMALL)
    connection.recv(len(SMALL), socket.MSG_WAITALL)


def open_connections(port: int, count: int) -> float:
    """Return how many connections a second are opened, used once and ended."""

    def open_all() -> None:
        for _ in range(count // AT_A_TIME):
            open_some(port, AT_A_TIME)

    return _rate(count, open_all)


def open_some(port: int, count: int) -> None:
    """Let some connections live at once."""
    opened = [connect(port) for _ in range(count)]
    for each in opened:
        each.sendall(SMALL)
    for each in opened:
        assert each.recv(len(SMALL), socket.MSG_WAITALL) == SMALL, "it is echoed"
        each.shutdown(socket.SHUT_WR)
    for each in opened:
        assert each.recv(1) == b"", "the other side ends too"
        each.close()


def _rate(count: int, work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


WORK = {"bytes": take_bytes, "trips": make_trips, "connections": open_connections}

if __name__ == "__main__":
    print(WORK[sys.argv[2]](int(sys.argv[1]), int(sys.argv[3])), flush=True)
