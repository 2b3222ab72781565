"""A peer that never stops sending. Run as a program; it prints its port and serves until it is killed."""

import asyncio
import contextlib

_CHUNK = bytes(1 << 16)


async def _flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            writer.write(_CHUNK)
            await writer.drain()


async def serve() -> None:
    """Serve on a loopback port of the host's choice."""
    server = await asyncio.start_server(_flood, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
