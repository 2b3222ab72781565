"""The load that the benchmarks of the client have in common: 64-byte sends over 64 sockets, every one awaited."""

import time
from collections import deque

from tests.benchmarks.waiting import within

from telesock.client import AsyncSession, AsyncSocket, Operation

HOST = "127.0.0.1"
PAYLOAD = b"x" * 64
SOCKETS = 64
IN_FLIGHT = 4_096
CONNECTS = 64
"""Connects under way at a time."""


async def open_sockets(session: AsyncSession, port: int, count: int) -> list[AsyncSocket]:
    """Connect `count` sockets, CONNECTS at a time."""
    return await within(f"opening {count} sockets", _open_sockets(session, port, count))


async def _open_sockets(session: AsyncSession, port: int, count: int) -> list[AsyncSocket]:
    waiting: deque[Operation[AsyncSocket]] = deque()
    sockets: list[AsyncSocket] = []
    for _ in range(count):
        if len(waiting) == CONNECTS:
            sockets.append(await waiting.popleft())
        waiting.append(session.connect(HOST, port))
    return sockets + [await operation for operation in waiting]


async def send_many(sockets: list[AsyncSocket], count: int) -> float:
    """Send `count` times, IN_FLIGHT under way; return how many a second completed."""
    start = time.perf_counter()
    await within(f"{count} sends", _send_many(sockets, count))
    return count / (time.perf_counter() - start)


async def _send_many(sockets: list[AsyncSocket], count: int) -> None:
    for first in range(0, count, IN_FLIGHT):
        numbers = range(first, min(first + IN_FLIGHT, count))
        for operation in [sockets[number % len(sockets)].send(PAYLOAD) for number in numbers]:
            await operation


async def acknowledge_all(session: AsyncSession, socket: AsyncSocket) -> None:
    """Let the agent know that everything has arrived, but for the event that answers this."""
    for _ in range(2):  # the second carries the acknowledgement of what came before the first
        await within("a send", socket.send(PAYLOAD))
    found = await session.get_session()
    assert found.acknowledged_sequence >= found.last_sequence - 1, "a message up carries the acknowledgement"
