"""Faults on connects, names and accepts: what the caller is told, what the peer saw, and how each is told from a genuine one."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.peers import Peer
from tests.ports import unused_port
from tests.wire.caller import Caller, Place
from tests.wire.conftest import Dial
from tests.wire.faults import create_fault, end_fault, fault_message, fault_states, firings, until_fired
from tests.wire.story import cause_of, status_of

Listen = Callable[..., Peer]
GENUINE, INJECTED = "PEER", "FAULT"

OUTCOMES = {
    1: ("CONNECTION_REFUSED", "ECONNREFUSED"),
    3: ("HOST_UNREACHABLE", "EHOSTUNREACH"),
    4: ("NETWORK_UNREACHABLE", "ENETUNREACH"),
    5: ("CONNECTION_RESET", "ECONNRESET"),
}


def fault_of(completion: Any) -> str:
    """The fault that is named as the cause."""
    name: str = completion.cause.fault_name
    return name


@pytest.mark.parametrize("outcome", OUTCOMES)
async def test_a_connect_fails_as_told_and_nothing_reaches_the_peer(
    caller: Caller, peer: Listen, outcome: int
) -> None:
    listener = peer()
    await create_fault(caller, name="no-way", connect_failure={"outcome": outcome, "delay": 0.02})
    began = time.monotonic()

    completion = await caller.wait(await caller.connect(listener))

    assert time.monotonic() - began >= 0.02
    status, errno_name = OUTCOMES[outcome]
    assert (status_of(completion), cause_of(completion)) == (status, (INJECTED, "CONNECT", errno_name))
    assert (fault_of(completion), list(completion.faults)) == ("no-way", ["no-way"])
    assert listener.connections == []


async def test_an_injected_refusal_can_be_told_from_a_genuine_one(caller: Caller, peer: Listen) -> None:
    listener = peer()
    target = {"peer": f"127.0.0.1:{listener.port}"}
    await create_fault(caller, name="refused", target=target, connect_failure={})

    injected = await caller.wait(await caller.connect(listener))
    genuine = await caller.wait(await caller.connect(Place("127.0.0.1", unused_port())))

    assert [status_of(each) for each in (injected, genuine)] == ["CONNECTION_REFUSED"] * 2
    assert [cause_of(each)[0] for each in (injected, genuine)] == [INJECTED, GENUINE]
    assert [list(each.faults) for each in (injected, genuine)] == [["refused"], []]


async def test_a_blackholed_connect_times_out_and_says_that_a_fault_did_it(
    caller: Caller, peer: Listen
) -> None:
    listener = peer()
    await create_fault(caller, name="hole", connect_failure={"outcome": 2})

    completion = await caller.wait(await caller.connect(listener, timeout=0.05))

    assert (status_of(completion), cause_of(completion)) == ("IO_TIMEOUT", (INJECTED, "CONNECT", "ETIMEDOUT"))
    assert (fault_of(completion), listener.connections) == ("hole", [])


async def test_a_blackholed_connect_goes_on_when_the_fault_ends(caller: Caller, peer: Listen) -> None:
    state = await create_fault(caller, connect_failure={"outcome": 2})
    connecting = await caller.connect(peer())
    await until_fired(caller, state.fault.name)
    assert (await fault_states(caller))[state.fault.name].held == 1

    await end_fault(caller, state.fault.name)

    completion = await caller.wait(connecting)
    assert (status_of(completion), list(completion.faults)) == ("SUCCESS", [state.fault.name])


async def test_a_connect_that_two_faults_hold_goes_on_when_the_last_of_them_ends(
    caller: Caller, peer: Listen
) -> None:
    for name in ("first", "second"):
        await create_fault(caller, name=name, connect_delay={"delay": 3600.0})
    connecting = await caller.connect(peer())
    await until_fired(caller, "second")

    await end_fault(caller, "first")
    held = (await fault_states(caller))["second"].held
    await end_fault(caller, "second")

    completion = await caller.wait(connecting)
    assert (held, status_of(completion), list(completion.faults)) == (1, "SUCCESS", ["first", "second"])


async def test_a_blackholed_connect_can_be_cancelled(caller: Caller, peer: Listen) -> None:
    state = await create_fault(caller, connect_failure={"outcome": 2})
    connecting = await caller.connect(peer())
    await until_fired(caller, state.fault.name)

    assert await caller.cancel(connecting) == "CANCELLED"

    assert await caller.status(connecting) == "CANCELLED"
    assert (await fault_states(caller))[state.fault.name].held == 0


async def test_a_slow_connect_succeeds_late_and_names_the_fault(caller: Caller, peer: Listen) -> None:
    await create_fault(caller, name="slow", connect_delay={"delay": 0.05})
    began = time.monotonic()

    completion = await caller.wait(await caller.connect(peer()))

    assert time.monotonic() - began >= 0.05
    assert (status_of(completion), list(completion.faults)) == ("SUCCESS", ["slow"])


async def test_a_connect_may_carry_the_fault_that_it_meets(caller: Caller, peer: Listen) -> None:
    listener = peer()

    first = await caller.wait(
        await caller.connect(listener, faults=[fault_message(name="born", connect_failure={})])
    )
    second = await caller.wait(await caller.connect(listener))

    assert (status_of(first), fault_of(first)) == ("CONNECTION_REFUSED", "born")
    assert status_of(second) == "SUCCESS"


async def test_a_refused_connect_of_the_third_time_only_is_the_third(caller: Caller, peer: Listen) -> None:
    listener = peer()
    await create_fault(caller, name="third", timing={"nth": 3}, connect_failure={})

    statuses = [await caller.status(await caller.connect(listener)) for _ in range(5)]

    assert statuses == ["SUCCESS", "SUCCESS", "CONNECTION_REFUSED", "SUCCESS", "SUCCESS"]


@pytest.mark.parametrize(
    "effect", [{"connect_delay": {"delay": 0.01}}, {"connect_failure": {"delay": 0.01}}], ids=list
)
async def test_the_delay_of_a_connect_is_told(caller: Caller, peer: Listen, effect: dict[str, Any]) -> None:
    await create_fault(caller, **effect)

    await caller.wait(await caller.connect(peer()))

    [fired] = [each.fault_fired for each in await caller.events() if each.HasField("fault_fired")]
    assert fired.delay.ToNanoseconds() == 10_000_000


# Names


async def test_a_name_that_fails_fails_for_lookups_and_for_connects(caller: Caller, peer: Listen) -> None:
    listener = peer()
    await create_fault(caller, name="no-name", target={"peer": "local*"}, resolve_failure={})

    looked_up = await caller.wait(await caller.resolve("localhost"))
    connected = await caller.wait(await caller.connect(Place("localhost", listener.port)))
    literal = await caller.wait(await caller.connect(listener))

    for failed in (looked_up, connected):
        assert (status_of(failed), cause_of(failed)[:2]) == ("NO_MATCH", (INJECTED, "RESOLVE"))
        assert (fault_of(failed), list(failed.faults)) == ("no-name", ["no-name"])
    assert status_of(literal) == "SUCCESS"


async def test_a_genuine_failure_of_a_name_does_not_name_the_fault_of_another(caller: Caller) -> None:
    await create_fault(caller, target={"peer": "local*"}, resolve_failure={})

    completion = await caller.wait(await caller.resolve("nobody.invalid"))

    assert (status_of(completion), fault_of(completion), list(completion.faults)) == ("NO_MATCH", "", [])


@pytest.mark.parametrize("lookup", [True, False], ids=["lookup", "connect"])
async def test_a_slow_name_is_resolved_late(caller: Caller, peer: Listen, lookup: bool) -> None:
    listener = peer()
    await create_fault(caller, name="slow", resolve_delay={"delay": 0.05})
    began = time.monotonic()

    asked = caller.resolve("localhost") if lookup else caller.connect(Place("localhost", listener.port))
    completion = await caller.wait(await asked)

    assert time.monotonic() - began >= 0.05
    assert (status_of(completion), list(completion.faults)) == ("SUCCESS", ["slow"])


# Accepts


async def is_reset(dial: Dial, place: Place) -> bool:
    """Connect, and wait until the connection is reset, maybe before the caller knows of it."""
    try:
        far = await dial(place)
    except ConnectionResetError:
        return True
    await far.until_end()
    return far.saw_reset


async def test_a_connection_is_accepted_late(caller: Caller, dial: Dial) -> None:
    listener, place = await caller.listening()
    await create_fault(caller, name="late", accept_delay={"delay": 0.05})
    accepting = await caller.accept(listener)
    began = time.monotonic()

    await dial(place)

    completion = await caller.wait(accepting)
    assert time.monotonic() - began >= 0.05
    assert (status_of(completion), list(completion.faults)) == ("SUCCESS", ["late"])


async def test_a_connection_that_is_late_is_handed_on_when_the_fault_ends(caller: Caller, dial: Dial) -> None:
    listener, place = await caller.listening()
    state = await create_fault(caller, accept_delay={"delay": 3600.0})
    accepting = await caller.accept(listener)
    await dial(place)
    await until_fired(caller, state.fault.name)

    await end_fault(caller, state.fault.name)

    assert await caller.status(accepting) == "SUCCESS"


async def test_a_connection_is_accepted_and_reset_and_the_next_one_is_not(caller: Caller, dial: Dial) -> None:
    listener, place = await caller.listening()
    await create_fault(caller, name="reset", timing={"times": 1}, accept_reset={})
    accepting = await caller.accept(listener)

    assert await is_reset(dial, place)
    second = await dial(place)

    completion = await caller.wait(accepting)
    assert (completion.accept.remote.port, second.ended) == (second.local[1], False)
    [fired] = firings(await caller.events(), "reset")
    assert (fired.socket_id, fired.firings) == (listener, 1)


async def test_connections_wait_in_the_kernels_queue_as_long_as_nothing_is_accepted(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await caller.listening()
    state = await create_fault(caller, never_accept={}, target={"listener_id": listener})
    accepting = await caller.accept(listener)
    far = await dial(place)
    far.send(b"before anybody accepts")
    await until_fired(caller, state.fault.name)
    assert await caller.pending(accepting)

    await end_fault(caller, state.fault.name)

    completion = await caller.wait(accepting)
    assert status_of(completion) == "SUCCESS"
    received = await caller.wait(await caller.receive(completion.accept.socket_id, 22, wait_all=True))
    assert received.receive.data == b"before anybody accepts"


async def test_an_accepted_connection_that_is_never_read_closes_the_window(
    caller: Caller, dial: Dial
) -> None:
    listener, place = await caller.listening()
    state = await create_fault(caller, never_read={}, target={"listener_id": listener})
    accepting = await caller.accept(listener)
    far = await dial(place)
    accepted = (await caller.wait(accepting)).accept.socket_id
    far.send(bytes(1 << 24))
    sending = asyncio.ensure_future(far.until_sent())
    await until_fired(caller, state.fault.name)
    done, _ = await asyncio.wait([sending], timeout=0.2)
    assert not done  # 16 MiB do not fit into both kernels' buffers

    await end_fault(caller, state.fault.name)

    received = 0
    while received < 1 << 24:
        completion = await caller.wait(await caller.receive(accepted, 1 << 20))
        received += len(completion.receive.data)
    await sending


async def test_a_blackholed_upstream_does_not_stop_other_clients(
    caller: Caller, peer: Listen, dial: Dial
) -> None:
    listener, place = await caller.listening()
    upstream = peer()
    await caller.relay(listener, upstream)
    await create_fault(
        caller,
        name="hole",
        target={"listener_id": listener, "relay_side": 2},
        timing={"times": 1},
        connect_failure={"outcome": 2},
    )

    stuck = await dial(place)
    await until_fired(caller, "hole")
    other = await dial(place)
    other.send(b"hello")

    server = await upstream.accepted()
    await server.until_received(b"hello")
    server.send(b"world")
    await other.until_received(b"world")
    assert (stuck.ended, len(upstream.connections)) == (False, 1)
