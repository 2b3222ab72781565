"""Rows 27, 28, 31 and 32 of WSK's checklist: when a send is done, and when there may be another."""

import os
from collections.abc import Awaitable, Callable

from tests.agents import RunningAgent
from tests.peers import Peer
from tests.wire.caller import Caller
from tests.wire.refusals import refusal, refused
from tests.wire.story import cause_of, completions, status_of

from telesock.server.core.limits import Limits

MIB = 1 << 20


async def test_row_27_an_acknowledged_send_completes_only_when_all_its_bytes_have_reached_the_peer(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    data = os.urandom(MIB)
    stalled, far = await caller.meet(peer(reading=False, receive_buffer=4096))
    lively, _ = await caller.meet(peer())

    large = await caller.send_acknowledged(stalled, data)
    beside = await caller.send_acknowledged(lively, data)

    assert (await caller.wait(beside)).transferred_bytes == MIB  # what one peer does not read stops no other
    assert await caller.pending(large)
    far.resume_reading()
    assert (await caller.wait(large)).transferred_bytes == MIB
    await far.until_received(data)


async def test_row_27_a_written_send_completes_although_nobody_reads_and_an_acknowledged_one_does_not(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096))

    written = await caller.send(socket, bytes(65_536))
    acknowledged = await caller.send_acknowledged(socket, b"x")

    assert await caller.status(written) == "SUCCESS"
    assert await caller.pending(acknowledged)
    assert far.received == b""
    far.resume_reading()
    assert await caller.status(acknowledged) == "SUCCESS"
    await far.until_received(bytes(65_536) + b"x")
    assert completions(await caller.events(), written, acknowledged) == [
        (written.operation_id, "SUCCESS"),
        (acknowledged.operation_id, "SUCCESS"),
    ]


async def test_row_27_a_send_without_bytes_completes_after_those_before_it(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096))
    large = await caller.send_acknowledged(socket, bytes(MIB))
    empty = await caller.send_acknowledged(socket, b"")
    assert await caller.pending(large, empty)

    far.resume_reading()

    assert (await caller.wait(empty)).transferred_bytes == 0
    assert completions(await caller.events(), large, empty) == [
        (large.operation_id, "SUCCESS"),
        (empty.operation_id, "SUCCESS"),
    ]


async def test_row_27_a_send_that_times_out_part_way_tells_its_count_and_breaks_the_send_side(
    start_agent: Callable[..., Awaitable[RunningAgent]],
    start_caller: Callable[..., Awaitable[Caller]],
    peer: Callable[..., Peer],
) -> None:
    caller = await start_caller(await start_agent(limits=Limits(send_bytes=8 * MIB, message_bytes=16 * MIB)))
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096))
    sending = await caller.send(socket, bytes(7 * MIB), timeout=0.5)
    behind = await caller.send(socket, b"behind")

    cut, never = await caller.wait(sending), await caller.wait(behind)

    assert (status_of(cut), cause_of(cut)) == ("IO_TIMEOUT", ("DEADLINE", "SEND", ""))
    assert 0 < cut.transferred_bytes < 7 * MIB
    assert (status_of(never), never.transferred_bytes) == ("CANCELLED", 0)
    assert await caller.state(socket) == "SEND_BROKEN"
    for request in (caller.send(socket, b"x"), caller.disconnect(socket)):
        assert await refused(request) == ("FAILED_PRECONDITION", "WRONG_STATE")
    far.resume_reading()
    assert await far.until_bytes(cut.transferred_bytes) == bytes(cut.transferred_bytes)
    assert await caller.status(await caller.abort(socket)) == "SUCCESS"
    await far.until_end()
    assert (far.saw_reset, len(far.received)) == (True, cut.transferred_bytes)


async def test_row_31_no_send_is_taken_from_the_moment_a_graceful_disconnect_is_accepted(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096))
    before = await caller.send(socket, bytes(MIB))
    disconnecting = await caller.disconnect(socket)

    code, reason, facts = await refusal(caller.send(socket, b"too late"))

    assert (code, reason) == ("FAILED_PRECONDITION", "WRONG_STATE")
    assert facts == {
        "category": "CONNECTION",
        "state": "DISCONNECTING",
        "request": "SEND",
        "wsk_status": "STATUS_INVALID_DEVICE_STATE",
    }
    far.resume_reading()
    assert await caller.status(disconnecting) == "SUCCESS"
    assert await refused(caller.send(socket, b"too late")) == ("FAILED_PRECONDITION", "WRONG_STATE")
    await far.until_end()
    assert (await caller.status(before), bytes(far.received), far.saw_fin) == ("SUCCESS", bytes(MIB), True)


async def test_row_32_sending_goes_on_after_the_peer_has_disconnected_gracefully(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    receiving = await caller.receive(socket, 10)
    far.finish()
    assert (await caller.wait(receiving)).receive.end_of_stream
    assert await caller.state(socket) == "PEER_DISCONNECTED"

    sending = await caller.send_acknowledged(socket, b"still here")

    assert (await caller.wait(sending)).transferred_bytes == 10
    await far.until_received(b"still here")


async def test_row_28_many_sends_leave_and_complete_in_the_order_of_asking(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())

    sends = [await caller.send_acknowledged(socket, b"%03d" % number) for number in range(100)]

    await far.until_received(b"".join(b"%03d" % number for number in range(100)))
    assert {await caller.status(each) for each in sends} == {"SUCCESS"}
    found = [number for number, _ in completions(await caller.events(), *sends)]
    assert found == [each.operation_id for each in sends]
