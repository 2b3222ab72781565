"""The standard health service: the agent and each of its services serve, or they do not, all of them together.

Beside gRPC's own, which forgets the other watchers of a service when one of them leaves, and lets one that does not read
keep all others waiting: here a watcher waits for nobody, and what it has missed is only what was true in between.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
_Context = grpc.aio.ServicerContext[Any, Any]


class Health(health_pb2_grpc.HealthServicer):
    """Whether an agent serves; not before it is told to. Lives on the running event loop."""

    def __init__(self, services: Iterable[str]) -> None:
        self._services = frozenset(("", *services))
        self._loop = asyncio.get_running_loop()
        self._changed = self._loop.create_future()
        self._status: Any = _NOT_SERVING
        self._over = False

    def become(self, serving: bool) -> None:
        """Say from now on that the agent serves, or that it does not; unless it never will again."""
        status = _SERVING if serving else _NOT_SERVING
        if not self._over and status != self._status:
            self._status = status
            self._wake()

    def end(self) -> None:
        """The agent will never serve again: watchers are told, and left."""
        self._status = _NOT_SERVING
        self._over = True
        self._wake()

    def _wake(self) -> None:
        self._changed.set_result(None)
        self._changed = self._loop.create_future()

    def _status_of(self, service: str) -> Any:
        return self._status if service in self._services else _UNKNOWN

    async def Check(
        self, request: health_pb2.HealthCheckRequest, context: _Context
    ) -> health_pb2.HealthCheckResponse:
        if request.service not in self._services:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"the agent has no service {request.service!r}")
        return health_pb2.HealthCheckResponse(status=self._status_of(request.service))

    async def Watch(self, request: health_pb2.HealthCheckRequest, context: _Context) -> None:
        told = None
        while True:
            changed, over, status = self._changed, self._over, self._status_of(request.service)
            if status != told:
                await context.write(health_pb2.HealthCheckResponse(status=status))
                told = status
            if over:  # it may have become so while this was written: then there is one thing more to tell
                return  # there will be no news, and the agent waits for whoever still has a stream
            await asyncio.wait((changed,))  # which leaves it alone when this one leaves
