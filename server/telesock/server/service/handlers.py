"""gRPC's handlers of methods with something before them: a guard that lets a call through, or ends it.

A single request comes to it as the bytes that arrived: whoever may not call is not read.
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc

from telesock.server.service.errors import Context

Guard = Callable[[Any, Context], Awaitable[Any]]
"""Is given a request as bytes, or the requests of a stream as messages, and returns what to go on with."""


def guarded(handler: Any, guard: Guard) -> Any:
    """The same method, of any of gRPC's four shapes, behind a guard."""
    behaviour = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
    inside = _generated if inspect.isasyncgenfunction(behaviour) else _answered
    make = _MAKERS[handler.request_streaming, handler.response_streaming]
    deserialize = handler.request_deserializer if handler.request_streaming else None
    return make(inside(behaviour, guard), deserialize, handler.response_serializer)


_MAKERS = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}

# Both let go of the request as soon as they can: an error that came through them would keep it (errors.py).


def _generated(behaviour: Any, guard: Guard) -> Any:
    async def generate(request: Any, context: Context) -> AsyncIterator[Any]:
        try:
            request = await guard(request, context)
        except BaseException:
            del request
            raise
        responses = behaviour(request, context)
        del request
        async for response in responses:
            yield response

    return generate


def _answered(behaviour: Any, guard: Guard) -> Any:
    async def answer(request: Any, context: Context) -> Any:
        try:
            request = await guard(request, context)
        except BaseException:
            del request
            raise
        answer = behaviour(request, context)
        del request
        return await answer if inspect.isawaitable(answer) else answer

    return answer
