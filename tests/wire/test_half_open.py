"""Rows 39 to 41 of WSK's checklist: receiving after our own disconnect, and what waits to be received."""

import os
from collections.abc import Callable

from tests.peers import Peer
from tests.wire.caller import Caller
from tests.wire.refusals import refused
from tests.wire.story import cause_of, status_of


async def test_row_39_after_our_graceful_disconnect_data_arrives_until_the_peer_ends(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    assert await caller.status(await caller.disconnect(socket)) == "SUCCESS"
    await far.until_end()
    assert far.saw_fin

    answer = os.urandom(100_000)
    far.send(answer)
    far.finish()

    received = await caller.wait(await caller.receive(socket, len(answer), wait_all=True))
    assert received.receive.data == answer
    assert (await caller.wait(await caller.receive(socket, 10))).receive.end_of_stream
    assert await caller.state(socket) == "DISCONNECTED"


async def test_row_39_a_pending_receive_outlives_our_graceful_disconnect(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    receiving = await caller.receive(socket, 10)

    assert await caller.status(await caller.disconnect(socket, b"question")) == "SUCCESS"
    assert await caller.pending(receiving)
    await far.until_end()
    far.send(b"answer")

    assert (await caller.wait(receiving)).receive.data == b"answer"


async def test_row_39_what_the_peer_sent_before_its_end_is_received_after_both_have_disconnected(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    far.send(b"unread")
    far.finish()

    completion = await caller.wait(await caller.disconnect(socket, b"final"))

    assert (status_of(completion), completion.disconnect.tcp_info.state) == ("SUCCESS", "CLOSE")
    await far.until_end()
    assert (bytes(far.received), far.saw_fin) == (b"final", True)
    assert (await caller.wait(await caller.receive(socket, 10))).receive.data == b"unread"
    assert (await caller.wait(await caller.receive(socket, 10))).receive.end_of_stream
    assert await caller.state(socket) == "DISCONNECTED"
    assert not (await caller.wait(await caller.close(socket))).close.aborted


async def test_row_40_nothing_is_received_after_an_abort_not_even_what_had_arrived(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    waiting, _ = await caller.meet(peer())
    pending = await caller.receive(waiting, 10)
    far.send(b"unread")
    peeked = await caller.wait(await caller.receive(socket, 10, peek=True))
    assert peeked.receive.data == b"unread"

    for each in (socket, waiting):
        assert await caller.status(await caller.abort(each)) == "SUCCESS"

    assert await refused(caller.receive(socket, 10)) == ("FAILED_PRECONDITION", "WRONG_STATE")
    completion = await caller.wait(pending)
    assert status_of(completion) == "CONNECTION_ABORTED"
    assert cause_of(completion) == ("CANCEL", "RECEIVE", "")
    await far.until_end()
    assert far.saw_reset


async def test_row_41_a_peek_shows_the_bytes_that_wait_and_takes_none(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    far.send(b"0123456789")

    async def waiting_bytes() -> int:
        return (await caller.wait(await caller.receive(socket, 65_536, peek=True))).transferred_bytes

    assert await waiting_bytes() == 10
    assert (await caller.wait(await caller.receive(socket, 4))).receive.data == b"0123"
    assert await waiting_bytes() == 6
    assert (await caller.socket(socket)).receive_offset == 4


async def test_row_41_a_close_tells_how_many_bytes_waited_and_were_received_by_nobody(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    far.send(b"0123456789")
    assert (await caller.wait(await caller.receive(socket, 4))).receive.data == b"0123"

    completion = await caller.wait(await caller.close(socket))

    assert (completion.close.aborted, completion.close.discarded_bytes) == (True, 6)
    await far.until_end()
    assert far.saw_reset
