"""The floor of sends: a bare grpc.aio server that makes one real send(2) of each item of a message, and echoes it.

Run as a program with the port to connect to, the number of sockets and the size of an item; the items go round the
sockets. It prints its address and serves until it is killed.
"""

import asyncio
import itertools
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
from tests.benchmarks.programs import bare


class Sends:
    """The one method, over its sockets."""

    def __init__(self, port: int, count: int, size: int) -> None:
        self._size = size
        sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
        for each in sockets:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sends = itertools.cycle([each.send for each in sockets])

    async def send(self, requests: AsyncIterator[bytes], context: Any) -> None:
        """Send the items, then say so."""
        async for request in requests:
            for start in range(0, len(request), self._size):
                next(self._sends)(request[start : start + self._size])
            await context.write(request)


if __name__ == "__main__":
    method = Sends(*map(int, sys.argv[1:])).send
    asyncio.run(bare.serve({"Sends": grpc.stream_stream_rpc_method_handler(method)}))
