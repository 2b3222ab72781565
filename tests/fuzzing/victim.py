"""An agent in a process of its own that is attacked, and a neighbour on it whom nothing of that may hurt.

async with attacked() as victim:
    async with victim.unhurt():      # the neighbour goes on all the time, and afterwards nothing is left behind
        ...                          # whatever an attacker does to victim.address

Afterwards the agent still runs, has written nothing about a bug of its own, and has the descriptors, threads, sessions
and sockets that it had before.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import psutil
from tests.agents import AgentProcess, agent_process

from telesock.client import AsyncClient, AsyncSocket

PATIENCE = 20.0
"""Seconds after which something is taken to hang."""
MOST_GROWTH = 96 << 20
"""Bytes of memory by which an agent that was attacked may have grown: what its allocators keep."""
_SPARE_DESCRIPTORS = 4  # of gRPC's own, made when it first needs them
_WORD = b"as ever" * 9


@dataclass(frozen=True)
class Figures:
    """What an agent has at a moment."""

    descriptors: int
    sessions: int
    sockets: int


class Neighbour:
    """A session on the same agent that sends to an echo and gets back what it sent, again and again."""

    def __init__(self, socket: AsyncSocket) -> None:
        self._socket = socket
        self.rounds = 0

    async def go_on(self) -> None:
        """Do so for ever. Raises what goes wrong."""
        while True:
            async with asyncio.timeout(PATIENCE):
                await self.once()

    async def until_rounds(self, rounds: int) -> None:
        """Wait until so many are done, by whoever does them."""
        async with asyncio.timeout(PATIENCE):
            while self.rounds < rounds:  # noqa: ASYNC110 - it would be told too often
                await asyncio.sleep(0.005)

    async def once(self) -> None:
        """Do it once."""
        await self._socket.send(_WORD)
        assert await self._socket.receive(len(_WORD), wait_all=True) == _WORD
        self.rounds += 1


class Victim:
    """The agent, its neighbour, and what it had before."""

    def __init__(self, agent: AgentProcess, client: AsyncClient, neighbour: Neighbour) -> None:
        self.agent = agent
        self.address = agent.address
        self.process = psutil.Process(agent.process.pid)
        self.neighbour = neighbour
        self._client = client

    async def figures(self) -> Figures:
        """Return what the agent has now."""
        told = await self._client.get_agent()
        return Figures(self.process.num_fds(), told.sessions, told.sockets)

    @contextlib.asynccontextmanager
    async def unhurt(self, by: str = "this") -> AsyncIterator[None]:
        """Fail if the neighbour notices anything, or something is left behind."""
        before, memory, rounds = await self.figures(), self.process.memory_info().rss, self.neighbour.rounds
        going_on = asyncio.create_task(self.neighbour.go_on())
        try:
            yield
            await self._until_as(before)
            with contextlib.suppress(TimeoutError):  # said below
                await self.neighbour.until_rounds(rounds + 2)
        finally:
            going_on.cancel()
            ended = (await asyncio.gather(going_on, return_exceptions=True))[0]
        assert isinstance(ended, asyncio.CancelledError), f"the neighbour was hurt by {by}: {ended!r}"
        await self.neighbour.once()
        assert self.neighbour.rounds > rounds + 1, f"the neighbour was held up by {by}"
        assert self.process.memory_info().rss - memory < MOST_GROWTH, f"{by} leaves memory behind"
        assert self.said_of_bugs() == [], f"{by} meets a bug"

    async def _until_as(self, before: Figures) -> None:
        """Wait until nothing is left of what was not there before."""
        now = before
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not self._is_as(before, now := await self.figures()):  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.02)
        assert self._is_as(before, now), (before, now)

    @staticmethod
    def _is_as(before: Figures, now: Figures) -> bool:
        left = now.descriptors - before.descriptors
        return left <= _SPARE_DESCRIPTORS and (now.sessions, now.sockets) == (before.sessions, before.sockets)

    async def until_descriptors(self, least: int) -> None:
        """Wait until it has so many: what the kernel has connected it may not have accepted yet."""
        async with asyncio.timeout(PATIENCE):
            while self.process.num_fds() < least:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.02)

    def said_of_bugs(self) -> list[str]:
        """Return what the agent has logged that is an error, or no log at all but a trace of something unforeseen."""
        return [line for line in self.agent.log if _is_error(line)]


def _is_error(line: str) -> bool:
    try:
        said = json.loads(line)
        return said["level"] not in ("debug", "info", "warning")
    except (ValueError, KeyError):
        return True


@contextlib.asynccontextmanager
async def attacked(*flags: str) -> AsyncIterator[Victim]:
    """Run an agent with a neighbour on it."""
    async with (
        agent_process(*flags) as agent,
        _echo() as port,
        AsyncClient(agent.address) as client,
        client.session(label="neighbour", lease=600) as session,
    ):
        neighbour = Neighbour(await session.connect("127.0.0.1", port))
        await neighbour.once()
        yield Victim(agent, client, neighbour)


@contextlib.asynccontextmanager
async def _echo() -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
