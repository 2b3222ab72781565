"""What a client does while its way to the agent is cut: conversations of several kinds, each checked to the byte."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from tests.cutting.numbered import CheckingPeer, stream
from tests.cutting.story import Violation

from telesock.client import (
    AsyncSession,
    AsyncSocket,
    Cancelled,
    IndicationKind,
    Operation,
)
from telesock.v1.events_pb2 import Event

_LONGEST = 60_000
_CHUNK = 8_000


class Speaker:
    """Holds conversations over one session, with one source of chance."""

    def __init__(self, session: AsyncSession, peer: CheckingPeer, chance: random.Random) -> None:
        self._session = session
        self._peer = peer
        self._chance = chance
        self.bytes = 0
        """Bytes that were sent, came back, and were right both times."""
        self.conversations = 0

    async def speak(self) -> None:
        """Hold one conversation. Raises Violation, or whatever the client raises."""
        kinds: list[Callable[[bytes], Awaitable[None]]] = [
            self.with_receives,
            self.with_indications,
            self.with_a_chain,
            self.with_a_listener,
        ]
        number = self._chance.getrandbits(60)
        data = stream(number, self._chance.randrange(8, _LONGEST))
        await self._chance.choice(kinds)(data)
        self.bytes += len(data)
        self.conversations += 1

    def _pieces(self, data: bytes, start: int = 0) -> list[bytes]:
        """Cut data from `start` on into pieces; there is at least one."""
        pieces: list[bytes] = []
        while start < len(data) or not pieces:
            end = start + self._chance.randrange(1, _CHUNK)
            pieces.append(data[start:end])
            start = end
        return pieces

    async def _check(self, data: bytes, echoed: bytes) -> None:
        """The peer has got the bytes, and so have we, once each."""
        number = int.from_bytes(data[:8])
        arrived = await self._peer.take(number)
        if (arrived, echoed, self._peer.connections.pop(number)) != (data, data, 1):
            raise Violation(
                f"stream {number}: {len(data)} bytes, {len(arrived)} at the peer, {len(echoed)} back"
            )

    # Kinds

    async def with_receives(self, data: bytes) -> None:
        """Pipelined sends, receives of which some are cancelled, a graceful disconnect with final data."""
        first, *others = self._pieces(data)
        final = others.pop() if others else b""
        socket = await self._session.connect("127.0.0.1", self._peer.port, initial_data=first)
        echo = asyncio.create_task(self._receive(socket))
        await _finish([socket.send(piece) for piece in others])
        await socket.disconnect(final)
        await self._check(data, await echo)
        await socket.close()

    async def _receive(self, socket: AsyncSocket) -> bytes:
        received = b""
        while True:
            receiving = socket.receive(self._chance.randrange(1, 2 * _CHUNK))
            try:
                if self._chance.random() < 0.1:
                    await receiving.cancel()
                data = await receiving
            except Cancelled:
                continue
            if not data:
                return received
            received += data

    async def with_indications(self, data: bytes) -> None:
        """Whatever comes back is pushed."""
        wanted = [IndicationKind.DATA, IndicationKind.DISCONNECT]
        socket = await self._session.connect(
            "127.0.0.1", self._peer.port, indications=wanted, credit_bytes=16_384
        )
        sending = [socket.send(piece) for piece in self._pieces(data)]
        ending = socket.disconnect()
        echoed = b""
        async for event in socket.indications():
            if not isinstance(event, Event):
                raise Violation(f"events are gone: {event}")
            echoed += event.data_received.data
            if event.HasField("peer_disconnected"):
                break
        await _finish(sending)
        await ending
        await self._check(data, echoed)
        await socket.close()

    async def with_a_chain(self, data: bytes) -> None:
        """All of it in one request."""
        chain = self._session.chain()
        socket = chain.connect("127.0.0.1", self._peer.port)
        for piece in self._pieces(data):
            socket.send(piece)
        socket.disconnect()
        receiving = socket.receive(len(data), wait_all=True)
        socket.close()
        await chain.submit()
        await self._check(data, await receiving)

    async def with_a_listener(self, data: bytes) -> None:
        """Both ends are the agent's: what one sends the other gets."""
        listener = await self._session.listen("127.0.0.1")
        accepting = listener.accept()
        assert listener.local is not None, "it listens"
        near = await self._session.connect("127.0.0.1", listener.local.port)
        far = await accepting
        sending = [near.send(piece) for piece in self._pieces(data)]
        ending = near.disconnect()
        arrived = await self._receive(far)
        await _finish(sending)
        await ending
        if arrived != data:
            raise Violation(f"{len(data)} bytes were sent to an accepted socket, {len(arrived)} arrived")
        ends: list[Operation[Any]] = [far.disconnect(), near.close(), far.close(), listener.close()]
        await _finish(ends)


async def _finish(operations: Sequence[Operation[Any]]) -> None:
    for operation in operations:
        await operation
