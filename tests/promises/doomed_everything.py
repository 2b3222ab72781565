"""A client to be killed in the middle of everything: every category of socket, pending operations of many kinds, faults.

python doomed_everything.py AGENT READING_PORT STALLED_PORT UNANSWERED_PORT UNIX_PATH

It has a session with the shortest lease, and prints as JSON what its killer needs when all of it is under way. To the
reading peer it makes, in this order, connections that wait, are half-closed, hold bytes in a fault, and hang in a fault.
"""

import asyncio
import json
import sys

from telesock.client import (
    AsyncClient,
    AsyncSession,
    AsyncSocket,
    Latency,
    OperationHang,
    Repeat,
    ResolveDelay,
    SocketCategory,
)

MIB = 1 << 20
HOUR = 3600.0
LEASE = 1.0
HELD = b"held until the fault is lifted"


class Doomed:
    """What it does."""

    def __init__(self, session: AsyncSession, ports: list[int], path: str) -> None:
        self._session = session
        self._reading, self._stalled, self._unanswered = ports
        self._path = path

    async def begin(self) -> dict[str, int]:
        """Begin all of it; return the ports that others connect to."""
        waiting = await self._connections()
        await self._stalled_connections()
        ports = await self._listeners()
        await self._others(waiting)
        await self._session.list_operations(pending_only=True)  # the agent has taken all of it
        return ports

    async def _connect(self, port: int) -> AsyncSocket:
        return await self._session.connect("127.0.0.1", port)

    async def _connections(self) -> AsyncSocket:
        waiting, half_closed, holding, hanging = [await self._connect(self._reading) for _ in range(4)]
        await waiting.send(b"alive")
        waiting.receive(10)
        await half_closed.disconnect()
        half_closed.receive(10)
        await holding.fault(Latency(HOUR), direction="send")
        holding.send(HELD)
        await hanging.fault(OperationHang())
        hanging.send(b"hangs")
        return waiting

    async def _stalled_connections(self) -> None:
        full, closing = [await self._connect(self._stalled) for _ in range(2)]
        for _ in range(7):
            full.send(bytes(MIB))
            closing.send(bytes(MIB))
        closing.close(graceful=True, timeout=HOUR)
        self._session.connect("127.0.0.1", self._unanswered, timeout=HOUR)

    async def _listeners(self) -> dict[str, int]:
        plain = await self._session.listen("127.0.0.1")
        conditional = await self._session.listen("127.0.0.1", conditional=True)
        relay = await self._session.relay(upstream=("127.0.0.1", self._reading))
        local = await self._session.listen(f"unix:{self._path}")
        for listener in (plain, conditional, local):
            listener.accept()
            listener.accept()
        assert plain.local is not None, "it listens"
        assert conditional.local is not None, "it listens"
        return {"plain": plain.local.port, "conditional": conditional.local.port, "relay": relay.address[1]}

    async def _others(self, waiting: AsyncSocket) -> None:
        datagrams = await self._session.datagram("127.0.0.1")
        datagrams.receive_from()
        await self._session.create_socket(SocketCategory.BASIC)
        await (await self._session.create_socket(SocketCategory.STREAM)).bind("127.0.0.1")
        await self._session.fault(ResolveDelay(HOUR))
        self._session.resolve("localhost")
        repeated = self._session.chain(repeat=Repeat(1_000_000, 0.01))
        repeated.on(waiting).send(b".")
        repeated.submit()


async def live(address: str, *arguments: str) -> None:
    """Live, until killed."""
    *ports, path = arguments
    async with AsyncClient(address) as client, client.session(lease=LEASE) as session:
        told = await Doomed(session, list(map(int, ports)), path).begin()
        print(
            json.dumps({**told, "session_id": session.session_id, "token": session.session_token}), flush=True
        )
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(live(*sys.argv[1:]))
