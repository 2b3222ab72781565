"""What a chain saves: connect, send, disconnect and close as one request, against the same four awaited one by one."""

import time
from collections.abc import Awaitable, Callable

from tests.benchmarks import processes
from tests.benchmarks.results import Figure, Goal, Result, Scale
from tests.benchmarks.rounds import interleaved, ratio

from telesock.client import AsyncClient, AsyncSession

TIMES = 200

CHAINED = "one chain"
AWAITED = "awaited one by one"


async def measure(scale: Scale) -> list[Result]:
    """Measure both in turn."""
    with processes.agent() as (address, _), processes.program("sink") as sink:
        async with AsyncClient(address) as client, client.session() as session:
            port, times = int(sink), scale.of(TIMES)
            contestants: dict[str, Callable[[], Awaitable[float]]] = {
                CHAINED: lambda: mean(lambda: chained(session, port), times),
                AWAITED: lambda: mean(lambda: awaited(session, port), times),
            }
            found = await interleaved(contestants, scale.rounds)
    return [
        Result(
            "Connect, send, disconnect, close",
            tuple(Figure(name, "ms", values) for name, values in found.items()),
            (Goal("one chain / awaited one by one", ratio(found[CHAINED], found[AWAITED]), 0.8),),
            "The mean time of one, nothing else under way. The peer ends its side as soon as it sees ours end.",
        )
    ]


async def mean(work: Callable[[], Awaitable[None]], times: int) -> float:
    """How long one takes, milliseconds."""
    start = time.perf_counter()
    for _ in range(times):
        await work()
    return (time.perf_counter() - start) * 1000 / times


async def chained(session: AsyncSession, port: int) -> None:
    """All in one request."""
    chain = session.chain()
    connection = chain.connect("127.0.0.1", port)
    connection.send(b"hello")
    connection.disconnect()
    connection.close()
    await chain.submit()


async def awaited(session: AsyncSession, port: int) -> None:
    """One after the other."""
    connection = await session.connect("127.0.0.1", port)
    await connection.send(b"hello")
    await connection.disconnect()
    await connection.close()
