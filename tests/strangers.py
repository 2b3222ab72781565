"""Servers that are no agents, on loopback ports of the host's choice: what a client meets at an address that is wrong.

async with web_server() as address:             # HTTP/1, as `python -m http.server`
async with tcp_server(silent) as address:       # or `closing`, or any other handler of asyncio's; TLS with a `pair`
async with grpc_server() as address:            # gRPC without a service of ours
"""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from tests.authorities import Pair

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Read all, and say nothing."""
    with contextlib.suppress(OSError):
        while await reader.read(65_536):
            pass


async def closing(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Close at once."""


def saying(banner: bytes) -> Handler:
    """Say something first, as SSH and mail servers do."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(banner)
        await silent(reader, writer)

    return say


@contextlib.asynccontextmanager
async def tcp_server(handler: Handler, pair: Pair | None = None) -> AsyncIterator[str]:
    """Serve, with TLS where there is a certificate for it. All connections are reset at the end."""
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            await handler(reader, writer)
        finally:
            writer.transport.abort()
            serving.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=None if pair is None else _context(pair))
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for task in serving:
        task.cancel()
    await asyncio.gather(*serving, return_exceptions=True)


def _context(pair: Pair) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    return context


class _Page(BaseHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Write nothing into the tests' output."""


@contextlib.asynccontextmanager
async def web_server() -> AsyncIterator[str]:
    """Serve HTTP/1."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        await asyncio.to_thread(server.shutdown)
        thread.join()


@contextlib.asynccontextmanager
async def grpc_server() -> AsyncIterator[str]:
    """Serve gRPC, and nothing with it."""
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield f"127.0.0.1:{port}"
    await server.stop(None)
