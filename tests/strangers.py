"""Servers that are no agents, on loopback ports of the host's choice: what a client meets at an address that is wrong.

async with web_server() as address:             # HTTP/1, as `python -m http.server`
async with tcp_server(silent) as address:       # or `closing`, or any other that is given a socket; TLS with a `pair`
async with grpc_server() as address:            # gRPC without a service of ours
"""

import asyncio
import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from tests.authorities import Pair

Handler = Callable[[socket.socket], None]
_PATIENCE = 20.0  # seconds


def silent(connection: socket.socket) -> None:
    """Read all, and say nothing."""
    while connection.recv(65_536):
        pass


def closing(_: socket.socket) -> None:
    """Close at once."""


def saying(banner: bytes) -> Handler:
    """Say something first, as SSH and mail servers do."""

    def say(connection: socket.socket) -> None:
        connection.sendall(banner)
        silent(connection)

    return say


@contextlib.asynccontextmanager
async def tcp_server(handler: Handler, pair: Pair | None = None) -> AsyncIterator[str]:
    """Serve, with TLS where there is a certificate for it. At the end all connections have ended: clients leave first."""
    context = None if pair is None else _context(pair)

    class Serve(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(_PATIENCE)
            with contextlib.suppress(OSError):
                if context is None:
                    handler(self.request)
                else:
                    with context.wrap_socket(self.request, server_side=True) as encrypted:
                        handler(encrypted)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Serve) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            await asyncio.to_thread(server.shutdown)
            await asyncio.to_thread(serving.join)
            await asyncio.to_thread(server.server_close)


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
