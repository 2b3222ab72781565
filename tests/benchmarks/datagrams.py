"""How many datagrams a second go each way: sent one an operation and many in one, received by operations and indicated.

The other end is a plain program that counts, or sends as fast as it can. What the host drops is not counted.
"""

import asyncio
from collections.abc import Awaitable, Callable

from tests.benchmarks import processes
from tests.benchmarks.results import Figure, Result, Scale
from tests.benchmarks.rounds import interleaved, rate

from telesock.client import AsyncClient, AsyncDatagramSocket, AsyncSession, IndicationKind
from telesock.v1.events_pb2 import Event

DATAGRAMS = 20_000
DATA = bytes(64)
BATCH = 64
RECEIVES = 512

SENT = "sent, one an operation"
BATCHED = f"sent, {BATCH} in an operation"
RECEIVED = "received by operations"
INDICATED = "received by indications"


async def measure(scale: Scale) -> list[Result]:
    """Measure all of them in turn."""
    count = max(2 * RECEIVES, scale.of(DATAGRAMS))
    with processes.agent() as (address, _), processes.program("datagram_sink") as sink:
        async with AsyncClient(address) as client, client.session() as session:
            near = await session.datagram("127.0.0.1")
            there = ("127.0.0.1", int(sink))
            contestants: dict[str, Callable[[], Awaitable[float]]] = {
                SENT: lambda: sending(near, there, count, 1),
                BATCHED: lambda: sending(near, there, count, BATCH),
                RECEIVED: lambda: receiving(session, count),
                INDICATED: lambda: indicated(session, count),
            }
            found = await interleaved(contestants, scale.rounds)
    return [
        Result(
            f"Datagrams of {len(DATA)} bytes",
            tuple(Figure(name, "datagrams/s", values) for name, values in found.items()),
            (),
            "Sent: until the agent's host has taken them. Received: from a program that sends as fast as it can.",
        )
    ]


async def sending(near: AsyncDatagramSocket, there: tuple[str, int], count: int, batch: int) -> float:
    """Send so many; a number of operations are under way at a time."""

    async def send_all() -> None:
        under_way = [near.send_to([DATA] * batch, there) for _ in range(count // batch)]
        for operation in under_way:
            await operation

    return await rate(count // batch * batch, send_all())


async def receiving(session: AsyncSession, count: int) -> float:
    """Keep many receives waiting."""
    async with await session.datagram("127.0.0.1", options={"receive_buffer_bytes": 4 << 20}) as socket:
        assert socket.local is not None, "it is bound"

        async def receive_all() -> None:
            waiting = [socket.receive_from() for _ in range(RECEIVES)]
            for taken in range(count):
                await waiting[taken % RECEIVES]
                waiting[taken % RECEIVES] = socket.receive_from()

        with processes.program("datagram_source", str(socket.local.port)):
            return await rate(count, receive_all())


async def indicated(session: AsyncSession, count: int) -> float:
    """Let the socket tell of them."""
    kinds = [IndicationKind.DATAGRAM]
    options = {"receive_buffer_bytes": 4 << 20}
    async with await session.datagram(
        "127.0.0.1", options=options, indications=kinds, credit_datagrams=4 * RECEIVES
    ) as socket:
        assert socket.local is not None, "it is bound"

        async def take_all() -> None:
            taken = 0
            async for indication in socket.indications():
                if isinstance(indication, Event) and indication.HasField("datagram_received"):
                    taken += 1
                if taken == count:
                    return

        with processes.program("datagram_source", str(socket.local.port)):
            found = await rate(count, take_all())
        await asyncio.sleep(0)
        return found
