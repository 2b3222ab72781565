"""How many connections are opened and ended a second: connect, graceful end of our side, close, many at a time.

A plain asyncio program that does the work itself is the ceiling; a program of its own, because the benchmark's process
has other things on its event loop. It and the agent leave the same sockets in TIME_WAIT, so the counts stay below the
number of ports.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.benchmarks import processes, ssh
from tests.benchmarks.results import Figure, Goal, Result, Scale
from tests.benchmarks.rounds import interleaved, rate, ratio

from telesock.client import AsyncClient, AsyncSession, AsyncSocket

AT_A_TIME = 64
CYCLES = 24  # of each of them
SSH_CYCLES = 10

CLIENT = "client"
OPENING = "client, opening alone"
PLAIN = "ceiling: plain asyncio"
SSH = "asyncssh"

Cycle = Callable[[], Awaitable[object]]


async def measure(scale: Scale) -> list[Result]:
    """Measure all of them in turn."""
    with processes.agent() as (address, _), processes.program("sink") as sink:
        async with (
            AsyncClient(address) as client,
            client.session() as session,
            ssh.connected() as connection,
        ):
            port, each, ssh_each = int(sink), scale.of(CYCLES), scale.of(SSH_CYCLES)
            contestants: dict[str, Callable[[], Awaitable[float]]] = {
                CLIENT: lambda: many(lambda: cycle(session, port), each),
                OPENING: lambda: opening(session, port, each * AT_A_TIME),
                PLAIN: lambda: plain(port, each * AT_A_TIME),
                SSH: lambda: many(lambda: ssh_cycle(connection, port), ssh_each),
            }
            return [judged(await interleaved(contestants, scale.rounds))]


def judged(found: dict[str, tuple[float, ...]]) -> Result:
    """Hold the client to its goals."""
    return Result(
        f"Connect, disconnect, close; {AT_A_TIME} at a time",
        tuple(Figure(name, "cycles/s", values) for name, values in found.items()),
        (
            Goal("client / asyncssh", ratio(found[CLIENT], found[SSH]), 10, True),
            Goal("client / plain asyncio", ratio(found[CLIENT], found[PLAIN]), 0.3, True),
        ),
        "The peer ends its side as soon as it sees ours end. Opening alone asks for all connections at once.",
    )


async def many(cycle: Cycle, each: int) -> float:
    """Let many make one cycle after the other; return how many they make a second."""

    async def work() -> None:
        for _ in range(each):
            await cycle()

    return await rate(each * AT_A_TIME, asyncio.gather(*(work() for _ in range(AT_A_TIME))))


async def cycle(session: AsyncSession, port: int) -> None:
    """One life of a connection through the agent."""
    connection = await session.connect("127.0.0.1", port)
    await connection.disconnect()
    await connection.close()


async def ssh_cycle(connection: Any, port: int) -> None:
    """One life of a connection through SSH."""
    reader, writer = await connection.open_connection("127.0.0.1", port, encoding=None)
    writer.write_eof()
    await reader.read()
    writer.close()
    await writer.wait_closed()


async def opening(session: AsyncSession, port: int, count: int) -> float:
    """Open connections; reset them when the time is taken, which leaves nothing on the host."""
    opened: list[AsyncSocket] = []

    async def open_all() -> None:
        operations = [session.connect("127.0.0.1", port) for _ in range(count)]
        opened.extend([await operation for operation in operations])

    found = await rate(count, open_all())
    for closing in [connection.close() for connection in opened]:
        await closing
    return found


async def plain(port: int, count: int) -> float:
    """Run the program that does it itself; its first line is its figure."""

    def run() -> float:
        with processes.program("plain_cycles", str(port), str(count), str(AT_A_TIME)) as figure:
            return float(figure)

    return await asyncio.to_thread(run)
