"""Single requests, read: bytes that are no message of their method, or too many, are the caller's mistake.

gRPC would end such a call as broken on our side, and log it; and it would keep, for as long as a call lasts, whatever
anybody puts into a request that has use for a few bytes. Streams tell by themselves where they meet what is no message.
"""

from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from telesock.server.core.refusal import Reason, Refused, malformed
from telesock.server.core.statistics import Statistics
from telesock.server.service.errors import Context, abort
from telesock.server.service.handlers import guarded

MOST_BYTES = 64 * 1024
"""Of a request that carries no data and makes no faults."""
_LARGE = frozenset(
    {"Send", "SendTo", "Connect", "Disconnect", "SubmitChain"}  # data
    | {"CreateFault", "UpdateFault", "CreateSocket", "Accept", "Relay"}  # faults, which may hold data
)


class Reading(grpc.aio.ServerInterceptor):
    """Reads the requests of methods that have one; refuses with INVALID_ARGUMENT, and counts that."""

    def __init__(self, statistics: Callable[[], Statistics | None] = lambda: None) -> None:
        self._statistics = statistics

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Read the request of a method that has one."""
        handler = await continuation(handler_call_details)
        if handler is None or handler.request_streaming or handler.request_deserializer is None:
            return handler
        name, deserialize = handler_call_details.method.rpartition("/")[2], handler.request_deserializer

        async def read(encoded: bytes, context: Context) -> Any:
            try:
                return _read(encoded, name, deserialize)
            except Refused as refused:
                del encoded
                await abort(context, refused, self._statistics())

        return guarded(handler, read)


def _read(encoded: bytes, name: str, deserialize: Callable[[bytes], Any]) -> Any:
    if len(encoded) > MOST_BYTES and name not in _LARGE:
        message = f"request: {len(encoded)} bytes are more than the {MOST_BYTES} of a {name}"
        raise Refused(Reason.TOO_LARGE, message, field="request", limit=str(MOST_BYTES))
    try:
        return deserialize(encoded)
    except DecodeError:
        raise malformed("request", "its bytes are no message of this method") from None
