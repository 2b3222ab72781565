"""Faults on either side and direction of a relayed connection: bytes pass through them, in order, and only as long."""

import random
from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.driver import Driver
from tests.server.engine.relays import Dial, both, relaying

from telesock.server.core.events import FaultEnd, FaultFired
from telesock.server.core.faults.bandwidth import Bandwidth
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.corruption import Corruption
from telesock.server.core.faults.inserting import InsertBytes
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.limiting import HalfClose, Limit
from telesock.server.core.faults.resetting import Reset
from telesock.server.core.faults.segments import How
from telesock.server.core.faults.slicing import Slices
from telesock.server.core.faults.stalling import Stall
from telesock.server.core.faults.values import Effect, Fault, Side, Target
from telesock.server.core.requests import Endpoint
from telesock.server.core.status import Origin, Status
from telesock.server.engine.faults import ActiveFault

MIB = 1 << 20
UPSTREAM_SEND = Target(side=Side.UPSTREAM, direction=Lane.SEND)
DOWNSTREAM_RECEIVE = Target(side=Side.DOWNSTREAM, direction=Lane.RECEIVE)


def make(driver: Driver, effect: Effect, target: Target = Target()) -> ActiveFault:  # noqa: B008 - a value
    """Make a fault."""
    return driver.engine.faults_of(driver.session).create(Fault("f", effect, 7, target))


def end(driver: Driver, fault: ActiveFault) -> None:
    """Delete a fault."""
    driver.engine.faults_of(driver.session).end(fault, FaultEnd.DELETED)


def noise(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.mark.parametrize("target", [UPSTREAM_SEND, DOWNSTREAM_RECEIVE])
async def test_a_fault_may_act_before_or_behind_the_relay_and_leaves_the_other_direction_to_the_kernel(
    driver: Driver, peer: Callable[..., Peer], dial: Dial, target: Target
) -> None:
    make(driver, InsertBytes(3, b"---"), target)
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    downstream, upstream = await relay.sockets()

    client.send(b"abcdef")
    await server.until_received(b"abc---def")
    server.send(b"abcdef")
    await client.until_received(b"abcdef")

    assert (downstream.incoming.spliced, upstream.incoming.spliced) == (0, 6)
    assert driver.told(downstream.socket_id, FaultFired) or driver.told(upstream.socket_id, FaultFired)


async def test_a_fault_on_one_client_leaves_the_others_in_the_kernel(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    first, second = await relay.meet(dial), await relay.meet(dial)
    faulted, spared = await relay.sockets(0), await relay.sockets(1)
    make(driver, Latency(0.001), Target(socket_id=faulted[0].socket_id))

    for client, server in (first, second):
        client.send(noise(MIB))
        await server.until_received(noise(MIB))

    assert faulted[0].incoming.spliced == 0
    assert spared[0].incoming.spliced == MIB


@pytest.mark.parametrize("effect", [Latency(0.001, 0.001), Slices(5000, 100, 0.0), Bandwidth(200 * MIB, MIB)])
async def test_all_bytes_come_through_a_fault_on_both_sides_and_both_ends_with_them(
    driver: Driver, peer: Callable[..., Peer], dial: Dial, effect: Effect
) -> None:
    make(driver, effect)
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    there, back = noise(MIB, 1), noise(MIB, 2)

    client.send(there)
    client.finish()
    server.send(back)
    server.finish()
    await both(server.until_received(there), client.until_received(back))
    await both(server.until_end(), client.until_end())

    [ended] = await relay.ended()
    assert (server.saw_fin, client.saw_fin, ended.status) == (True, True, None)
    assert (ended.bytes_to_upstream, ended.bytes_to_client) == (MIB, MIB)


async def test_faults_that_come_and_go_on_a_busy_connection_change_no_order(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    downstream, _ = await relay.sockets()
    data = noise(16 * MIB)
    client.send(data)
    client.finish()

    for step in range(1, 9):
        await server.until_bytes(step * MIB)
        fault = make(driver, Latency(0.002), (UPSTREAM_SEND, DOWNSTREAM_RECEIVE, Target())[step % 3])
        await server.until_bytes(step * MIB + 300_000)
        end(driver, fault)

    await server.until_received(data)
    await server.until_end()
    assert server.saw_fin
    assert 0 < downstream.incoming.spliced < len(data)


async def test_what_is_in_a_pipe_leaves_before_what_goes_through_a_fault(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer(receive_buffer=4096, reading=False))
    client, server = await relay.meet(dial)
    downstream, upstream = await relay.sockets()
    data = noise(8 * MIB)
    client.send(data)
    await driver.until_seen(lambda: not upstream.writable and downstream.incoming._pipe is not None)

    make(driver, Latency(0.001))
    server.resume_reading()

    await server.until_received(data)
    assert downstream.incoming.spliced < len(data)


async def test_when_the_last_fault_is_gone_bytes_move_in_the_kernel_again(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    downstream, _ = await relay.sockets()
    fault = make(driver, Stall())
    client.send(b"held")
    await driver.until_seen(lambda: driver.engine.fault_held_bytes == 4)
    assert not server.received

    end(driver, fault)
    await server.until_received(b"held")
    client.send(b" and free")
    await server.until_received(b"held and free")

    assert downstream.incoming.spliced == 9


async def test_the_place_of_a_fault_counts_the_bytes_that_went_in_the_kernel(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    _, upstream = await relay.sockets()
    client.send(b"0123456789")
    await server.until_bytes(10)

    make(driver, Corruption(offsets=(2,)), UPSTREAM_SEND)
    client.send(b"abcdef")
    await server.until_bytes(16)

    [fired] = driver.told(upstream.socket_id, FaultFired)
    assert isinstance(fired, FaultFired)
    assert fired.firing.stream_offset == 12
    assert server.received[:12] + server.received[13:] == b"0123456789abdef"


async def test_a_reset_of_one_socket_resets_both_peers(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)

    make(driver, Reset(), Target(side=Side.UPSTREAM))
    await both(client.until_end(), server.until_end())

    [ended] = await relay.ended()
    assert (client.saw_reset, server.saw_reset) == (True, True)
    assert (ended.status, ended.cause and ended.cause.origin) == (Status.CONNECTION_RESET, Origin.FAULT)
    assert ended.cause is not None
    assert ended.cause.fault_name == "f"


async def test_a_limit_cuts_what_the_server_gets_and_the_rest_goes_nowhere(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    make(driver, Limit(1000), UPSTREAM_SEND)
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)

    client.send(noise(3 * MIB))
    client.finish()
    await server.until_end()
    await client.until_sent()
    server.send(b"enough")
    server.finish()
    await client.until_end()

    [ended] = await relay.ended()
    assert (bytes(server.received), server.saw_fin) == (noise(3 * MIB)[:1000], True)
    assert (bytes(client.received), client.saw_fin, ended.status) == (b"enough", True, None)


async def test_a_limit_with_a_reset_lets_its_bytes_arrive_first(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    make(driver, Limit(1000, end=How.RESET), UPSTREAM_SEND)
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)

    client.send(noise(MIB))
    await both(server.until_end(), client.until_end())

    assert (bytes(server.received), server.saw_reset, client.saw_reset) == (noise(MIB)[:1000], True, True)


async def test_a_half_close_ends_one_direction_and_leaves_the_other(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)

    make(driver, HalfClose(), Target(side=Side.UPSTREAM))
    await server.until_end()
    server.send(b"still here")
    await client.until_received(b"still here")

    assert (server.saw_fin, client.ended) == (True, False)


async def test_a_stalled_client_under_a_fault_holds_no_more_than_it_may_and_stops_no_other(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    stalled = relaying(driver, peer())
    lively = relaying(driver, peer())
    blocked, _ = await stalled.meet(dial)
    client, server = await lively.meet(dial)
    downstream, upstream = await stalled.sockets()
    make(driver, Stall(), Target(socket_id=upstream.socket_id))

    blocked.send(bytes(64 * MIB))
    for turn in range(1, 6):
        client.send(noise(MIB, turn))
        await server.until_bytes(turn * MIB)

    assert upstream.sends.unsent <= MIB + 256 * 1024
    assert downstream.receives.offset < 8 * MIB
    assert Endpoint(*blocked.remote) == stalled.address


async def test_a_connection_that_a_fault_ends_with_its_first_byte_is_told_of_as_connected_before(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    make(driver, Limit(size=1, end=How.RESET), UPSTREAM_SEND)
    relay = relaying(driver, peer())

    client = await dial(relay.address)
    client.send(b"ab")  # it waits there when the upstream answers

    [ended] = await relay.ended()
    [connected] = await relay.connected()
    assert (connected.status, ended.status, ended.bytes_to_upstream) == (None, Status.CONNECTION_RESET, 1)
