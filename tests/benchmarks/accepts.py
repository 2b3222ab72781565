"""How many connections an agent accepts a second, by accepts and by indications, many of them waiting at once.

The connections come from a program of its own, as fast as it can, and are reset, so that nothing stays in TIME_WAIT.
"""

from collections.abc import Awaitable, Callable

from tests.benchmarks import processes
from tests.benchmarks.results import Figure, Result, Scale
from tests.benchmarks.rounds import interleaved, rate

from telesock.client import AsyncClient, AsyncSession, IndicationKind

CONNECTIONS = 4000
AT_A_TIME = 256

ACCEPTS = "accepts"
INDICATED = "indications"


async def measure(scale: Scale) -> list[Result]:
    """Measure all of them in turn."""
    count = max(AT_A_TIME, scale.of(CONNECTIONS))
    with processes.agent() as (address, _):
        async with AsyncClient(address) as client, client.session() as session:
            contestants: dict[str, Callable[[], Awaitable[float]]] = {
                ACCEPTS: lambda: accepting(session, count),
                INDICATED: lambda: indicated(session, count),
            }
            found = await interleaved(contestants, scale.rounds)
    return [
        Result(
            f"Accepting connections; {AT_A_TIME} at a time",
            tuple(Figure(name, "connections/s", values) for name, values in found.items()),
            (),
            "Each connection is closed as well. A peer of its own process connects as fast as it can.",
        )
    ]


async def accepting(session: AsyncSession, count: int) -> float:
    """Keep many accepts waiting; close what they bring."""
    listener = await session.listen("127.0.0.1")
    assert listener.local is not None, "it listens"

    async def take_all() -> None:
        waiting = [listener.accept() for _ in range(AT_A_TIME)]
        for taken in range(count):
            connection = await waiting[taken % AT_A_TIME]
            connection.close()
            if taken + AT_A_TIME < count:
                waiting[taken % AT_A_TIME] = listener.accept()

    with processes.program("dialer", str(listener.local.port), str(count)):
        found = await rate(count, take_all())
    await listener.close()
    return found


async def indicated(session: AsyncSession, count: int) -> float:
    """Let the listener tell of connections; close them."""
    listener = await session.listen(
        "127.0.0.1", indications=[IndicationKind.CONNECTION], credit_connections=AT_A_TIME
    )
    assert listener.local is not None, "it listens"

    async def take_all() -> None:
        taken = 0
        async for connection in listener.connections():
            connection.close()
            taken += 1
            if taken == count:
                return

    with processes.program("dialer", str(listener.local.port), str(count)):
        found = await rate(count, take_all())
    await listener.close()
    return found
