"""Redis' own protocol over a socket of an agent: commands on a line, an answer each. Refuses answers that are errors."""

from telesock.client import AsyncSocket
from telesock.client.lab import LabAgent


class Redis:
    """A connection of an agent to the server. `connection` is the socket itself, to do to it what a test is about."""

    def __init__(self, connection: AsyncSocket) -> None:
        self.connection = connection
        self._unread = b""

    @property
    def address(self) -> str:
        """The agent's end of it, as the server writes addresses."""
        local = self.connection.local
        assert local is not None, "it is connected"
        return f"{local.host}:{local.port}"

    async def ask(self, *words: str) -> str:
        """Send a command, and return what the server answers."""
        await self.connection.send(command(*words))
        return await self.answer()

    async def answer(self) -> str:
        """Return the next answer: a status, a number or a text."""
        line = await self._until(b"\r\n")
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            text = await self._take(int(rest) + 2)
            return text[:-2].decode()
        assert kind in (b"+", b":"), line
        return rest.decode()

    async def _until(self, end: bytes) -> bytes:
        while end not in self._unread:
            await self._receive()
        return await self._take(self._unread.index(end) + len(end))

    async def _take(self, size: int) -> bytes:
        while len(self._unread) < size:
            await self._receive()
        taken, self._unread = self._unread[:size], self._unread[size:]
        return taken

    async def _receive(self) -> None:
        received = await self.connection.receive(65536)
        assert received, "the server has ended the connection"
        self._unread += received


def command(*words: str) -> bytes:
    """Write a command."""
    return " ".join(words).encode() + b"\r\n"


async def connect(agent: LabAgent) -> Redis:
    """Connect an agent to the server, which it finds by its name."""
    return Redis(await agent.session.connect("redis", 6379))
