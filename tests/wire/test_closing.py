"""Rows 58 and 59 of WSK's checklist: a close resets what is not ended on both sides, and completes last."""

import errno
from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.wire.caller import Caller
from tests.wire.refusals import refused
from tests.wire.story import cause_of, completions, status_of, told

from telesock.v1 import sockets_pb2

MIB = 1 << 20
SOCKET_CLOSED = ("NOT_FOUND", "SOCKET_CLOSED")
BOTH = [sockets_pb2.INDICATION_KIND_DATA, sockets_pb2.INDICATION_KIND_DISCONNECT]


@pytest.mark.parametrize(
    ("ours", "theirs", "saw_fin", "number"),
    [
        pytest.param(False, False, False, errno.ECONNRESET, id="nothing disconnected"),
        pytest.param(True, False, True, errno.EPIPE, id="only our half disconnected"),
        pytest.param(False, True, False, errno.ECONNRESET, id="only the peer's half disconnected"),
        pytest.param(True, True, True, 0, id="both halves disconnected"),
    ],
)
async def test_row_58_a_close_resets_the_connection_unless_both_halves_are_disconnected(
    caller: Caller, peer: Callable[..., Peer], ours: bool, theirs: bool, saw_fin: bool, number: int
) -> None:
    socket, far = await caller.meet(peer())
    if theirs:
        far.finish()
        assert (await caller.wait(await caller.receive(socket, 10))).receive.end_of_stream
    if ours:
        assert await caller.status(await caller.disconnect(socket)) == "SUCCESS"
        await far.until_end()

    completion = await caller.wait(await caller.close(socket))

    assert (status_of(completion), completion.close.aborted) == ("SUCCESS", number != 0)
    assert (await far.until_gone(), far.saw_fin) == (number, saw_fin)


async def test_row_58_a_close_after_a_disconnect_that_nobody_acknowledged_resets_too(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096))
    await caller.send(socket, bytes(65_536))
    hung = await caller.disconnect(socket)
    far.finish()

    completion = await caller.wait(await caller.close(socket))

    assert completion.close.aborted
    assert await caller.status(hung) == "CANCELLED"
    assert await far.until_gone() == errno.ECONNRESET


async def test_row_59_a_close_completes_everything_that_is_pending_and_itself_last(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096), callbacks={"enable": BOTH})
    receives = [await caller.receive(socket, 10) for _ in range(5)]
    sends = [await caller.send(socket, bytes(MIB)) for _ in range(6)]
    sends.append(await caller.send_acknowledged(socket, b"x"))
    unsent = [each for each in sends if await caller.pending(each)]
    hung = await caller.disconnect(socket)
    assert len(unsent) > 1

    closing = await caller.close(socket)
    far.send(b"nobody will be told")

    assert await caller.status(closing) == "SUCCESS"
    await far.until_gone()
    assert told(await caller.events(), socket)[-len(unsent) - 7 :] == [
        *(f"RECEIVE {each.operation_id} CANCELLED" for each in receives),
        *(f"SEND {each.operation_id} CANCELLED" for each in unsent),
        f"DISCONNECT {hung.operation_id} CANCELLED",
        f"CLOSE {closing.operation_id} SUCCESS",
    ]
    assert cause_of(await caller.wait(hung)) == ("CANCEL", "DISCONNECT", "")


async def test_row_59_a_socket_that_is_closed_can_be_asked_nothing_more(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    socket, _ = await caller.meet(listener)
    closing = await caller.close(socket, operation_id=50)
    assert await caller.status(closing) == "SUCCESS"

    assert await refused(caller.bind(socket)) == SOCKET_CLOSED
    assert await refused(caller.connect_bound(socket, listener)) == SOCKET_CLOSED
    assert await refused(caller.send(socket, b"x")) == SOCKET_CLOSED
    assert await refused(caller.receive(socket, 1)) == SOCKET_CLOSED
    assert await refused(caller.disconnect(socket)) == SOCKET_CLOSED
    assert await refused(caller.abort(socket)) == SOCKET_CLOSED
    assert await refused(caller.set_event_callbacks(socket, enable=BOTH)) == SOCKET_CLOSED
    assert await refused(caller.socket(socket)) == SOCKET_CLOSED
    assert await refused(caller.close(socket)) == SOCKET_CLOSED
    assert await caller.close(socket, operation_id=50) == await caller.get(
        closing
    )  # a retry is no second close
    assert told(await caller.events(), socket)[-1] == "CLOSE 50 SUCCESS"


async def test_row_59_a_graceful_close_lets_sends_finish_and_waits_for_both_ends(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096), callbacks={"enable": BOTH})
    receiving = await caller.receive(socket, 10)
    sends = [await caller.send(socket, bytes(MIB)) for _ in range(4)]

    closing = await caller.close(socket, graceful=True)
    assert await caller.status(receiving) == "CANCELLED"
    assert await caller.state(socket) == "CLOSING"
    far.resume_reading()
    await far.until_end()
    assert (len(far.received), far.saw_fin) == (4 * MIB, True)
    far.send(bytes(100_000))
    await far.until_sent()
    assert await caller.pending(closing)
    far.finish()

    completion = await caller.wait(closing)
    assert (completion.close.aborted, completion.close.discarded_bytes) == (False, 100_000)
    assert await far.until_gone() == 0
    story = told(await caller.events(), socket)
    assert story[-1] == f"CLOSE {closing.operation_id} SUCCESS"
    assert sorted(story[1:-1]) == sorted(
        [f"RECEIVE {receiving.operation_id} CANCELLED", *(f"SEND {op.operation_id} SUCCESS" for op in sends)]
    )


async def test_row_59_a_second_close_forces_a_graceful_one_and_both_complete_last(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096))
    sending = await caller.send_acknowledged(socket, bytes(65_536))
    first = await caller.close(socket, graceful=True)
    assert await caller.cancel(first) == "TOO_LATE"  # a close cannot be taken back
    assert await caller.pending(sending, first)

    second = await caller.close(socket)

    assert completions(await caller.events(), sending, first, second) == [
        (sending.operation_id, "CANCELLED"),
        (first.operation_id, "SUCCESS"),
        (second.operation_id, "SUCCESS"),
    ]
    for each in (first, second):
        assert (await caller.wait(each)).close.aborted
    assert await far.until_gone() == errno.ECONNRESET


async def test_row_59_a_graceful_close_that_times_out_resets_and_succeeds(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())  # it will never end its half

    completion = await caller.wait(await caller.close(socket, graceful=True, timeout=0.05))

    assert (status_of(completion), completion.close.aborted) == ("SUCCESS", True)
    assert (await far.until_gone(), far.saw_fin) == (errno.EPIPE, True)
