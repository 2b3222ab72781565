"""A channel that neither passes anything nor says so: the client notices by keep-alive, and takes the session up again."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
from tests.agents import RunningAgent
from tests.cutting.passing import Passing
from tests.cutting.plan import Cut, Direction, Kind

from telesock.client import AsyncClient

# The client's own, but ten times as fast.
KEEP_ALIVE = (
    ("grpc.keepalive_time_ms", 1_000),
    ("grpc.keepalive_timeout_ms", 500),
    ("grpc.http2.ping_timeout_ms", 500),
)


class SilentWay:
    """A way to an agent whose first connection falls silent, and no other."""

    def __init__(self, target: str, silent: Cut) -> None:
        self._target = target
        self._silent = silent
        self._tasks: list[asyncio.Task[object]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.address = "127.0.0.1:{1}".format(*self._listener.getsockname())

    @property
    def connections(self) -> int:
        """How many there were."""
        return len(self._tasks)

    async def accept(self) -> None:
        """Take connections until cancelled."""
        loop = asyncio.get_running_loop()
        host, _, port = self._target.rpartition(":")
        with self._listener:
            while True:
                near, _ = await loop.sock_accept(self._listener)
                far = socket.create_connection((host, int(port)))
                far.setblocking(False)
                cut = None if self._tasks else self._silent
                self._tasks.append(loop.create_task(Passing(near, far, cut).run()))

    async def end(self) -> None:
        """End all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def silent_way(target: str, silent: Cut) -> AsyncIterator[SilentWay]:
    way = SilentWay(target, silent)
    accepting = asyncio.create_task(way.accept())
    try:
        yield way
    finally:
        accepting.cancel()
        await asyncio.gather(accepting, return_exceptions=True)
        await way.end()


@pytest.mark.parametrize("direction", Direction)
async def test_a_channel_that_has_fallen_silent_is_given_up_and_everything_asked_on_it_is_done(
    direction: Direction, agent: RunningAgent
) -> None:
    silent = Cut(direction, 3_000, Kind.STALL, 3600.0, 0.0)
    async with (
        silent_way(agent.address, silent) as way,
        AsyncClient(way.address, options=KEEP_ALIVE) as client,
        client.session(lease=600) as session,
    ):
        asked = [session.create_socket() for _ in range(300)]
        made = [await each for each in asked]

        assert [each.socket_id for each in made] == list(range(1, 301))
        assert way.connections == 2
