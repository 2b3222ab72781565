"""What can be looked at, as messages: whole ones, with every field told."""

from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from tests.promises.owners import Listen, Owner, connect_to

from telesock.server.core.limits import Limits
from telesock.server.core.states import Category
from telesock.server.service.wire.views import view_limits
from telesock.v1 import agent_pb2, sessions_pb2, sockets_pb2, types_pb2
from telesock.v1.operations_pb2 import (
    OPERATION_KIND_CREATE_SOCKET,
    OPERATION_KIND_RECEIVE,
    OPERATION_STATE_COMPLETED,
    OPERATION_STATE_PENDING,
    Completion,
    GetOperationRequest,
    Operation,
)

LIMITS = Limits(
    sessions=1,
    sockets=2,
    journal_events=4,
    journal_bytes=5,
    total_journal_bytes=6,
    send_bytes=7,
    pending_send_bytes=8,
    total_pending_send_bytes=9,
    initial_data_bytes=10,
    batch_commands=11,
    message_bytes=12,
    default_credit_bytes=13,
    maximum_credit_bytes=14,
    default_lease=15.0,
    maximum_lease=16.5,
    default_connect_timeout=17.0,
    default_close_timeout=18.0,
    default_credit_connections=19,
    maximum_credit_connections=20,
    default_credit_datagrams=21,
    maximum_credit_datagrams=22,
    chain_links=23,
    send_datagrams=24,
    faults=25,
    fault_held_bytes=26,
    total_fault_held_bytes=27,
    session_sockets=28,
    session_pending_operations=29,
    session_operations_per_second=30.0,
    session_subscribers=31,
    recording_bytes=32,
    session_pending_send_bytes=33,
)


def test_limits_are_shown_all_with_the_descriptors_of_the_process() -> None:
    shown = view_limits(LIMITS, 3)

    values = [getattr(shown, field.name) for field in agent_pb2.Limits.DESCRIPTOR.fields]
    leases = [Duration(seconds=15), Duration(seconds=16, nanos=500_000_000)]
    times = [*leases, Duration(seconds=17), Duration(seconds=18)]
    assert values == [*range(1, 15), *times, *range(19, 34)]


async def test_an_operation_is_shown_pending_and_completed(owner: Owner, peer: Listen) -> None:
    socket, far = await owner.connect(peer(), socket_id=9, operation_id=7)
    receive = await owner.start(sockets_pb2.ReceiveRequest(socket_id=socket, operation_id=8, length=5))

    fields: Any = {
        "session_id": owner.session_id,
        "operation_id": 8,
        "kind": OPERATION_KIND_RECEIVE,
        "socket_id": 9,
    }
    assert receive == Operation(**fields, state=OPERATION_STATE_PENDING)
    far.send(b"bytes")
    completion = await owner.finish(receive)
    assert (await owner.ask(GetOperationRequest(operation_id=8))).operation == Operation(
        **fields, state=OPERATION_STATE_COMPLETED, completion=completion, completion_sequence=2
    )
    assert completion.receive.data == b"bytes"


async def test_an_operation_that_completes_at_once_is_answered_with_its_completion(owner: Owner) -> None:
    operation = await owner.start(sockets_pb2.CreateSocketRequest())

    kind = OPERATION_KIND_CREATE_SOCKET
    assert operation == Operation(
        session_id=owner.session_id,
        operation_id=1,
        kind=kind,
        socket_id=1,
        state=OPERATION_STATE_COMPLETED,
        completion=Completion(kind=kind, status=types_pb2.STATUS_SUCCESS),
        completion_sequence=1,
    )


async def shown(owner: Owner, socket_id: int) -> sockets_pb2.Socket:
    """The socket as its owner can look at it."""
    socket: sockets_pb2.Socket = (await owner.ask(sockets_pb2.GetSocketRequest(socket_id=socket_id))).socket
    return socket


async def test_a_socket_without_addresses_is_shown_without_them(owner: Owner) -> None:
    await owner.start(sockets_pb2.CreateSocketRequest(socket_id=4, spec={"category": Category.BASIC}))

    assert await shown(owner, 4) == sockets_pb2.Socket(
        session_id=owner.session_id,
        socket_id=4,
        category=types_pb2.SOCKET_CATEGORY_BASIC,
        state=types_pb2.SOCKET_STATE_CREATED,
        family=types_pb2.ADDRESS_FAMILY_IPV4,
    )


@pytest.mark.parametrize(
    "enabled",
    [
        [],
        [sockets_pb2.INDICATION_KIND_DATA],
        [sockets_pb2.INDICATION_KIND_DISCONNECT],
        [sockets_pb2.INDICATION_KIND_DATA, sockets_pb2.INDICATION_KIND_DISCONNECT],
    ],
)
async def test_a_connected_socket_is_shown_with_all_that_it_has(
    enabled: list[sockets_pb2.IndicationKind], owner: Owner, peer: Listen
) -> None:
    callbacks = sockets_pb2.EventCallbacks(enable=enabled, credit_bytes=1000)
    socket, far = await owner.connect(peer(), socket_id=4, initial_data=b"hello", callbacks=callbacks)
    await owner.start(sockets_pb2.ReceiveRequest(socket_id=socket, length=3, wait_all=True))
    pending = await owner.start(sockets_pb2.ReceiveRequest(socket_id=socket, length=3, wait_all=True))
    far.send(b"four")
    await (await owner.read()).until_sequence(2)

    view = await shown(owner, socket)

    local, remote = far.remote, far.local
    assert view == sockets_pb2.Socket(
        session_id=owner.session_id,
        socket_id=4,
        category=types_pb2.SOCKET_CATEGORY_CONNECTION,
        state=types_pb2.SOCKET_STATE_CONNECTED,
        family=types_pb2.ADDRESS_FAMILY_IPV4,
        local=types_pb2.Endpoint(host=local[0], port=local[1]),
        remote=types_pb2.Endpoint(host=remote[0], port=remote[1]),
        send_offset=5,
        receive_offset=view.receive_offset,
        pending_operations=1,
        enabled_indications=enabled,
        available_credit_bytes=1000,
    )
    assert view.receive_offset in (3, 4)
    assert pending.state == OPERATION_STATE_PENDING


async def test_a_session_is_shown_with_all_but_its_token(owner: Owner, peer: Listen, unanswered: int) -> None:
    await owner.start(sockets_pb2.CreateSocketRequest(socket_id=4, operation_id=5))
    await owner.start(sockets_pb2.CreateSocketRequest(socket_id=6, operation_id=7))
    await owner.start(connect_to("127.0.0.1", unanswered, socket_id=8, operation_id=9))
    await owner.ask(sessions_pb2.AcknowledgeEventsRequest(sequence=1))

    view = await owner.view()

    assert view == sessions_pb2.Session(
        session_id=owner.session_id,
        label="",
        lease_remaining=view.lease_remaining,
        lease_duration=owner.opened.lease_duration,
        retention=sessions_pb2.RETENTION_UNTIL_ACKNOWLEDGED,
        last_sequence=2,
        first_retained_sequence=1,
        acknowledged_sequence=1,
        highest_operation_id=9,
        highest_socket_id=8,
        sockets=3,
        pending_operations=1,
        attached=False,
    )
    assert 0 < view.lease_remaining.ToMilliseconds() <= 30_000
