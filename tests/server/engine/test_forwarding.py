"""What one end of a relayed connection sends comes to the other, in order, in the kernel, and as fast as that one takes it."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.peers import Peer
from tests.server.engine.agents import no_descriptors_left
from tests.server.engine.driver import Driver
from tests.server.engine.relays import Dial, Moved, both, moved, relaying

MIB = 1 << 20


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.mark.parametrize("size", [1, 65_537, MIB, 5 * MIB + 3])
async def test_bytes_arrive_as_they_were_sent_both_ways_at_once(
    driver: Driver, peer: Callable[..., Peer], dial: Dial, size: int
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    there, back = noise(size, 1), noise(size, 2)

    client.send(there)
    server.send(back)

    await both(server.until_received(there), client.until_received(back))


async def test_without_faults_no_byte_is_copied_through_the_process(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    client.send(noise(MIB, 1))
    server.send(noise(MIB, 2))
    await both(server.until_bytes(MIB), client.until_bytes(MIB))

    downstream, upstream = await relay.sockets()

    for each in (downstream, upstream):
        assert each.sends.written == each.outgoing.spliced == MIB
        assert each.receives.offset == each.incoming.moved == MIB


async def test_what_is_sent_in_small_pieces_one_after_the_other_is_not_held_back(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)

    for turn in range(1, 101):
        client.send(b"?")
        await server.until_bytes(turn)
        server.send(b"!")
        await client.until_bytes(turn)

    assert (bytes(server.received), bytes(client.received)) == (b"?" * 100, b"!" * 100)


async def test_what_a_client_says_before_the_upstream_has_answered_waits_in_the_kernel_and_arrives(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())

    client = await dial(relay.address)
    client.send(b"early")
    client.finish()

    server = await relay.upstream.accepted() if isinstance(relay.upstream, Peer) else None
    assert server is not None
    await server.until_received(b"early")
    await server.until_end()
    assert server.saw_fin


async def test_a_peer_that_does_not_read_stops_its_own_sender_and_no_other(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    stalled = relaying(driver, peer(receive_buffer=4096, reading=False))
    lively = relaying(driver, peer())
    blocked, deaf = await stalled.meet(dial)
    client, server = await lively.meet(dial)

    blocked.send(bytes(64 * MIB))
    for turn in range(1, 6):
        client.send(noise(MIB, turn))
        await server.until_bytes(turn * MIB)

    downstream, upstream = await stalled.sockets()
    assert downstream.incoming.moved < 16 * MIB
    assert (upstream.sends.unsent, bytes(deaf.received)) == (0, b"")


async def test_bytes_that_a_stalled_reader_has_left_arrive_when_it_reads_on(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer(receive_buffer=4096, reading=False))
    client, server = await relay.meet(dial)
    downstream, upstream = await relay.sockets()
    data = noise(16 * MIB, 1)

    client.send(data)
    client.finish()
    await driver.until_seen(lambda: not upstream.writable)
    server.resume_reading()

    await server.until_received(data)
    await server.until_end()
    assert server.saw_fin
    assert downstream.incoming.spliced == len(data)


async def test_connections_on_which_nothing_moves_hold_no_pipe(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    client.send(b"moved")
    await server.until_received(b"moved")

    downstream, upstream = await relay.sockets()

    assert [each.incoming._pipe for each in (downstream, upstream)] == [None, None]


async def test_a_host_without_descriptors_for_a_pipe_has_bytes_copied(
    driver: Driver, peer: Callable[..., Peer], dial: Dial
) -> None:
    relay = relaying(driver, peer())
    client, server = await relay.meet(dial)
    downstream, _ = await relay.sockets()
    pipes = downstream.incoming._pipes
    spare = pipes.take()

    with no_descriptors_left():
        client.send(b"copied")
        await server.until_received(b"copied")

    assert (downstream.incoming.moved, downstream.incoming.spliced) == (6, 0)
    pipes.give_back(spare)
    client.send(b" and spliced")
    await server.until_received(b"copied and spliced")
    assert (downstream.incoming.moved, downstream.incoming.spliced) == (18, 12)


async def test_unix_domain_sockets_are_relayed_in_the_kernel_too(
    unix: Driver, peer: Callable[..., Peer], dial: Dial, tmp_path: Path
) -> None:
    relay = relaying(unix, peer(f"unix:{tmp_path}/upstream"), host=f"unix:{tmp_path}/relay")
    client, server = await relay.meet(dial)
    there, back = noise(MIB, 1), noise(MIB, 2)
    downstream, upstream = await relay.sockets()

    client.send(there)
    server.send(back)
    await both(server.until_received(there), client.until_received(back))
    client.finish()
    await server.until_end()
    server.finish()
    await client.until_end()

    [ended] = await relay.ended()
    assert (ended.status, moved(ended)) == (None, Moved(MIB, MIB))
    assert (downstream.incoming.spliced, upstream.incoming.spliced) == (MIB, MIB)
