"""What the bare gRPC servers share: one service of methods that take and give bytes, with no protobuf, on loopback."""

from typing import Any

import grpc

SERVICE = "benchmark.Bare"


async def serve(handlers: dict[str, Any]) -> None:
    """Serve on a loopback port of the host's choice, print the address, go on until killed."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()
