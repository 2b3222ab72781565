"""A flood of the bare echo server: messages as large as a full batch of sends, as many under way as in that of an agent.

    flood_echo_client ADDRESS

Run as a program; it prints a line once the server answers, and floods until it is killed.
"""

import asyncio
import sys
from typing import Any

import grpc
from tests.benchmarks.programs.bare import SERVICE
from tests.benchmarks.programs.flood_client import AHEAD, BATCH, PAYLOAD, SOCKETS
from tests.benchmarks.raw_session import CHANNEL_OPTIONS, sends


async def flood(address: str) -> None:
    """Flood an echo server."""
    message = sends(range(1, SOCKETS + 1), BATCH, PAYLOAD)
    async with grpc.aio.insecure_channel(address, CHANNEL_OPTIONS) as channel:
        call: Any = channel.stream_stream(f"/{SERVICE}/Stream")()
        room = asyncio.Semaphore(AHEAD)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_write(call, message, room))
            await call.read()
            print("flooding", flush=True)
            while await call.read() != grpc.aio.EOF:
                room.release()


async def _write(call: Any, message: bytes, room: asyncio.Semaphore) -> None:
    while True:
        await room.acquire()
        await call.write(message)


if __name__ == "__main__":
    asyncio.run(flood(sys.argv[1]))
