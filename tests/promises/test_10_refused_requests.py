"""Values that nobody knows, options that contradict each other and numbers out of range are refused, by field."""

from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from tests.promises.owners import MIB, Listen, Owner, connect_to
from tests.promises.stories import error_info

from telesock.v1.sessions_pb2 import (
    Session,
)
from telesock.v1.sockets_pb2 import (
    DISCONNECT_MODE_ABORTIVE,
    INDICATION_KIND_DATA,
    BindRequest,
    CloseRequest,
    ConnectRequest,
    CreateSocketRequest,
    DisconnectRequest,
    EventCallbacks,
    ReceiveRequest,
    SendRequest,
    SetEventCallbacksRequest,
    SocketSpec,
)
from telesock.v1.types_pb2 import (
    ADDRESS_FAMILY_IPV6,
    SOCKET_CATEGORY_STREAM,
    Endpoint,
)

INVALID = grpc.StatusCode.INVALID_ARGUMENT
SECOND = Duration(seconds=1)
HERE = Endpoint(host="127.0.0.1", port=1)
UNKNOWN: Any = 99  # a value that a newer contract may have

# On socket 1, which is connected, or 2, which is bound: a request, and the field that it is refused for.
UNKNOWN_VALUES = [
    (CreateSocketRequest(spec=SocketSpec(category=UNKNOWN)), "spec.category"),
    (CreateSocketRequest(spec=SocketSpec(family=UNKNOWN)), "spec.family"),
    (connect_to("127.0.0.1", 1, callbacks=EventCallbacks(enable=[UNKNOWN])), "callbacks.enable"),
    (SendRequest(socket_id=1, data=b"never", level=UNKNOWN), "level"),
    (DisconnectRequest(socket_id=1, mode=UNKNOWN), "mode"),
    (SetEventCallbacksRequest(socket_id=1, enable=[UNKNOWN]), "enable"),
    (SetEventCallbacksRequest(socket_id=1, disable=[UNKNOWN]), "disable"),
    (SetEventCallbacksRequest(socket_id=1, enable=["INDICATION_KIND_UNSPECIFIED"]), "enable"),
]
CONTRADICTIONS = [
    (DisconnectRequest(socket_id=1, mode=DISCONNECT_MODE_ABORTIVE, final_data=b"never"), "final_data"),
    (DisconnectRequest(socket_id=1, mode=DISCONNECT_MODE_ABORTIVE, timeout=SECOND), "timeout"),
    (DisconnectRequest(socket_id=1, abort_on_timeout=True), "abort_on_timeout"),
    (ReceiveRequest(socket_id=1, drain=True, length=1), "drain"),
    (ReceiveRequest(socket_id=1, drain=True, wait_all=True), "drain"),
    (ReceiveRequest(socket_id=1, drain=True, peek=True), "drain"),
    (ReceiveRequest(socket_id=1, wait_all=True, peek=True, length=1), "peek"),
    (ReceiveRequest(socket_id=1, wait_all=True), "wait_all"),
    (CloseRequest(socket_id=1, timeout=SECOND), "timeout"),
    (SetEventCallbacksRequest(socket_id=1), "enable"),
    (
        SetEventCallbacksRequest(socket_id=1, enable=[INDICATION_KIND_DATA], disable=[INDICATION_KIND_DATA]),
        "disable",
    ),
    (ConnectRequest(socket_id=2, remote=HERE, local=HERE), "local"),
    (ConnectRequest(spec=SocketSpec(category=SOCKET_CATEGORY_STREAM), remote=HERE), "spec.category"),
    (ConnectRequest(spec=SocketSpec(family=ADDRESS_FAMILY_IPV6), remote=HERE), "remote.host"),
    (connect_to("127.0.0.1", 1, local=Endpoint(host="::1")), "local.host"),
]
OUT_OF_RANGE = [
    (connect_to("", 1), "remote.host"),
    (connect_to("127.0.0.1", 0), "remote.port"),
    (connect_to("127.0.0.1", 65_536), "remote.port"),
    (connect_to("127.0.0.1", 1, local=Endpoint(port=65_536)), "local.port"),
    (connect_to("127.0.0.1", 1, timeout=Duration()), "timeout"),
    (connect_to("127.0.0.1", 1, initial_data=bytes(65_536)), "initial_data"),
    (connect_to("127.0.0.1", 1, callbacks=EventCallbacks(credit_bytes=1 << 60)), "callbacks.credit_bytes"),
    (SendRequest(socket_id=1, data=bytes(MIB + 1)), "data"),
    (SendRequest(socket_id=1, data=b"never", timeout=Duration(seconds=-1)), "timeout"),
    (ReceiveRequest(socket_id=1, length=MIB + 1), "length"),
    (ReceiveRequest(socket_id=1, length=1, timeout=Duration()), "timeout"),
    (DisconnectRequest(socket_id=1, final_data=bytes(MIB + 1)), "final_data"),
    (CloseRequest(socket_id=1, graceful=True, timeout=Duration(nanos=-1)), "timeout"),
    (SetEventCallbacksRequest(socket_id=1, credit_bytes=1 << 60), "credit_bytes"),
    (CreateSocketRequest(socket_id=1 << 63), "socket_id"),
]


def rows(table: list[tuple[Any, str]]) -> list[Any]:
    return [pytest.param(*row, id=f"{type(row[0]).__name__} {row[1]}") for row in table]


def still(session: Session) -> Session:
    session.ClearField("lease_remaining")
    return session


@pytest.mark.parametrize(("request_", "field"), rows(UNKNOWN_VALUES + CONTRADICTIONS + OUT_OF_RANGE))
async def test_what_makes_no_sense_is_refused_for_its_field_and_nothing_happens(
    request_: Any, field: str, owner: Owner, peer: Listen
) -> None:
    _, far = await owner.connect(peer())
    await owner.start(CreateSocketRequest())
    await owner.run(BindRequest(socket_id=2))
    before = still(await owner.view())

    with pytest.raises(grpc.aio.AioRpcError) as error:
        await owner.start(request_)

    assert error.value.code() == INVALID
    assert error_info(error.value).metadata["field"] == field
    assert still(await owner.view()) == before
    await owner.run(SendRequest(socket_id=1, data=b"goes on"))
    await far.until_received(b"goes on")
