"""gRPC's handlers of methods with something before them: a guard that lets a call through, or ends it."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc

from telesock.server.service.errors import Context

Guard = Callable[[Any, Context], Awaitable[None]]
"""Is given a request, or the requests of a stream, and returns to let it through."""


def guarded(handler: Any, guard: Guard, deserialize: Callable[[bytes], Any] | None = None) -> Any:
    """The same method, of any of gRPC's four shapes, behind a guard; its requests read by `deserialize`, if given."""
    behaviour = handler.unary_unary or handler.unary_stream or handler.stream_unary or handler.stream_stream
    inside = _generated if inspect.isasyncgenfunction(behaviour) else _answered
    make = _MAKERS[handler.request_streaming, handler.response_streaming]
    return make(
        inside(behaviour, guard), deserialize or handler.request_deserializer, handler.response_serializer
    )


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
            await guard(request, context)
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
            await guard(request, context)
        except BaseException:
            del request
            raise
        answer = behaviour(request, context)
        del request
        return await answer if inspect.isawaitable(answer) else answer

    return answer
