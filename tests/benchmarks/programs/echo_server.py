"""The floor of messages: a bare grpc.aio server that sends back the bytes it gets, with nothing behind it.

Run as a program; it prints its address and serves until it is killed.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
from tests.benchmarks.programs import bare


async def _unary(request: bytes, context: Any) -> bytes:
    return request


async def _stream(requests: AsyncIterator[bytes], context: Any) -> None:
    async for request in requests:
        await context.write(request)


if __name__ == "__main__":
    asyncio.run(
        bare.serve(
            {
                "Unary": grpc.unary_unary_rpc_method_handler(_unary),
                "Stream": grpc.stream_stream_rpc_method_handler(_stream),
            }
        )
    )
