"""Engines for the tests of the engine, and a place that leaves them waiting."""

import contextlib
import os
import resource
import select
import socket
from collections.abc import Iterable, Iterator

from tests.server.engine.driver import Driver

from telesock.server.core.events import Event, PolicyDenied
from telesock.server.core.journal import Retention
from telesock.server.core.limits import Limits
from telesock.server.core.policy import LOOPBACK, Policy
from telesock.server.core.requests import Endpoint
from telesock.server.engine.engine import Engine
from telesock.server.engine.session_table import Opening
from telesock.server.engine.sessions import HeldSession


class Agent:
    """Makes drivers of fresh engines, and checks at the end that nothing is left of them."""

    def __init__(self) -> None:
        self._engines: list[Engine] = []
        self.bugs: list[Exception] = []
        self.denials: list[PolicyDenied] = []

    def start(
        self,
        limits: Limits | None = None,
        allow: Iterable[str] = LOOPBACK,
        allow_listen: Iterable[str] = ("0.0.0.0/0", "::/0"),
        allow_resolve: Iterable[str] = ("*",),
        retention: Retention = Retention.UNTIL_ACKNOWLEDGED,
        lease: float | None = None,
    ) -> Driver:
        """Start an engine and open a session on it."""
        told: list[Event] = []

        def encode(event: Event) -> bytes:
            told.append(event)
            return (len(told) - 1).to_bytes(4, "big")

        engine = Engine(
            encode, limits, Policy(allow, allow_listen, allow_resolve), self.bugs.append, denied=self._denied
        )
        self._engines.append(engine)
        return Driver(engine, told, Opening(lease=lease, retention=retention))

    def _denied(self, session: HeldSession, denial: PolicyDenied) -> None:
        self.denials.append(denial)

    def stop(self) -> None:
        """End all engines; they must have met no bug, hold no socket and owe no bytes."""
        for engine in self._engines:
            engine.close()
        owed = [
            (engine.sockets, engine.pending_send_bytes, len(engine.poller), engine.sessions._storage.used)
            for engine in self._engines
        ]
        assert (self.bugs, owed) == ([], [(0, 0, 0, 0)] * len(owed))


@contextlib.contextmanager
def silent_address(host: str) -> Iterator[Endpoint]:
    """Listen with a queue of one, and fill it: Linux leaves further connects unanswered, see listen(2)."""
    with socket.create_server((host, 0), backlog=0) as listener:
        address = Endpoint(*listener.getsockname())
        with socket.create_connection(address):
            select.select([listener], [], [])  # the one connection is in the queue
            yield address


@contextlib.contextmanager
def no_descriptors_left() -> Iterator[None]:
    """Let this process open nothing more (EMFILE, see getrlimit(2))."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))) + 2, hard))
    taken: list[int] = []
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.dup(2))
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
