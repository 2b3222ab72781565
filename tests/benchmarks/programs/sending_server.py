"""The floors of sends: a bare grpc.aio server that makes one real send(2) of each item of a message, and echoes it.

The items are cut out of plain bytes, or read out of a protobuf message: the contract's, so that what reading it costs
anybody can be told from what we do beside that.

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

from telesock.v1.sessions_pb2 import AttachRequest


class Sends:
    """Both methods, over their sockets."""

    def __init__(self, port: int, count: int, size: int) -> None:
        self._size = size
        sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
        self._sends = itertools.cycle([each.send for each in sockets])

    async def send(self, requests: AsyncIterator[bytes], context: Any) -> None:
        """Send the items of plain bytes, then say so."""
        async for request in requests:
            for start in range(0, len(request), self._size):
                next(self._sends)(request[start : start + self._size])
            await context.write(request)

    async def send_messages(self, requests: AsyncIterator[AttachRequest], context: Any) -> None:
        """Send the data of the commands, then say so."""
        async for request in requests:
            for command in request.commands:
                next(self._sends)(command.send.data)
            await context.write(request)


if __name__ == "__main__":
    sends = Sends(*map(int, sys.argv[1:]))
    methods = {
        "Sends": grpc.stream_stream_rpc_method_handler(sends.send),
        "Messages": grpc.stream_stream_rpc_method_handler(
            sends.send_messages, AttachRequest.FromString, AttachRequest.SerializeToString
        ),
    }
    asyncio.run(bare.serve(methods))
