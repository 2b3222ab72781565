"""The floor: a bare grpc.aio server that sends back the bytes it gets, with no protobuf and nothing behind it.

Run as a program; it prints its address and serves until it is killed.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

SERVICE = "benchmark.Echo"


async def _unary(request: bytes, context: Any) -> bytes:
    return request


async def _stream(requests: AsyncIterator[bytes], context: Any) -> None:
    async for request in requests:
        await context.write(request)


async def serve() -> None:
    """Serve on a loopback port of the host's choice."""
    server = grpc.aio.server()
    handlers: dict[str, Any] = {
        "Unary": grpc.unary_unary_rpc_method_handler(_unary),
        "Stream": grpc.stream_stream_rpc_method_handler(_stream),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve())
