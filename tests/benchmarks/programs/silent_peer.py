"""A peer that accepts and never reads. Run as a program; it prints its port and serves until it is killed.

Its windows are small, so that whoever sends to it has soon to wait.
"""

import resource
import socket

_RECEIVE_BUFFER = 4_096


def serve() -> None:
    """Keep every connection on a loopback port of the host's choice."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    kept = []
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        listener.bind(("127.0.0.1", 0))
        listener.listen(4096)
        print(listener.getsockname()[1], flush=True)
        while True:
            kept.append(listener.accept()[0])


if __name__ == "__main__":
    serve()
