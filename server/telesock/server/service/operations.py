"""OperationService: looks at, waits for and cancels the operations of a session."""

import asyncio
import contextlib

from telesock.server.core.operations import Operation
from telesock.server.core.refusal import malformed
from telesock.server.engine.engine import Engine
from telesock.server.engine.session_table import lost
from telesock.server.engine.sessions import HeldSession
from telesock.server.service.calling import forgotten, still_granted
from telesock.server.service.errors import Context, answers
from telesock.server.service.ownership import owned_session, readable_session, sees_payload
from telesock.server.service.wire.fields import duration_seconds
from telesock.server.service.wire.payload import remove_payload
from telesock.server.service.wire.sessions import read_page_size
from telesock.server.service.wire.views import view_operation
from telesock.v1 import operations_pb2, operations_pb2_grpc

LARGEST_PAGE = 1000
DEFAULT_WAIT = 30.0
LONGEST_WAIT = 300.0


class OperationServicer(operations_pb2_grpc.OperationServiceServicer):
    """See operations.proto."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def _view(self, session: HeldSession, operation: Operation) -> operations_pb2.Operation:
        view = view_operation(session, operation)
        if not sees_payload(session):
            remove_payload(view)
        return view

    @answers
    async def GetOperation(
        self, request: operations_pb2.GetOperationRequest, context: Context
    ) -> operations_pb2.GetOperationResponse:
        session = readable_session(self._engine, context, request.session_id)
        operation = session.ledger.find(request.operation_id)
        return operations_pb2.GetOperationResponse(operation=self._view(session, operation))

    @answers
    async def ListOperations(
        self, request: operations_pb2.ListOperationsRequest, context: Context
    ) -> operations_pb2.ListOperationsResponse:
        session = readable_session(self._engine, context, request.session_id)
        chosen = [operation for operation in session.ledger if _matches(operation, request)]
        response = operations_pb2.ListOperationsResponse()
        room = self._engine.limits.message_bytes // 2  # completions of receives carry their bytes
        for operation in chosen[: read_page_size(request.page_size, LARGEST_PAGE)]:
            view = self._view(session, operation)
            room -= view.ByteSize()
            if room < 0 and response.operations:
                break
            response.operations.append(view)
        return response

    @answers
    async def WaitOperation(
        self, request: operations_pb2.WaitOperationRequest, context: Context
    ) -> operations_pb2.WaitOperationResponse:
        session = readable_session(self._engine, context, request.session_id)
        timeout = duration_seconds(request.timeout) if request.HasField("timeout") else DEFAULT_WAIT
        if not 0 <= timeout <= LONGEST_WAIT:
            raise malformed("timeout", f"{timeout:g} s is not between 0 and {LONGEST_WAIT:g} s")
        operation = session.ledger.find(request.operation_id)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_completed(session, operation), timeout)
        if session.ended is not None:
            raise lost(session.session_id, session.ended)
        if not still_granted():
            raise forgotten()
        return operations_pb2.WaitOperationResponse(operation=self._view(session, operation))

    @answers
    async def CancelOperation(
        self, request: operations_pb2.CancelOperationRequest, context: Context
    ) -> operations_pb2.CancelOperationResponse:
        session = owned_session(self._engine, context, request.session_id)
        outcome = self._engine.cancel(session, request.operation_id)
        return operations_pb2.CancelOperationResponse(
            operation_id=request.operation_id,
            outcome=outcome,  # type: ignore[arg-type]  # the numbers are the contract's
        )


def _matches(operation: Operation, request: operations_pb2.ListOperationsRequest) -> bool:
    return (
        operation.operation_id > request.after_operation_id
        and request.socket_id in (0, operation.socket_id)
        and not (request.pending_only and operation.sequence)
    )


async def _completed(session: HeldSession, operation: Operation) -> None:
    """Return when an operation has completed; leaves nothing behind when cancelled."""
    if operation.sequence:
        return
    done = asyncio.get_running_loop().create_future()

    def complete() -> None:
        if not done.done():
            done.set_result(None)

    waiters = session.waiters.setdefault(operation.operation_id, [])
    waiters.append(complete)
    try:
        await done
    finally:
        if complete in waiters:
            waiters.remove(complete)
        if not waiters:
            session.waiters.pop(operation.operation_id, None)
