"""Rows 4, 6, 7 and 8 of WSK's checklist: making sockets, alone or with a connection, and binding them."""

from collections.abc import Callable

import pytest
from tests.agents import RunningAgent
from tests.peers import Peer
from tests.ports import unused_port
from tests.wire.caller import Caller, Place
from tests.wire.kernel import connections_to
from tests.wire.refusals import refused
from tests.wire.story import cause_of, status_of, told

from telesock.v1 import sockets_pb2, types_pb2

WRONG_CATEGORY = ("FAILED_PRECONDITION", "WRONG_CATEGORY")
DATA = sockets_pb2.INDICATION_KIND_DATA


async def test_row_04_a_basic_socket_can_be_closed_and_nothing_else(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    basic = await caller.made(types_pb2.SOCKET_CATEGORY_BASIC)

    assert await refused(caller.bind(basic)) == WRONG_CATEGORY
    assert await refused(caller.connect_bound(basic, listener)) == WRONG_CATEGORY
    assert await refused(caller.send(basic, b"x")) == WRONG_CATEGORY
    assert await refused(caller.receive(basic, 1)) == WRONG_CATEGORY
    assert await refused(caller.disconnect(basic)) == WRONG_CATEGORY
    assert await refused(caller.abort(basic)) == WRONG_CATEGORY
    assert await refused(caller.set_event_callbacks(basic, enable=[DATA])) == WRONG_CATEGORY
    assert connections_to(listener.port) == []
    now = await caller.socket(basic)
    assert (now.category, now.state, now.pending_operations) == (
        types_pb2.SOCKET_CATEGORY_BASIC,
        types_pb2.SOCKET_STATE_CREATED,
        0,
    )
    assert await caller.status(await caller.close(basic)) == "SUCCESS"
    assert told(await caller.events(), basic) == ["CREATE_SOCKET 1 SUCCESS", "CLOSE 2 SUCCESS"]


@pytest.mark.parametrize(
    ("category", "foreign"),
    [
        ("LISTENING", ["send", "receive", "disconnect", "receive_from", "listen"]),
        ("DATAGRAM", ["send", "receive", "disconnect", "accept", "listen"]),
        ("CONNECTION", ["accept", "listen", "receive_from"]),
    ],
)
async def test_row_04_what_a_category_has_not_is_refused_and_the_socket_goes_on(
    caller: Caller, category: str, foreign: list[str]
) -> None:
    number = types_pb2.SocketCategory.Value(f"SOCKET_CATEGORY_{category}")
    socket = await caller.made(number)
    data = {"send": (b"x",)}

    for verb in foreign:
        assert await refused(getattr(caller, verb)(socket, *data.get(verb, ()))) == WRONG_CATEGORY
    assert await caller.status(await caller.bind(socket)) == "SUCCESS"
    assert await caller.status(await caller.close(socket)) == "SUCCESS"


async def test_row_04_a_new_connection_socket_is_unbound_and_indicates_nothing(caller: Caller) -> None:
    operation = await caller.create(operation_id=5, socket_id=7)

    assert await caller.status(operation) == "SUCCESS"
    assert await caller.socket(7) == sockets_pb2.Socket(
        session_id=caller.session_id,
        socket_id=7,
        category=types_pb2.SOCKET_CATEGORY_CONNECTION,
        state=types_pb2.SOCKET_STATE_CREATED,
        family=types_pb2.ADDRESS_FAMILY_IPV4,
        available_credit_bytes=256 * 1024,
    )


async def test_row_06_a_one_shot_connect_is_one_operation_with_one_result(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    operation = await caller.connect(listener, operation_id=3, socket_id=9)

    completion = await caller.wait(operation)

    far = await listener.accepted()
    local, remote = completion.connect.local, completion.connect.remote
    assert (local.host, local.port) == far.remote
    assert (remote.host, remote.port) == far.local
    assert len(listener.connections) == 1
    assert told(await caller.events(), 9) == ["CONNECT 3 SUCCESS"]


async def test_row_06_a_one_shot_connect_that_fails_leaves_no_socket_and_no_descriptor(
    caller: Caller, agent: RunningAgent
) -> None:
    nobody = Place("127.0.0.1", unused_port())
    operation = await caller.connect(nobody)

    completion = await caller.wait(operation)

    assert status_of(completion) == "CONNECTION_REFUSED"
    assert cause_of(completion) == ("PEER", "CONNECT", "ECONNREFUSED")
    assert await caller.list_sockets() == []
    assert await refused(caller.close(operation.socket_id)) == ("NOT_FOUND", "SOCKET_CLOSED")
    assert (agent.engine.sockets, len(agent.engine.poller), connections_to(nobody.port)) == (0, 0, [])


async def test_row_07_a_socket_that_is_not_bound_cannot_connect_and_sends_no_syn(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    socket = await caller.made()

    assert await refused(caller.connect_bound(socket, listener)) == ("FAILED_PRECONDITION", "WRONG_STATE")
    assert connections_to(listener.port) == []
    assert await caller.state(socket) == "CREATED"
    binding = await caller.wait(await caller.bind(socket))
    assert await caller.status(await caller.connect_bound(socket, listener)) == "SUCCESS"
    far = await listener.accepted()
    assert far.remote == (binding.bind.local.host, binding.bind.local.port)
    assert len(listener.connections) == 1


async def test_row_08_a_wildcard_bind_fixes_the_port_at_once_and_the_address_when_connecting(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    socket = await caller.made()

    bound = (await caller.wait(await caller.bind(socket, "0.0.0.0"))).bind.local

    assert bound.port != 0
    before = (await caller.socket(socket)).local
    assert (before.host, before.port) == ("0.0.0.0", bound.port)
    assert await caller.status(await caller.connect_bound(socket, listener)) == "SUCCESS"
    after = (await caller.socket(socket)).local
    assert (after.host, after.port) == ("127.0.0.1", bound.port)
    assert (await listener.accepted()).remote == ("127.0.0.1", bound.port)


async def test_row_08_a_port_that_is_taken_fails_the_bind_and_not_the_socket(caller: Caller) -> None:
    taken = (await caller.socket(await caller.bound())).local
    socket = await caller.made()

    completion = await caller.wait(await caller.bind(socket, taken.host, taken.port))

    assert status_of(completion) == "ADDRESS_ALREADY_EXISTS"
    assert cause_of(completion) == ("LOCAL_HOST", "BIND", "EADDRINUSE")
    assert await caller.state(socket) == "CREATED"
    assert await caller.status(await caller.bind(socket)) == "SUCCESS"
