"""A peer that sends as many bytes as it is asked for: each request is their number, 8 bytes in network order.

Run as a program; it prints its port and serves until killed. Its bytes come from a file in memory, so that they need
not be copied into the kernel.
"""

import contextlib
import os
import socket
import threading

AT_ONCE = 4 << 20
REQUEST_BYTES = 8


def main() -> None:
    """Serve on a loopback port of the host's choice."""
    file = os.memfd_create("source")
    os.truncate(file, AT_ONCE)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=answer_all, args=(connection, file), daemon=True).start()


def answer_all(connection: socket.socket, file: int) -> None:
    """Answer one request after the other, until the other side ends."""
    with connection, contextlib.suppress(ConnectionError):
        while len(request := connection.recv(REQUEST_BYTES, socket.MSG_WAITALL)) == REQUEST_BYTES:
            left = int.from_bytes(request)
            while left:
                left -= os.sendfile(connection.fileno(), file, 0, min(left, AT_ONCE))


if __name__ == "__main__":
    main()
