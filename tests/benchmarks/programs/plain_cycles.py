"""The ceiling of cycles: an asyncio program that opens and ends the connections itself, with nothing between.

Run as a program with the port to connect to, the number of cycles and how many at a time: in a process of its own, so
that it finds the same empty event loop as the agent does. It prints how many cycles it made a second.
"""

import asyncio
import sys
import time


async def cycle(port: int) -> None:
    """Connect, end our side, see the peer's end, close."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write_eof()
    await reader.read()
    writer.close()
    await writer.wait_closed()


async def work(port: int, cycles: int) -> None:
    """One cycle after the other."""
    for _ in range(cycles):
        await cycle(port)


async def main(port: int, count: int, at_a_time: int) -> None:
    """Measure and print."""
    each = count // at_a_time
    start = time.perf_counter()
    await asyncio.gather(*(work(port, each) for _ in range(at_a_time)))
    print(each * at_a_time / (time.perf_counter() - start), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
