"""A peer that reads everything and keeps nothing. Run as a program; it prints its port and serves until killed."""

import asyncio
import contextlib


async def _drain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while await reader.read(1 << 16):
            pass
    writer.close()


async def serve() -> None:
    """Serve on a loopback port of the host's choice."""
    server = await asyncio.start_server(_drain, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
