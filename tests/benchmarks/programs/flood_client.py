"""A greedy owner: full batches of sends as fast as flow control takes them, every event read and acknowledged.

It is never more than AHEAD batches ahead of their completions: what flow control lets wait on the way, acknowledgements
with it, is more than a journal holds.

    flood_client ADDRESS PORT

Run as a program; it prints the name of its session once the agent answers, and floods until it is killed.
"""

import asyncio
import sys
from typing import Any

from tests.benchmarks.raw_session import raw_session, sends

from telesock.v1.sessions_pb2 import AttachRequest, AttachResponse

BATCH = 1_024
AHEAD = 32
SOCKETS = 64
PAYLOAD = b"x" * 64
LEASE = 1
"""Seconds that the agent remembers it when it is killed."""


async def flood(address: str, port: int) -> None:
    """Flood an agent with sends to a peer."""
    async with raw_session(address, lease=LEASE) as session:
        sockets = [await session.connect(port) for _ in range(SOCKETS)]
        call, seen = await session.attach(), _Seen()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_write(call, sends(sockets, BATCH, PAYLOAD), seen))
            tasks.create_task(_read(call, seen))
            await seen.first.wait()
            print(session.session_id, flush=True)


class _Seen:
    """How far the events have been read."""

    def __init__(self) -> None:
        self.sequence = 0
        self.first = asyncio.Event()
        self.room = asyncio.Semaphore(AHEAD)

    def take(self, sequence: int) -> None:
        """Everything up to an event has arrived; all but the first few are completions of sends."""
        for _ in range(sequence // BATCH - self.sequence // BATCH):
            self.room.release()
            self.first.set()
        self.sequence = sequence


async def _write(call: Any, batch: bytes, seen: _Seen) -> None:
    while True:
        await seen.room.acquire()
        await call.write(batch + AttachRequest(acknowledge=seen.sequence).SerializeToString())


async def _read(call: Any, seen: _Seen) -> None:
    async for data in call:
        response = AttachResponse.FromString(data)
        if response.refusals:
            raise AssertionError(f"a flood is taken in, not refused: {response.refusals[0]}")
        seen.take(response.batch.last_sequence)
    raise AssertionError(f"the agent ended the stream: {await call.details()}")


if __name__ == "__main__":
    asyncio.run(flood(sys.argv[1], int(sys.argv[2])))
