"""A TCP relay between a client and an agent, to be cut: what is on its way at that moment is lost.

way = await relay(agent.address)        # the fixture
client = AsyncClient(way.address)
way.cut()                               # RST to both ends of every connection; new ones are taken
way.block()                             # the same, and new connections are refused until way.unblock()
"""

import asyncio
import contextlib
from collections.abc import Iterator

from tests.ports import HeldPort


class Relay:
    """Passes bytes on, both ways. Use as an async context manager."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._port = HeldPort()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.connections = 0
        """Connections taken so far."""
        self._taken = asyncio.Event()

    @property
    def address(self) -> str:
        """Where clients connect to."""
        return f"127.0.0.1:{self._port.number}"

    async def __aenter__(self) -> "Relay":
        """Listen."""
        await self.unblock()
        return self

    async def __aexit__(self, *exception: object) -> None:
        """End everything and wait until it is gone."""
        self.block()
        while self._tasks:
            await asyncio.wait(self._tasks)
        self._port.close()

    async def unblock(self) -> None:
        """Take connections, on the same port as ever."""
        if self._server is None:
            self._server = await asyncio.start_server(
                self._serve, "127.0.0.1", self._port.number, reuse_port=True
            )

    def block(self) -> None:
        """Cut everything and refuse connections from now on."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()

    async def taken(self) -> None:
        """Wait for the next connection: nothing has gone through it yet."""
        self._taken.clear()
        await self._taken.wait()

    def cut(self) -> None:
        """Reset every connection, to both sides."""
        for writer in self._writers:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._taken.set()
        host, _, port = self._target.rpartition(":")
        with self._kept(writer), contextlib.suppress(OSError, asyncio.CancelledError):
            far_reader, far_writer = await asyncio.open_connection(host, int(port))
            with self._kept(far_writer):
                async with asyncio.TaskGroup() as ways:
                    ways.create_task(_pass_on(reader, far_writer))
                    ways.create_task(_pass_on(far_reader, writer))

    @contextlib.contextmanager
    def _kept(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None, "called by the server"
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            yield
        finally:
            writer.transport.abort()
            self._writers.discard(writer)
            self._tasks.discard(task)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()
