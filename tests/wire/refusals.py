"""Reading how a call was refused: its gRPC status and the google.rpc.ErrorInfo that goes with it.

assert await refused(caller.send(99, b"")) == ("NOT_FOUND", "SOCKET_UNKNOWN")
code, reason, facts = await refusal(caller.send(99, b""))
"""

from collections.abc import Awaitable
from typing import NamedTuple

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status


class Refusal(NamedTuple):
    """How a call was refused: its gRPC status and what its ErrorInfo says."""

    code: str
    reason: str
    facts: dict[str, str]


async def refusal(call: Awaitable[object]) -> Refusal:
    """Wait for a call that must be refused, and return all that it says to programs."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    error = caught.value
    details = dict(error.trailing_metadata()).get("grpc-status-details-bin", b"")
    status, info = Status.FromString(details), ErrorInfo()
    assert (status.code, status.message) == (error.code().value[0], error.details())
    assert [detail.Unpack(info) for detail in status.details] == [True]
    assert info.domain == "telesock"
    return Refusal(error.code().name, info.reason, dict(info.metadata))


async def refused(call: Awaitable[object]) -> tuple[str, str]:
    """Wait for a call that must be refused, and return its status and reason by name."""
    return (await refusal(call))[:2]
