"""What is refused on the spot: each with its gRPC status, its reason and its facts, and without an effect.

Wrong input is here; what lacks room or permission is in test_limits.py, what the network refuses in
test_trouble.py.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.agents import RunningAgent
from tests.peers import Peer
from tests.wire.caller import Caller, Place
from tests.wire.refusals import Refusal, refusal, refused
from tests.wire.story import Operation, told

from telesock.v1 import sockets_pb2

MIB = 1 << 20
WRONG_STATE = ("FAILED_PRECONDITION", "WRONG_STATE")
NOWHERE = Place("127.0.0.1", 9)
DATA = sockets_pb2.INDICATION_KIND_DATA

VERBS: dict[str, Callable[[Caller, int], Awaitable[Operation]]] = {
    "BIND": lambda caller, socket: caller.bind(socket),
    "CONNECT": lambda caller, socket: caller.connect_bound(socket, NOWHERE),
    "SEND": lambda caller, socket: caller.send(socket, b"x"),
    "RECEIVE": lambda caller, socket: caller.receive(socket, 1),
    "DISCONNECT": lambda caller, socket: caller.disconnect(socket),
    "ABORT": lambda caller, socket: caller.abort(socket),
    "SET_EVENT_CALLBACKS": lambda caller, socket: caller.set_event_callbacks(socket, enable=[DATA]),
}
CLOSE: dict[str, Callable[[Caller, int], Awaitable[Operation]]] = {
    "CLOSE": lambda caller, socket: caller.close(socket)
}


def malformed(field: str) -> Refusal:
    facts = {"field": field, "wsk_status": "STATUS_INVALID_PARAMETER"}
    return Refusal("INVALID_ARGUMENT", "MALFORMED", facts)


# Unknown sessions, sockets and operations


async def test_an_unknown_session_and_a_foreign_one_are_not_found_alike(
    caller: Caller, agent: RunningAgent, start_caller: Callable[..., Awaitable[Caller]]
) -> None:
    other = await start_caller(agent)
    for session_id in ("", "s-000000000000", other.session_id):
        request = sockets_pb2.CreateSocketRequest(session_id=session_id)
        answer = await refusal(caller.sockets.CreateSocket(request, metadata=caller.metadata))
        assert answer == Refusal("NOT_FOUND", "SESSION_UNKNOWN", {"session_id": session_id})
    assert (await other.session()).highest_socket_id == 0


async def test_a_session_that_was_closed_is_lost_for_its_owner_and_unknown_to_others(caller: Caller) -> None:
    await caller.close_session()

    lost = {"session_id": caller.session_id, "cause": "CLOSED"}
    assert await refusal(caller.create()) == Refusal("NOT_FOUND", "SESSION_LOST", lost)
    caller.metadata = ()
    assert await refused(caller.create()) == ("NOT_FOUND", "SESSION_UNKNOWN")


@pytest.mark.parametrize("verb", [*VERBS, *CLOSE])
async def test_a_socket_that_never_was_is_unknown(caller: Caller, verb: str) -> None:
    for socket in (1, 2**64 - 1) if verb == "SET_EVENT_CALLBACKS" else (0, 1, 2**64 - 1):  # 0 is all of them
        unknown = Refusal("NOT_FOUND", "SOCKET_UNKNOWN", {"socket_id": str(socket)})
        assert await refusal((VERBS | CLOSE)[verb](caller, socket)) == unknown


async def test_a_socket_number_is_never_used_twice(caller: Caller, peer: Callable[..., Peer]) -> None:
    listener = peer()
    assert await caller.status(await caller.create(socket_id=7)) == "SUCCESS"
    assert await caller.status(await caller.close(7)) == "SUCCESS"

    for number in (7, 3):
        taken = Refusal("ALREADY_EXISTS", "SOCKET_ID_USED", {"socket_id": str(number)})
        assert await refusal(caller.create(socket_id=number)) == taken
        assert await refusal(caller.connect(listener, socket_id=number)) == taken
    assert listener.connections == []


async def test_an_operation_that_never_was_is_unknown_and_one_that_is_acknowledged_is_retired(
    caller: Caller,
) -> None:
    operation = await caller.create(operation_id=5)
    unknown = Refusal("NOT_FOUND", "OPERATION_UNKNOWN", {"operation_id": "6"})
    assert await refusal(caller.get(Operation(operation_id=6))) == unknown
    assert await refusal(caller.wait(Operation(operation_id=6))) == unknown
    assert await caller.cancel(Operation(operation_id=6)) == "NOT_FOUND"

    await caller.acknowledge(1)

    for number in ("5", "4"):  # used and forgotten; passed over
        retired = Refusal(
            "NOT_FOUND", "OPERATION_RETIRED", {"operation_id": number, "highest_operation_id": "5"}
        )
        assert await refusal(caller.get(Operation(operation_id=int(number)))) == retired
        assert await refusal(caller.create(operation_id=int(number))) == retired
    assert await caller.cancel(operation) == "NOT_FOUND"


async def test_an_operation_id_with_another_request_is_refused_and_with_the_same_it_sends_nothing_again(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    sending = await caller.send(socket, b"once", operation_id=9)
    await far.until_received(b"once")

    assert await caller.send(socket, b"once", operation_id=9) == await caller.get(sending)
    for other in (caller.send(socket, b"twice", operation_id=9), caller.receive(socket, 4, operation_id=9)):
        reused = Refusal("ALREADY_EXISTS", "OPERATION_ID_REUSED", {"operation_id": "9"})
        assert await refusal(other) == reused

    assert await caller.status(await caller.disconnect(socket)) == "SUCCESS"
    await far.until_end()
    assert bytes(far.received) == b"once"


async def test_acknowledging_what_has_not_happened_is_refused(caller: Caller) -> None:
    await caller.create()
    ahead = Refusal("INVALID_ARGUMENT", "SEQUENCE_AHEAD", {"last_sequence": "1"})

    assert await refusal(caller.acknowledge(2)) == ahead
    assert await refusal(anext(caller.stream(start_after=2))) == ahead
    assert (await caller.session()).acknowledged_sequence == 0


# Wrong states; rows 31 and 55 have those of a disconnect, row 4 the wrong categories


@pytest.mark.parametrize(
    ("state", "legal"),
    [
        ("CREATED", {"BIND"}),
        ("BOUND", {"CONNECT"}),
        ("CONNECTING", set()),
        ("CONNECTED", {"SEND", "RECEIVE", "DISCONNECT", "ABORT", "SET_EVENT_CALLBACKS"}),
        ("ABORTED", set()),
        ("CLOSING", set()),
    ],
)
async def test_what_the_state_of_a_connection_socket_forbids_is_refused_and_changes_nothing(
    caller: Caller, peer: Callable[..., Peer], blackhole: Place, state: str, legal: set[str]
) -> None:
    socket = await caller.made() if state == "CREATED" else await caller.bound()
    if state == "CONNECTING":
        await caller.connect_bound(socket, blackhole)
    if state in ("CONNECTED", "ABORTED", "CLOSING"):
        await caller.wait(await caller.connect_bound(socket, peer()))
    if state == "ABORTED":
        await caller.abort(socket)
    if state == "CLOSING":
        await caller.close(socket, graceful=True)
    before = told(await caller.events(), socket)

    for verb in VERBS.keys() - legal:
        facts = {"category": "CONNECTION", "state": state, "request": verb}
        code, reason, said = await refusal(VERBS[verb](caller, socket))
        assert (code, reason) == WRONG_STATE
        assert said == {**facts, "wsk_status": "STATUS_INVALID_DEVICE_STATE"}

    assert await caller.state(socket) == state
    assert told(await caller.events(), socket) == before
    await caller.close(socket)


async def test_a_send_at_the_wrong_offset_is_refused_and_so_are_those_behind_it(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    await caller.send(socket, b"0123", stream_offset=0)

    for offset in (8, 0, 5):
        assert await refusal(caller.send(socket, b"4567", stream_offset=offset)) == Refusal(
            "FAILED_PRECONDITION", "STREAM_OFFSET_MISMATCH", {"send_offset": "4"}
        )

    assert await caller.status(await caller.disconnect(socket)) == "SUCCESS"
    await far.until_end()
    assert bytes(far.received) == b"0123"


# Requests that make no sense by themselves


@pytest.mark.parametrize(
    ("verb", "fields", "field"),
    [
        ("create", {"category": 99}, "spec.category"),
        ("create", {"socket_id": 2**63}, "socket_id"),
        ("bind", {"socket_id": 1, "host": "localhost"}, "local.host"),
        ("bind", {"socket_id": 1, "host": "::1"}, "local.host"),
        ("bind", {"socket_id": 1, "port": 65_536}, "local.port"),
        ("connect", {"to": Place("", 1)}, "remote.host"),
        ("connect", {"to": Place("x" * 254, 1)}, "remote.host"),
        ("connect", {"to": Place("127.0.0.1", 0)}, "remote.port"),
        ("connect", {"to": Place("127.0.0.1", 65_536)}, "remote.port"),
        ("connect", {"to": NOWHERE, "local": {"host": "nowhere"}}, "local.host"),
        ("connect", {"to": NOWHERE, "local": {"host": "::1"}}, "local.host"),
        ("connect", {"to": NOWHERE, "spec": {"category": 1}}, "spec.category"),
        ("connect", {"to": NOWHERE, "spec": {"family": 2}}, "remote.host"),
        ("connect", {"to": NOWHERE, "timeout": 0.0}, "timeout"),
        ("connect", {"to": NOWHERE, "callbacks": {"enable": [99]}}, "callbacks.enable"),
        ("connect_bound", {"socket_id": 2, "to": NOWHERE, "local": {"port": 1}}, "local"),
        ("send", {"socket_id": 3, "data": b"x", "level": 99}, "level"),
        ("send", {"socket_id": 3, "data": b"x", "timeout": -1.0}, "timeout"),
        ("receive", {"socket_id": 3, "length": 1, "wait_all": True, "peek": True}, "peek"),
        ("receive", {"socket_id": 3, "length": 0, "wait_all": True}, "wait_all"),
        ("disconnect", {"socket_id": 3, "mode": 99}, "mode"),
        ("disconnect", {"socket_id": 3, "abort_on_timeout": True}, "abort_on_timeout"),
        ("abort", {"socket_id": 3, "timeout": 1.0}, "timeout"),
        ("close", {"socket_id": 3, "timeout": 1.0}, "timeout"),
        ("set_event_callbacks", {"socket_id": 3}, "enable"),
        ("set_event_callbacks", {"socket_id": 3, "enable": [1], "disable": [1]}, "disable"),
    ],
)
async def test_a_malformed_request_is_refused_and_its_field_named(
    caller: Caller, peer: Callable[..., Peer], verb: str, fields: dict[str, Any], field: str
) -> None:
    assert await caller.made() == 1
    assert await caller.bound() == 2
    assert await caller.connected(peer()) == 3

    assert await refusal(getattr(caller, verb)(**fields)) == malformed(field)

    assert [await caller.state(socket) for socket in await caller.list_sockets()] == [
        "CREATED",
        "BOUND",
        "CONNECTED",
    ]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"lease_duration": 0.5}, "lease_duration"),
        ({"lease_duration": 86_401.0}, "lease_duration"),
        ({"label": "x" * 129}, "label"),
        ({"request_id": "two\nlines"}, "request_id"),
        ({"retention": 99}, "retention"),
    ],
)
async def test_a_malformed_opening_is_refused_and_its_field_named(
    caller: Caller, agent: RunningAgent, fields: dict[str, Any], field: str
) -> None:
    assert await refusal(caller.open(**fields)) == malformed(field)
    assert len(agent.engine.sessions) == 1


async def test_a_wait_of_more_than_five_minutes_is_refused(caller: Caller) -> None:
    assert await refusal(caller.look(await caller.create(), 300.1)) == malformed("timeout")
