"""Rows 33 to 38 of WSK's checklist: receiving, the peer's end, and the flags of a receive."""

import os
from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.wire.caller import Caller
from tests.wire.refusals import refused
from tests.wire.story import cause_of, completions, status_of, told

from telesock.v1 import sockets_pb2

DATA = sockets_pb2.INDICATION_KIND_DATA
DISCONNECT = sockets_pb2.INDICATION_KIND_DISCONNECT


async def test_row_33_a_receive_takes_at_least_one_byte_and_at_most_its_length(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    waiting = await caller.receive(socket, 100)
    far.send(b"a")
    assert (await caller.wait(waiting)).receive.data == b"a"

    far.send(b"bcdefg")
    await far.until_sent()
    second = await caller.wait(await caller.receive(socket, 4))

    assert (second.receive.data, second.receive.stream_offset) == (b"bcde", 1)
    assert second.transferred_bytes == 4
    assert (await caller.wait(await caller.receive(socket, 100))).receive.data == b"fg"


async def test_row_33_receives_are_served_in_the_order_of_their_requests(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    receives = [await caller.receive(socket, 3) for _ in range(4)]

    far.send(b"abcdefghij")

    results = [(await caller.wait(each)).receive for each in receives]
    assert [(each.data, each.stream_offset) for each in results] == [
        (b"abc", 0),
        (b"def", 3),
        (b"ghi", 6),
        (b"j", 9),
    ]
    assert completions(await caller.events(), *receives) == [(op.operation_id, "SUCCESS") for op in receives]


async def test_row_34_the_peers_end_completes_every_pending_receive_with_success_and_no_bytes(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    receives = [await caller.receive(socket, 10) for _ in range(3)]

    far.finish()

    ended = [await caller.wait(each) for each in receives]
    ended.append(await caller.wait(await caller.receive(socket, 10)))  # and every later one
    assert [(status_of(e), e.transferred_bytes, e.receive.data, e.receive.end_of_stream) for e in ended] == [
        ("SUCCESS", 0, b"", True)
    ] * 4


async def test_row_35_a_reset_fails_pending_receives_and_says_that_the_peer_did_it(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    first, second = await caller.receive(socket, 10), await caller.receive(socket, 10)

    far.send(b"last")  # what arrives before the reset is received all the same
    far.reset()

    assert (await caller.wait(first)).receive.data == b"last"
    completion = await caller.wait(second)
    assert status_of(completion) == "CONNECTION_RESET"
    assert cause_of(completion) == ("PEER", "RECEIVE", "ECONNRESET")
    later = await caller.wait(await caller.receive(socket, 10))
    assert (status_of(later), cause_of(later)) == ("CONNECTION_RESET", ("PEER", "RECEIVE", "ECONNRESET"))


async def test_row_35_a_reset_behind_the_peers_end_is_seen_although_receives_saw_only_the_end(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(), callbacks={"enable": [DISCONNECT]})
    receiving = await caller.receive(socket, 10)
    far.finish()
    assert (await caller.wait(receiving)).receive.end_of_stream

    far.reset()

    event = await caller.until(lambda each: each.peer_disconnected.status != 0)
    assert event.peer_disconnected.cause.errno_name == "EPIPE"
    sending = await caller.wait(await caller.send(socket, b"x"))
    assert (status_of(sending), cause_of(sending)) == ("CONNECTION_RESET", ("PEER", "SEND", "EPIPE"))


async def test_row_36_wait_all_completes_when_all_bytes_are_there(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    receiving = await caller.receive(socket, 100, wait_all=True)
    data = os.urandom(120)

    far.send(data[:60])
    assert await caller.pending(receiving)
    far.send(data[60:])

    assert (await caller.wait(receiving)).receive.data == data[:100]
    assert (await caller.wait(await caller.receive(socket, 100))).receive.data == data[100:]


@pytest.mark.parametrize(
    ("way", "status", "end_of_stream"),
    [
        ("finish", "SUCCESS", True),
        ("reset", "CONNECTION_RESET", False),
        ("abort", "CONNECTION_ABORTED", False),
        ("cancel", "CANCELLED", False),
        ("close", "CANCELLED", False),
    ],
)
async def test_row_36_wait_all_ends_early_with_what_had_arrived(
    caller: Caller, peer: Callable[..., Peer], way: str, status: str, end_of_stream: bool
) -> None:
    socket, far = await caller.meet(peer())
    receiving = await caller.receive(socket, 100, wait_all=True)
    far.send(b"x" * 60)
    assert await caller.pending(receiving)

    if way == "finish":
        far.finish()
    elif way == "reset":
        far.reset()
    elif way == "cancel":
        assert await caller.cancel(receiving) == "CANCELLED"
    else:
        await getattr(caller, way)(socket)

    completion = await caller.wait(receiving)
    assert (status_of(completion), completion.transferred_bytes) == (status, 60)
    assert (completion.receive.data, completion.receive.end_of_stream) == (b"x" * 60, end_of_stream)


async def test_row_36_wait_all_that_times_out_completes_with_what_had_arrived(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    far.send(b"x" * 60)

    completion = await caller.wait(await caller.receive(socket, 100, wait_all=True, timeout=0.05))

    assert (status_of(completion), completion.receive.data) == ("IO_TIMEOUT", b"x" * 60)
    assert cause_of(completion) == ("DEADLINE", "RECEIVE", "")


async def test_row_37_a_drain_throws_everything_away_until_the_peers_end_and_never_stalls_it(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    draining = await caller.receive(socket, drain=True)

    far.send(bytes(10_000_000))
    await far.until_sent()
    assert await caller.pending(draining)
    far.finish()

    completion = await caller.wait(draining)
    assert (status_of(completion), completion.transferred_bytes) == ("SUCCESS", 10_000_000)
    assert (completion.receive.data, completion.receive.end_of_stream) == (b"", True)
    assert completions(await caller.events(), draining) == [(draining.operation_id, "SUCCESS")]


async def test_row_37_a_drain_with_a_length_or_a_flag_is_refused_and_the_connection_untouched(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    far.send(b"kept")

    for flags in ({"length": 1}, {"wait_all": True}, {"peek": True}):
        assert await refused(caller.receive(socket, drain=True, **flags)) == ("INVALID_ARGUMENT", "MALFORMED")

    assert (await caller.wait(await caller.receive(socket, 10))).receive.data == b"kept"


async def test_row_38_a_zero_length_receive_takes_nothing_and_lets_refused_data_come_again(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(), callbacks={"enable": [DATA]})
    far.send(b"0123456789")
    event = await caller.until(lambda each: each.HasField("data_received"))

    await caller.release(event, accepted_bytes=3)  # as WSK's BytesAccepted: the rest is refused
    far.send(b"abc")
    assert told(await caller.events(), socket)[1:] == ["DATA 0123456789"]  # silence until there is a receive
    completion = await caller.wait(await caller.receive(socket))

    assert (status_of(completion), completion.receive.data) == ("SUCCESS", b"")
    again = await caller.until(lambda each: each.data_received.stream_offset == 3)
    assert again.data_received.data == b"3456789"
    rest = await caller.until(lambda each: each.data_received.stream_offset == 10)
    assert rest.data_received.data == b"abc"
