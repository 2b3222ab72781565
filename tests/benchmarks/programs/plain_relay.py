"""The peer of the relays: a plain asyncio program that passes each connection on to a port, as one writes it in an hour.

    plain_relay PORT [DELAY]

Run as a program; it prints its own port and serves until it is killed. With a delay, in seconds, what comes from that port
leaves so much later: each chunk waits in a queue until its moment has come.
"""

import asyncio
import sys

AT_ONCE = 262_144
QUEUED = 64  # chunks


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, and the end."""
    while data := await reader.read(AT_ONCE):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def pass_on_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Pass on what comes, and the end, each so much later."""
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUED)
    writing = asyncio.ensure_future(_write_when_due(queue, writer))
    loop = asyncio.get_running_loop()
    while data := await reader.read(AT_ONCE):
        await queue.put((loop.time() + delay, data))
    await queue.put((loop.time() + delay, b""))
    await writing


async def _write_when_due(queue: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due, data = await queue.get()
        await asyncio.sleep(due - loop.time())
        if not data:
            break
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def main(port: int, delay: float = 0.0) -> None:
    """Serve on a loopback port of the host's choice."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port, limit=AT_ONCE)
        back = pass_on_late(far_reader, writer, delay) if delay else pass_on(far_reader, writer)
        await asyncio.gather(pass_on(reader, far_writer), back)
        writer.close()
        far_writer.close()

    server = await asyncio.start_server(relay, "127.0.0.1", 0, limit=AT_ONCE)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), *map(float, sys.argv[2:])))
