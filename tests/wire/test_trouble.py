"""Names that do not resolve, and peers that do not answer, read or end: what the completion says."""

from collections.abc import Callable

import pytest
from tests.agents import RunningAgent
from tests.peers import Peer
from tests.wire.caller import Caller, Place
from tests.wire.story import cause_of, status_of

MIB = 1 << 20


@pytest.mark.parametrize("name", ["no such name", "two..dots", "x" * 64])
async def test_a_name_that_does_not_resolve_fails_the_connect_and_leaves_no_socket(
    caller: Caller, agent: RunningAgent, name: str
) -> None:
    completion = await caller.wait(await caller.connect(Place(name, 80)))

    assert status_of(completion) == "NO_MATCH"
    assert cause_of(completion) == ("PEER", "RESOLVE", "")
    assert name in completion.cause.detail
    assert list(completion.connect.attempts) == []
    assert (await caller.list_sockets(), agent.engine.sockets) == ([], 0)


async def test_a_peer_that_never_answers_is_given_up_when_the_time_is_over(
    caller: Caller, blackhole: Place
) -> None:
    completion = await caller.wait(await caller.connect(blackhole, timeout=0.05))

    assert (status_of(completion), cause_of(completion)) == ("IO_TIMEOUT", ("DEADLINE", "CONNECT", ""))
    (attempt,) = completion.connect.attempts
    assert (attempt.remote.host, attempt.remote.port, status_of(attempt)) == (*blackhole, "IO_TIMEOUT")


async def test_a_peer_that_never_reads_is_given_up_when_the_time_is_over_and_the_send_may_be_out(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096))

    completion = await caller.wait(await caller.send_acknowledged(socket, bytes(65_536), timeout=0.05))

    assert (status_of(completion), cause_of(completion)) == ("IO_TIMEOUT", ("DEADLINE", "SEND", ""))
    assert completion.transferred_bytes == 65_536  # written, and not acknowledged
    assert await caller.status(await caller.send(socket, b"more")) == "SUCCESS"
    far.resume_reading()
    await far.until_received(bytes(65_536) + b"more")


async def test_a_peer_that_never_sends_is_given_up_when_the_time_is_over_and_no_byte_is_lost(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())

    completion = await caller.wait(await caller.receive(socket, 10, timeout=0.05))

    assert (status_of(completion), cause_of(completion)) == ("IO_TIMEOUT", ("DEADLINE", "RECEIVE", ""))
    far.send(b"late")
    assert (await caller.wait(await caller.receive(socket, 10))).receive.data == b"late"


async def test_waiting_for_an_operation_ends_with_the_wait_and_not_the_operation(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    receiving = await caller.receive(socket, 10)

    assert (await caller.look(receiving, 0.05)) == await caller.get(receiving)

    far.send(b"now")
    assert (await caller.wait(receiving)).receive.data == b"now"
