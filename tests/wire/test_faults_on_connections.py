"""Faults on whole connections: resets at a moment, windows that close, packets that are lost, and timings on a live one."""

import asyncio
import select
import socket
from collections.abc import Callable
from typing import Any

import pytest
from tests.agents import RunningAgent
from tests.peers import Peer
from tests.wire.caller import Caller
from tests.wire.conftest import Dial, StartCaller
from tests.wire.faults import (
    create_fault,
    end_fault,
    fault_states,
    firings,
    reset_faults,
    until_fired,
)
from tests.wire.paths import Open, Opener, Seen, Way
from tests.wire.story import cause_of, status_of

from telesock.server.engine import packet_loss
from telesock.v1 import events_pb2

Listen = Callable[..., Peer]
MIB = 1 << 20


@pytest.fixture
def open_path(caller: Caller, peer: Listen, dial: Dial) -> Open:
    return Opener(caller, peer, dial).open


async def test_an_injected_reset_can_be_told_from_a_genuine_one(caller: Caller, peer: Listen) -> None:
    (injected, near), (genuine, far) = await caller.meet(peer()), await caller.meet(peer())
    receiving = [await caller.receive(each, 5) for each in (injected, genuine)]

    await create_fault(caller, name="cut", target={"socket_id": injected}, reset={})
    far.reset()

    first, second = [await caller.wait(each) for each in receiving]
    await near.until_end()
    assert near.saw_reset
    assert [status_of(first), status_of(second)] == ["CONNECTION_RESET", "CONNECTION_RESET"]
    assert (cause_of(first)[0], first.cause.fault_name, list(first.faults)) == ("FAULT", "cut", ["cut"])
    assert (cause_of(second)[0], second.cause.fault_name, list(second.faults)) == ("PEER", "", [])


@pytest.mark.parametrize("name", ["send", "receive", "disconnect"])
async def test_a_reset_waits_for_the_next_operation(caller: Caller, peer: Listen, name: str) -> None:
    connection, far = await caller.meet(peer())
    await create_fault(caller, name="trap", reset={"moment": 2})
    far.send(b"still here")
    await far.until_sent()
    assert (far.ended, firings(await caller.events(), "trap")) == (False, [])

    asks: dict[str, Any] = {
        "send": lambda: caller.send(connection, b"x"),
        "receive": lambda: caller.receive(connection, 1),
        "disconnect": lambda: caller.disconnect(connection),
    }
    completion = await caller.wait(await asks[name]())

    await far.until_end()
    assert (status_of(completion), completion.cause.fault_name) == ("CONNECTION_RESET", "trap")
    assert far.saw_reset
    [fired] = [each for each in await caller.events() if each.HasField("fault_fired")]
    assert fired.operation_id == completion_id(await caller.events(), "CONNECTION_RESET")


def completion_id(events: Any, status: str) -> int:
    """The number of the operation that ended so."""
    [number] = [
        each.operation_id
        for each in events
        if each.HasField("completion") and status_of(each.completion) == status
    ]
    return int(number)


async def test_a_reset_after_some_bytes_comes_behind_them(caller: Caller, peer: Listen) -> None:
    connection, far = await caller.meet(peer())
    await create_fault(caller, limit={"bytes": 3, "end": 2}, target={"direction": 1})

    await caller.send(connection, b"abcdef")

    await far.until_end()
    assert (bytes(far.received), far.saw_reset) == (b"abc", True)


@pytest.mark.parametrize("way", [Way.OPERATIONS_RECEIVE, Way.INDICATIONS, Way.RELAY_TO_CLIENT], ids=str)
async def test_what_is_never_read_closes_the_window_until_the_fault_ends(open_path: Open, way: Way) -> None:
    path = await open_path(way)
    state = await create_fault(path.caller, target={"socket_id": path.socket_id}, never_read={})
    data = bytes(range(256)) * 128  # so little that credit and requests have room for it

    await path.write(data)
    await until_fired(path.caller, state.fault.name)
    assert (await fault_states(path.caller))[state.fault.name].sockets == 1
    await end_fault(path.caller, state.fault.name)
    await path.finish()

    assert await path.until_end() == Seen(data)


@pytest.mark.skipif(packet_loss.missing() != "", reason="this host lets no socket have a filter")
@pytest.mark.parametrize("way", [Way.OPERATIONS_RECEIVE, Way.INDICATIONS, Way.RELAY_TO_CLIENT], ids=str)
async def test_lost_packets_come_again_when_the_fault_ends(open_path: Open, way: Way) -> None:
    path = await open_path(way)
    state = await create_fault(path.caller, target={"socket_id": path.socket_id}, packet_loss={})
    await path.write(b"lost at first")
    await until_fired(path.caller, state.fault.name)

    await end_fault(path.caller, state.fault.name)

    assert await path.until_bytes(13) == b"lost at first"


@pytest.mark.skipif(packet_loss.missing() != "", reason="this host lets no socket have a filter")
async def test_no_connection_is_made_while_a_listener_loses_all_packets(caller: Caller) -> None:
    listener, place = await caller.listening()
    state = await create_fault(caller, target={"listener_id": listener}, packet_loss={})
    await until_fired(caller, state.fault.name)
    with socket.socket() as dialer:
        dialer.setblocking(False)
        dialer.connect_ex(tuple(place))
        _, established, _ = select.select([], [dialer], [], 0.05)
        assert established == []

        await end_fault(caller, state.fault.name)
        while not established:  # the kernel asks again by itself
            await asyncio.sleep(0)
            _, established, _ = select.select([], [dialer], [], 0.01)

    assert dialer.fileno() == -1


async def test_a_fault_removed_while_the_sink_is_dead_returns_at_once(caller: Caller, peer: Listen) -> None:
    connection, far = await caller.meet(peer(receive_buffer=4096, reading=False))
    state = await create_fault(caller, latency={"delay": 3600.0}, target={"direction": 1})
    sends = [await caller.send(connection, bytes(MIB)) for _ in range(3)]
    await until_fired(caller, state.fault.name)

    ended = await end_fault(caller, state.fault.name)

    assert ended.fault.name == state.fault.name
    assert await fault_states(caller) == {}
    assert await caller.status(await caller.close(connection)) == "SUCCESS"
    assert {await caller.status(each) for each in sends} <= {"SUCCESS", "CANCELLED"}
    assert far.saw_fin is False


async def test_counters_are_live(caller: Caller, peer: Listen) -> None:
    connection, far = await caller.meet(peer())
    state = await create_fault(
        caller, latency={"delay": 3600.0}, target={"direction": 1}, timing={"decided_per": 2}
    )
    name = state.fault.name

    async def counters() -> tuple[int, int, int, int]:
        now = (await fault_states(caller))[name]
        return now.decisions, now.firings, now.sockets, now.held_bytes

    before = await counters()
    await caller.send(connection, bytes(4106))
    await until_fired(caller, name)

    assert before == (0, 0, 1, 0)
    assert await counters() == (1, 1, 1, 4106)  # of the second block it is decided when its turn comes
    await end_fault(caller, name)
    await far.until_bytes(4106)


async def test_what_is_held_leaves_before_its_session_ends_by_a_reset(
    agent: RunningAgent, start_caller: StartCaller, peer: Listen
) -> None:
    caller = await start_caller(agent)
    connection, far = await caller.meet(peer())
    state = await create_fault(caller, stall={}, target={"direction": 1})
    await caller.send(connection, b"held")
    await until_fired(caller, state.fault.name)
    assert agent.engine.fault_held_bytes == 4

    await caller.close_session()

    await far.until_end()
    assert (bytes(far.received), far.saw_reset, agent.engine.fault_held_bytes) == (b"held", True, 0)


async def test_a_session_is_reset_without_touching_another(
    agent: RunningAgent, start_caller: StartCaller, peer: Listen
) -> None:
    one, other = await start_caller(agent), await start_caller(agent)
    for each in (one, other):
        await create_fault(each, name="slow", latency={"delay": 0.001})

    ended = await reset_faults(one)

    assert [state.fault.name for state in ended] == ["slow"]
    assert [len(await fault_states(each)) for each in (one, other)] == [0, 1]


async def test_a_fault_that_expires_ends_by_itself_and_says_so(caller: Caller, peer: Listen) -> None:
    connection, far = await caller.meet(peer())
    await create_fault(caller, name="brief", stall={}, target={"direction": 1}, expires_after=0.03)
    await caller.send(connection, b"held")

    await far.until_received(b"held")

    [ended] = [each.fault_ended for each in await caller.events() if each.HasField("fault_ended")]
    assert (ended.fault, ended.end, ended.firings) == ("brief", events_pb2.FAULT_END_EXPIRED, 1)


async def test_a_flapping_fault_holds_bytes_only_while_it_is_on(caller: Caller, peer: Listen) -> None:
    connection, far = await caller.meet(peer())
    timing = {"on": 0.03, "off": 0.02}
    await create_fault(caller, name="flap", stall={}, target={"direction": 1}, timing=timing)

    for number in range(8):
        await caller.send(connection, bytes([number]))
        await far.until_bytes(number + 1)

    assert bytes(far.received) == bytes(range(8))
    assert firings(await caller.events(), "flap")


def needs_filters(reason: str = packet_loss.missing()) -> pytest.MarkDecorator:
    return pytest.mark.skipif(reason != "", reason=f"loses packets: {reason}")


@needs_filters()
async def test_packet_loss_of_probability_0_is_harmless_and_ends_like_any_other(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer())
    await create_fault(caller, name="none", packet_loss={}, timing={"probability": 0.0})

    far.send(b"hello")
    completion = await caller.wait(await caller.receive(connection, 5, wait_all=True))

    assert completion.receive.data == b"hello"
    assert (await end_fault(caller, "none")).firings == 0
    await caller.close_session()


@needs_filters()
async def test_what_one_packet_loss_dropped_comes_when_it_ends_though_another_is_there(
    caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer())
    await create_fault(caller, name="all", packet_loss={})
    await create_fault(caller, name="none", packet_loss={}, timing={"probability": 0.0})
    far.send(b"hello")

    await end_fault(caller, "all")

    completion = await caller.wait(await caller.receive(connection, 5, wait_all=True))
    assert completion.receive.data == b"hello"


@needs_filters()
async def test_packet_loss_that_flaps_comes_and_goes_with_one_timer(
    agent: RunningAgent, caller: Caller, peer: Listen
) -> None:
    connection, far = await caller.meet(peer())
    timing = {"probability": 0.0, "on": 0.01, "off": 0.01}
    await create_fault(caller, name="flap", target={"socket_id": connection}, packet_loss={}, timing=timing)

    for _ in range(50):
        await create_fault(caller, name="other", latency={"delay": 0.0})
        await end_fault(caller, "other")

    [session] = list(agent.engine.sessions)
    waiting = [each for each in scheduled() if each is not None and each == session.sockets[connection]]
    assert len(waiting) <= 1
    far.send(b"hello")
    completion = await caller.wait(await caller.receive(connection, 5, wait_all=True))
    assert completion.receive.data == b"hello"


def scheduled() -> list[object]:
    """Whose `faults_changed` the loop will call at some moment."""
    handles = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]  # nothing else tells
    callbacks = [handle._callback for handle in handles if not handle.cancelled()]
    return [each.__self__ for each in callbacks if getattr(each, "__name__", "") == "faults_changed"]
