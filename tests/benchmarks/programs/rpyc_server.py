"""The peer RPyC: a classic server, whose client works with this process's modules as if they were its own.

Run as a program; it prints its port and serves until it is killed.
"""

from rpyc.core.service import ClassicService
from rpyc.utils.server import ThreadedServer


def main() -> None:
    """Serve on a loopback port of the host's choice."""
    server = ThreadedServer(ClassicService, hostname="127.0.0.1", port=0)
    server.listener.listen(server.backlog)  # as start() will, which is too late for who reads the port
    print(server.port, flush=True)
    server.start()


if __name__ == "__main__":
    main()
