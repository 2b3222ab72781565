"""TCP ports for tests: held ones, which refuse connections until one listens there, and one that is free just now.

A port that is only remembered may be anybody's by the time it is used: tests run beside each other.
"""

import itertools
import os
import socket


class HeldPort:
    """A port of 127.0.0.1 that nobody else can get, where connecting is refused until somebody listens with SO_REUSEADDR."""

    def __init__(self) -> None:
        holding = socket.socket()
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            holding.setsockopt(socket.SOL_SOCKET, option, 1)
        holding.bind(("127.0.0.1", 0))
        self.number: int = holding.getsockname()[1]
        self._descriptor = holding.detach()  # what is held for a whole run is no leak to be warned of

    def close(self) -> None:
        """Give it away."""
        os.close(self._descriptor)


_REFUSING = itertools.cycle([HeldPort() for _ in range(4)])


def unused_port() -> int:
    """Return a port on which nobody listens, nor will; the fifth is the first again."""
    return next(_REFUSING).number


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that nobody has at this moment, for those who have to be told what to bind to."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
