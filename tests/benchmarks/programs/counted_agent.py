"""An agent that counts the Python functions it calls, those of asyncio and gRPC included.

Run as a program; it prints its address and a port. Whoever connects to the port is told the number of calls so far.
"""

import asyncio
import sys
from types import FrameType
from typing import Any

from tests.agents import start_agent


class _Count:
    def __init__(self) -> None:
        self.calls = 0

    def take(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            self.calls += 1

    async def tell(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{self.calls}".encode())
        writer.close()


async def serve() -> None:
    """Serve until killed."""
    count = _Count()
    agent = await start_agent()
    server = await asyncio.start_server(count.tell, "127.0.0.1", 0)
    sys.setprofile(count.take)
    print(agent.address, server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
