"""Refusals as gRPC statuses: one table, and the ErrorInfo that goes with each (google.rpc.ErrorInfo, AIP-193)."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, Protocol, TypeVar

import grpc
import structlog
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.statistics import Statistics
from telesock.server.engine.engine import Engine

DOMAIN = "telesock"
DETAILS_KEY = "grpc-status-details-bin"

CODES: dict[Reason, grpc.StatusCode] = {
    Reason.MALFORMED: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.SESSION_UNKNOWN: grpc.StatusCode.NOT_FOUND,
    Reason.SESSION_LOST: grpc.StatusCode.NOT_FOUND,
    Reason.SOCKET_UNKNOWN: grpc.StatusCode.NOT_FOUND,
    Reason.SOCKET_CLOSED: grpc.StatusCode.NOT_FOUND,
    Reason.SOCKET_ID_USED: grpc.StatusCode.ALREADY_EXISTS,
    Reason.OPERATION_UNKNOWN: grpc.StatusCode.NOT_FOUND,
    Reason.OPERATION_RETIRED: grpc.StatusCode.NOT_FOUND,
    Reason.OPERATION_ID_REUSED: grpc.StatusCode.ALREADY_EXISTS,
    Reason.WRONG_CATEGORY: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.WRONG_STATE: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.STREAM_OFFSET_MISMATCH: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.FINAL_DATA_WITH_ABORT: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.TOO_LARGE: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.TOO_MANY_SESSIONS: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.TOO_MANY_SOCKETS: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.TOO_MANY_PENDING_BYTES: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.JOURNAL_FULL: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.DESTINATION_NOT_ALLOWED: grpc.StatusCode.PERMISSION_DENIED,
    Reason.LISTEN_NOT_ALLOWED: grpc.StatusCode.PERMISSION_DENIED,
    Reason.NAME_NOT_ALLOWED: grpc.StatusCode.PERMISSION_DENIED,
    Reason.NOT_AVAILABLE: grpc.StatusCode.UNIMPLEMENTED,
    Reason.AGENT_DRAINING: grpc.StatusCode.UNAVAILABLE,
    Reason.ATTACHMENT_REPLACED: grpc.StatusCode.ABORTED,
    Reason.SEQUENCE_AHEAD: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.FAULT_UNKNOWN: grpc.StatusCode.NOT_FOUND,
    Reason.FAULT_NAME_USED: grpc.StatusCode.ALREADY_EXISTS,
    Reason.TOO_MANY_FAULTS: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.TOO_MANY_SUBSCRIBERS: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.TOO_MANY_OPERATIONS: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.TOO_MANY_OPERATIONS_PER_SECOND: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.CREDENTIALS_MISSING: grpc.StatusCode.UNAUTHENTICATED,
    Reason.CREDENTIALS_UNKNOWN: grpc.StatusCode.UNAUTHENTICATED,
    Reason.ROLE_NOT_ALLOWED: grpc.StatusCode.PERMISSION_DENIED,
    Reason.CONTRACT_TOO_NEW: grpc.StatusCode.FAILED_PRECONDITION,
}

BUG = "the agent has a bug here; its log tells more"


class _Serving(Protocol):
    _engine: Engine


Servicer = TypeVar("Servicer", bound=_Serving)
Request = TypeVar("Request")
Response = TypeVar("Response")
Context = grpc.aio.ServicerContext[Any, Any]
Method = Callable[[Servicer, Request, Context], Awaitable[Response]]

log = structlog.get_logger()


def status_code(reason: Reason) -> int:
    """The number of the gRPC status that a refusal ends with."""
    number: int = CODES[reason].value[0]
    return number


# gRPC keeps the error that a call was aborted with, and that keeps the frames it came through and the errors it followed:
# whoever aborts a call lets go of the caller's message first, or megabytes wait for the garbage collector.


async def abort(context: Context, refused: Refused, statistics: Statistics | None = None) -> NoReturn:
    """End a call as refused, and count it."""
    if statistics is not None:
        statistics.refused(refused.reason)
    refused.__traceback__ = None
    info = ErrorInfo(reason=refused.reason.name, domain=DOMAIN, metadata=refused.metadata)
    details = AnyMessage()
    details.Pack(info)
    status = Status(code=status_code(refused.reason), message=refused.message, details=[details])
    trailers = ((DETAILS_KEY, status.SerializeToString()),)
    await context.abort(CODES[refused.reason], refused.message, trailers)
    raise AssertionError("abort has raised")


async def abort_bug(context: Context, error: Exception, event: str, **facts: str) -> NoReturn:
    """End a call as broken by a bug of ours, and log it."""
    log.error(event, exc_info=error, **facts)
    error.__traceback__ = None
    await context.abort(grpc.StatusCode.INTERNAL, BUG)
    raise AssertionError("abort has raised")


def answers(method: Method[Servicer, Request, Response]) -> Method[Servicer, Request, Response]:
    """Let a unary method raise Refused; anything else it raises is a bug, and is logged as one."""

    @functools.wraps(method)
    async def answer(servicer: Servicer, request: Request, context: Context) -> Response:
        try:
            return await method(servicer, request, context)
        except Refused as refused:
            del request
            await abort(context, refused, servicer._engine.sessions.statistics)
        except Exception as error:
            del request
            await abort_bug(context, error, "method_failed", method=method.__name__)

    return answer
