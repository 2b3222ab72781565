"""Requests whose bytes are no message of their method: the caller's mistake, told as every other one.

gRPC would end such a call as broken on our side, and log it. Streams tell by themselves where they meet one.
"""

from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from telesock.server.core.refusal import malformed
from telesock.server.core.statistics import Statistics
from telesock.server.service.errors import Context, abort
from telesock.server.service.handlers import guarded

_UNREADABLE = object()


class UnreadableRequests(grpc.aio.ServerInterceptor):
    """Ends them as INVALID_ARGUMENT, and counts them."""

    def __init__(self, statistics: Callable[[], Statistics | None] = lambda: None) -> None:
        self._statistics = statistics

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Look at the request of a method that has one."""
        handler = await continuation(handler_call_details)
        if handler is None or handler.request_streaming or handler.request_deserializer is None:
            return handler
        return guarded(handler, self._refuse, _reading(handler.request_deserializer))

    async def _refuse(self, request: Any, context: Context) -> None:
        if request is _UNREADABLE:
            refused = malformed("request", "its bytes are no message of this method")
            await abort(context, refused, self._statistics())


def _reading(deserialize: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def read(encoded: bytes) -> Any:
        try:
            return deserialize(encoded)
        except DecodeError:
            return _UNREADABLE

    return read
