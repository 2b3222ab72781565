"""The floor of echoes: a bare grpc.aio server that sends each message to a peer and answers with what that sends back.

One message each way and no protobuf. Run as a program with the peer's port; it prints its address and serves until it is
killed.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
from tests.benchmarks.programs import bare

AT_ONCE = 65_536


class Relay:
    """The one method, over its socket."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setblocking(False)

    async def echo(self, requests: AsyncIterator[bytes], context: Any) -> None:
        """Let the peer echo each message."""
        loop = asyncio.get_running_loop()
        async for request in requests:
            self._socket.send(request)
            await context.write(await loop.sock_recv(self._socket, AT_ONCE))


if __name__ == "__main__":
    relay = Relay(int(sys.argv[1]))
    asyncio.run(bare.serve({"Echo": grpc.stream_stream_rpc_method_handler(relay.echo)}))
