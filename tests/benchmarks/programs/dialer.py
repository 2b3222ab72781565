"""Connects to a port so many times, and stays until every connection has ended. Prints a line when it begins.

python -m tests.benchmarks.programs.dialer PORT COUNT
"""

import asyncio
import contextlib
import sys

AT_A_TIME = 64


async def dial(port: int, count: int) -> None:
    """Make the connections, a number of them at a time."""
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                with contextlib.suppress(OSError):
                    await reader.read(1)
                writer.close()

    await asyncio.gather(*(work() for _ in range(AT_A_TIME)))


if __name__ == "__main__":
    print("dialing", flush=True)
    asyncio.run(dial(int(sys.argv[1]), int(sys.argv[2])))
