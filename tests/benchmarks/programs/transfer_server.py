"""The floor of transfers: a bare grpc.aio server that streams bytes down, with and without a window, and takes them up.

Run as a program; it prints its address and serves until it is killed.
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import Any

import grpc
from tests.benchmarks.programs import bare

DOWNLOAD = struct.Struct("!QQQ")
"""What to download: how many bytes, in messages of how many, and the window, 0 for none."""
ACKNOWLEDGE = struct.Struct("!Q")
"""How many bytes of a download the client has taken since it last said so."""


async def _download(requests: AsyncIterator[bytes], context: Any) -> None:
    """Send as fast as the client lets us; with a window never more than that beyond what it has acknowledged."""
    count, size, window = DOWNLOAD.unpack(await anext(requests))
    message = bytes(size)
    allowed = window or count
    for sent in range(0, count, size):
        while sent + size > allowed:
            allowed += ACKNOWLEDGE.unpack(await anext(requests))[0]
        await context.write(message)
    async for _ in requests:  # until the client has all: it may still be acknowledging
        pass


async def _upload(requests: AsyncIterator[bytes], context: Any) -> bytes:
    """Take all there is, and say how much that was."""
    taken = 0
    async for request in requests:
        taken += len(request)
    return ACKNOWLEDGE.pack(taken)


if __name__ == "__main__":
    asyncio.run(
        bare.serve(
            {
                "Download": grpc.stream_stream_rpc_method_handler(_download),
                "Upload": grpc.stream_unary_rpc_method_handler(_upload),
            }
        )
    )
