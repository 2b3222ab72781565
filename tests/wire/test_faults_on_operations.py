"""Faults on operations: failed before anything happens, not begun, told late, told falsely, cut short."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.peers import Peer, PeerConnection
from tests.wire.caller import Caller
from tests.wire.faults import create_fault, end_fault, fault_states, firings, until_fired
from tests.wire.refusals import refused
from tests.wire.story import Operation, cause_of, completions, status_of

from telesock.v1 import operations_pb2

Listen = Callable[..., Peer]
Ask = Callable[[Caller, int], Any]
CONNECT = operations_pb2.OPERATION_KIND_CONNECT
RECEIVE = operations_pb2.OPERATION_KIND_RECEIVE
SEND = operations_pb2.OPERATION_KIND_SEND
DISCONNECT = operations_pb2.OPERATION_KIND_DISCONNECT
CREATE_SOCKET = operations_pb2.OPERATION_KIND_CREATE_SOCKET
RESOLVE = operations_pb2.OPERATION_KIND_RESOLVE

ON_A_CONNECTION: dict[str, Ask] = {
    "SEND": lambda caller, connection: caller.send(connection, b"hello"),
    "RECEIVE": lambda caller, connection: caller.receive(connection, 5),
    "DISCONNECT": lambda caller, connection: caller.disconnect(connection),
    "CONTROL_SOCKET": lambda caller, connection: caller.set_option(connection, no_delay=True),
    "SET_EVENT_CALLBACKS": lambda caller, connection: caller.set_event_callbacks(connection, enable=[2]),
}
MAKING: dict[str, Callable[[Caller, Peer], Any]] = {
    "CREATE_SOCKET": lambda caller, _: caller.create(),
    "CONNECT": lambda caller, listener: caller.connect(listener),
    "RESOLVE": lambda caller, _: caller.resolve("localhost"),
}


def kind(name: str) -> int:
    return int(operations_pb2.OperationKind.Value(f"OPERATION_KIND_{name}"))


async def silent(far: PeerConnection, caller: Caller, connection: int) -> None:
    """Check that nothing but what is sent now has reached the peer."""
    await caller.send(connection, b"now")
    await far.until_received(b"now")


@pytest.mark.parametrize("name", ON_A_CONNECTION)
async def test_an_operation_on_a_socket_fails_before_anything_happens(
    caller: Caller, peer: Listen, name: str
) -> None:
    connection, far = await caller.meet(peer())
    await create_fault(
        caller, name="no", target={"operations": [kind(name)]}, timing={"times": 1}, operation_failure={}
    )

    completion = await caller.wait(await ON_A_CONNECTION[name](caller, connection))

    assert (status_of(completion), cause_of(completion)[0]) == ("INSUFFICIENT_RESOURCES", "FAULT")
    assert (completion.cause.fault_name, list(completion.faults)) == ("no", ["no"])
    await silent(far, caller, connection)
    assert far.saw_fin is False


@pytest.mark.parametrize("name", MAKING)
async def test_an_operation_that_makes_something_makes_nothing_when_it_fails(
    caller: Caller, peer: Listen, name: str
) -> None:
    listener = peer()
    await create_fault(caller, name="no", target={"operations": [kind(name)]}, operation_failure={})

    completion = await caller.wait(await MAKING[name](caller, listener))

    assert (status_of(completion), completion.cause.fault_name) == ("INSUFFICIENT_RESOURCES", "no")
    assert (await caller.list_sockets(), listener.connections) == ([], [])


async def test_the_status_and_the_errno_are_those_that_were_asked_for(caller: Caller, peer: Listen) -> None:
    connection, _ = await caller.meet(peer())
    failure = {"status": "STATUS_HOST_UNREACHABLE", "errno_name": "EHOSTDOWN"}
    await create_fault(caller, target={"operations": [SEND]}, operation_failure=failure)

    completion = await caller.wait(await caller.send(connection, b"x"))

    assert (status_of(completion), cause_of(completion)) == (
        "HOST_UNREACHABLE",
        ("FAULT", "SEND", "EHOSTDOWN"),
    )


async def test_only_the_operations_of_a_phase_are_met(caller: Caller, peer: Listen) -> None:
    connection, _ = await caller.meet(peer())
    await create_fault(caller, target={"phases": ["PHASE_SEND"]}, operation_failure={})

    statuses = [
        await caller.status(await caller.send(connection, b"x")),
        await caller.status(await caller.set_option(connection, no_delay=True)),
    ]

    assert statuses == ["INSUFFICIENT_RESOURCES", "SUCCESS"]


@pytest.mark.parametrize("name", ON_A_CONNECTION)
async def test_an_operation_hangs_until_it_is_cancelled_and_then_has_not_happened(
    caller: Caller, peer: Listen, name: str
) -> None:
    connection, far = await caller.meet(peer())
    far.send(b"hello")
    state = await create_fault(caller, target={"operations": [kind(name)]}, operation_hang={})
    hanging = await ON_A_CONNECTION[name](caller, connection)
    await until_fired(caller, state.fault.name)
    assert await caller.pending(hanging)

    assert await caller.cancel(hanging) == "CANCELLED"

    assert await caller.status(hanging) == "CANCELLED"
    await end_fault(caller, state.fault.name)
    await silent(far, caller, connection)


@pytest.mark.parametrize("name", ON_A_CONNECTION)
async def test_an_operation_that_hangs_is_done_when_the_fault_ends(
    caller: Caller, peer: Listen, name: str
) -> None:
    connection, far = await caller.meet(peer())
    far.send(b"hello")
    state = await create_fault(caller, target={"operations": [kind(name)]}, operation_hang={})
    hanging = await ON_A_CONNECTION[name](caller, connection)
    await until_fired(caller, state.fault.name)

    await end_fault(caller, state.fault.name)

    completion = await caller.wait(hanging)
    assert (status_of(completion), list(completion.faults)) == ("SUCCESS", [state.fault.name])


@pytest.mark.parametrize("name", MAKING)
async def test_an_operation_that_makes_something_hangs_until_the_fault_ends(
    caller: Caller, peer: Listen, name: str
) -> None:
    listener = peer()
    state = await create_fault(caller, target={"operations": [kind(name)]}, operation_hang={})
    hanging = await MAKING[name](caller, listener)
    await until_fired(caller, state.fault.name)
    assert (await caller.pending(hanging), listener.connections) == (True, [])

    await end_fault(caller, state.fault.name)

    assert await caller.status(hanging) == "SUCCESS"


async def test_a_close_ends_what_hangs(caller: Caller, peer: Listen) -> None:
    connection, far = await caller.meet(peer())
    await create_fault(caller, operation_hang={}, name="hang")
    hanging = [await caller.receive(connection, 5), await caller.send(connection, b"x")]

    closing = await caller.close(connection)

    assert await caller.status(closing) == "SUCCESS"
    assert [await caller.status(each) for each in hanging] == ["CANCELLED", "CANCELLED"]
    await far.until_end()
    assert bytes(far.received) == b""


async def test_what_hangs_may_have_a_timeout(caller: Caller, peer: Listen) -> None:
    connection, _ = await caller.meet(peer())
    await create_fault(caller, operation_hang={}, target={"operations": [RECEIVE]})

    completion = await caller.wait(await caller.receive(connection, 5, timeout=0.02))

    assert status_of(completion) == "IO_TIMEOUT"


async def test_a_late_completion_is_told_late_although_it_was_done_at_once(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer())
    await create_fault(caller, name="late", target={"operations": [SEND]}, operation_delay={"delay": 3600.0})
    sending = await caller.send(connection, b"at once")
    await far.until_received(b"at once")
    assert await caller.pending(sending)
    assert await caller.cancel(sending) == "TOO_LATE"

    await end_fault(caller, "late")

    completion = await caller.wait(sending)
    assert (status_of(completion), completion.transferred_bytes) == ("SUCCESS", 7)
    assert list(completion.faults) == ["late"]


async def test_a_late_completion_takes_at_least_its_time(caller: Caller, peer: Listen) -> None:
    connection, _ = await caller.meet(peer())
    await create_fault(caller, target={"operations": [SEND]}, operation_delay={"delay": 0.05})
    began = time.monotonic()

    await caller.wait(await caller.send(connection, b"x"))

    assert time.monotonic() - began >= 0.05


async def test_successes_behind_a_late_one_are_told_in_their_order(caller: Caller, peer: Listen) -> None:
    connection, far = await caller.meet(peer())
    await create_fault(
        caller,
        name="late",
        target={"operations": [SEND]},
        timing={"nth": 1},
        operation_delay={"delay": 3600.0},
    )
    sends = [await caller.send(connection, bytes([number])) for number in range(4)]
    await far.until_received(bytes(range(4)))
    assert await caller.pending(*sends)

    await end_fault(caller, "late")

    await caller.wait(sends[-1])
    wanted = [(each.operation_id, "SUCCESS") for each in sends]
    assert completions(await caller.events(), *sends) == wanted


async def test_a_close_waits_for_no_late_completion_and_loses_none(caller: Caller, peer: Listen) -> None:
    connection, _ = await caller.meet(peer())
    await create_fault(caller, target={"operations": [SEND]}, operation_delay={"delay": 3600.0})
    sends = [await caller.send(connection, b"x") for _ in range(3)]

    assert await caller.status(await caller.close(connection)) == "SUCCESS"

    assert [await caller.status(each) for each in sends] == ["SUCCESS"] * 3


async def test_an_operation_that_is_done_after_its_fault_has_ended_is_not_late(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer(receive_buffer=4096, reading=False))
    await create_fault(caller, name="late", operation_delay={"delay": 3600.0})
    closing = await caller.close(connection, graceful=True)
    await end_fault(caller, "late")

    far.resume_reading()
    far.finish()

    assert await caller.status(closing) == "SUCCESS"


@pytest.mark.parametrize("name", ["SEND", "DISCONNECT"])
async def test_an_operation_is_done_and_then_reported_as_failed(
    caller: Caller, peer: Listen, name: str
) -> None:
    connection, far = await caller.meet(peer())
    await create_fault(caller, name="lie", target={"operations": [kind(name)]}, operation_false_failure={})

    completion = await caller.wait(await ON_A_CONNECTION[name](caller, connection))

    assert (status_of(completion), cause_of(completion)[0]) == ("UNSUCCESSFUL", "FAULT")
    assert completion.cause.fault_name == "lie"
    await (far.until_received(b"hello") if name == "SEND" else far.until_end())


async def test_a_connect_that_is_reported_as_failed_leaves_its_connection(
    caller: Caller, peer: Listen
) -> None:
    listener = peer()
    await create_fault(caller, target={"operations": [CONNECT]}, operation_false_failure={})

    connecting = await caller.connect(listener)

    assert await caller.status(connecting) == "UNSUCCESSFUL"
    far = await listener.accepted()
    assert await caller.list_sockets() == [connecting.socket_id]
    await caller.send(connecting.socket_id, b"still here")
    await far.until_received(b"still here")


async def test_a_genuine_failure_stays_what_it_was(caller: Caller, peer: Listen) -> None:
    connection, far = await caller.meet(peer())
    await create_fault(caller, target={"operations": [RECEIVE]}, operation_false_failure={})
    receiving = await caller.receive(connection, 5)

    far.reset()

    completion = await caller.wait(receiving)
    assert (status_of(completion), cause_of(completion)[0]) == ("CONNECTION_RESET", "PEER")


async def test_a_short_write_sends_so_many_bytes_and_breaks_the_send_side(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer())
    await create_fault(caller, name="short", short_write={"bytes": 4})

    short = await caller.wait(await caller.send(connection, b"cut here"))
    following = await refused(caller.send(connection, b"after"))

    assert (status_of(short), short.transferred_bytes) == ("INSUFFICIENT_RESOURCES", 4)
    assert (cause_of(short)[0], short.cause.fault_name) == ("FAULT", "short")
    assert following[1] == "WRONG_STATE"
    await far.until_received(b"cut ")


async def test_a_send_that_fails_counts_in_the_offset_of_the_next(caller: Caller, peer: Listen) -> None:
    connection, far = await caller.meet(peer())
    await create_fault(caller, target={"operations": [SEND]}, timing={"nth": 2}, operation_failure={})
    offsets = [await caller.send(connection, b"abc", stream_offset=each) for each in (0, 3, 6)]

    statuses = [await caller.status(each) for each in offsets]

    assert statuses == ["SUCCESS", "INSUFFICIENT_RESOURCES", "SUCCESS"]
    await far.until_received(b"abcabc")


async def test_a_fault_that_did_not_happen_to_a_refused_request_is_not_told(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer())
    await caller.status(await caller.disconnect(connection))
    await far.until_end()
    await create_fault(caller, name="late", operation_delay={"delay": 0.01})

    unknown = await refused(caller.send(99, b"x"))
    wrong = await refused(caller.send(connection, b"x"))

    assert [unknown[1], wrong[1]] == ["SOCKET_UNKNOWN", "WRONG_STATE"]
    assert firings(await caller.events(), "late") == []


async def test_a_fault_of_one_socket_leaves_the_operations_of_others_alone(
    caller: Caller, peer: Listen
) -> None:
    listener = peer()
    (first, _), (second, _) = await caller.meet(listener), await caller.meet(listener)
    await create_fault(caller, target={"socket_id": first}, operation_failure={})

    statuses = [await caller.status(await caller.send(each, b"x")) for each in (first, second)]

    assert statuses == ["INSUFFICIENT_RESOURCES", "SUCCESS"]


async def test_every_operation_that_faults_met_completes_once(caller: Caller, peer: Listen) -> None:
    connection, far = await caller.meet(peer())
    for effect in ("operation_failure", "operation_false_failure"):
        await create_fault(caller, timing={"probability": 0.3}, seed=3, **{effect: {}})
    await create_fault(caller, timing={"probability": 0.3}, seed=3, operation_delay={"delay": 0.005})
    await create_fault(caller, name="hang", timing={"probability": 0.2}, seed=3, operation_hang={})

    async def ask(number: int) -> Operation:
        return await (caller.send(connection, b"x") if number % 2 else caller.receive(connection, 1))

    operations = [await ask(number) for number in range(60)]
    far.send(bytes(100))
    await end_fault(caller, "hang")
    await asyncio.gather(*[caller.wait(each) for each in operations])

    ids = [number for number, _ in completions(await caller.events(), *operations)]
    assert sorted(ids) == [each.operation_id for each in operations]
    assert all(state.held == 0 for state in (await fault_states(caller)).values())
