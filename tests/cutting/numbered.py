"""Numbered bytes and the peer that checks them: what is lost, doubled or out of place shows, whichever byte it is.

A stream begins with eight bytes, its number; what follows is made from the number, and so known to both sides. The
peer sends everything back as it comes, and its FIN behind that when it has seen one.
"""

import asyncio
import random
from collections import Counter

_HEAD = 8


def stream(number: int, length: int) -> bytes:
    """Return the bytes of a stream, its number included."""
    return number.to_bytes(_HEAD) + random.Random(number).randbytes(length - _HEAD)


class CheckingPeer:
    """Listens on loopback. Use as an async context manager."""

    def __init__(self) -> None:
        self.connections: Counter[int] = Counter()
        """How many connections there were of a stream's number."""
        self._received: dict[int, bytearray] = {}
        self._ended: dict[int, asyncio.Event] = {}

    async def __aenter__(self) -> "CheckingPeer":
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", backlog=1024)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Listen no more."""
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            received = bytearray(await reader.readexactly(_HEAD))
            number = int.from_bytes(received)
            self.connections[number] += 1
            self._received[number] = received
            writer.write(received)
            while data := await reader.read(65_536):
                received += data
                writer.write(data)
                await writer.drain()
            self._end_of(number).set()
            writer.close()
            await writer.wait_closed()
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()

    def _end_of(self, number: int) -> asyncio.Event:
        return self._ended.setdefault(number, asyncio.Event())

    async def take(self, number: int) -> bytes:
        """Wait for the end of a stream and return what came of it; it is forgotten."""
        await self._end_of(number).wait()
        del self._ended[number]
        return bytes(self._received.pop(number))
