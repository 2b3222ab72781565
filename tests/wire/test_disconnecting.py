"""Rows 49 to 51 and 53 to 55 of WSK's checklist: the two ways to disconnect, and where neither is legal."""

import os
from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.wire.caller import Caller
from tests.wire.refusals import refusal, refused
from tests.wire.story import cause_of, completions, status_of

from telesock.v1 import types_pb2

MIB = 1 << 20
WRONG_STATE = ("FAILED_PRECONDITION", "WRONG_STATE")


async def test_row_49_a_graceful_disconnect_lets_the_peer_read_everything_and_then_its_end(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096))
    data = os.urandom(MIB)
    sending = await caller.send(socket, data)

    disconnecting = await caller.disconnect(socket)
    far.resume_reading()

    assert await caller.status(disconnecting) == "SUCCESS"
    await far.until_end()
    assert (far.received == data, far.saw_fin, far.error) == (True, True, 0)
    assert await caller.status(sending) == "SUCCESS"
    assert await caller.state(socket) == "SEND_DISCONNECTED"


async def test_row_50_the_peer_reads_the_sends_the_final_data_and_the_end_in_this_order(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096))
    pieces = [os.urandom(MIB) for _ in range(4)]
    sends = [await caller.send(socket, piece) for piece in pieces]
    assert await caller.pending(sends[-1])

    disconnecting = await caller.disconnect(socket, b"and goodbye")
    far.resume_reading()

    completion = await caller.wait(disconnecting)
    await far.until_end()
    assert (far.received == b"".join(pieces) + b"and goodbye", far.saw_fin) == (True, True)
    assert completion.transferred_bytes == 11
    result = completion.disconnect
    assert (result.final_bytes, result.unsent_bytes, result.unacknowledged_bytes) == (11, 0, 0)
    assert completions(await caller.events(), *sends, disconnecting) == [
        (each.operation_id, "SUCCESS") for each in (*sends, disconnecting)
    ]


async def test_row_51_a_graceful_disconnect_completes_when_the_fin_is_acknowledged_and_not_when_the_peer_ends(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096))
    lively, _ = await caller.meet(peer())
    sending = await caller.send(socket, bytes(65_536))
    assert await caller.status(sending) == "SUCCESS"  # all of it and the FIN can be written, not delivered

    stalled = await caller.disconnect(socket)
    beside = await caller.wait(await caller.disconnect(lively))

    assert beside.disconnect.tcp_info.state == "FIN_WAIT2"  # its peer has not ended and never will
    assert await caller.pending(stalled)
    assert await caller.state(socket) == "DISCONNECTING"
    far.resume_reading()
    completion = await caller.wait(stalled)
    assert (status_of(completion), completion.disconnect.tcp_info.state) == ("SUCCESS", "FIN_WAIT2")
    assert await caller.state(socket) == "SEND_DISCONNECTED"


async def test_row_51_a_graceful_disconnect_after_the_peers_end_completes_with_the_connection_closed(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    receiving = await caller.receive(socket, 10)
    far.finish()
    assert (await caller.wait(receiving)).receive.end_of_stream

    completion = await caller.wait(await caller.disconnect(socket, b"bye"))

    assert (status_of(completion), completion.disconnect.tcp_info.state) == ("SUCCESS", "CLOSE")
    assert await caller.state(socket) == "DISCONNECTED"
    assert await far.until_gone() == 0
    await far.until_end()
    assert (bytes(far.received), far.saw_fin) == (b"bye", True)


async def test_row_51_final_data_that_the_peer_can_take_no_more_fails_the_disconnect(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(reading=False))
    far.close()  # its FIN comes; whatever is sent to it now, it answers with a RST

    completion = await caller.wait(await caller.disconnect(socket, b"final"))

    assert (status_of(completion), cause_of(completion)[:2]) == ("CONNECTION_RESET", ("PEER", "DISCONNECT"))
    assert await caller.state(socket) == "RESET"


async def test_row_53_an_abort_resets_at_once_and_fails_what_is_pending(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096))
    sends = [await caller.send(socket, bytes(MIB)) for _ in range(4)]
    unsent = [each for each in sends if await caller.pending(each)]
    acknowledged = await caller.send_acknowledged(socket, b"x")
    receives = [await caller.receive(socket, 10) for _ in range(2)]

    aborting = await caller.abort(socket)

    failed = (*receives, *unsent, acknowledged)
    assert completions(await caller.events(), *failed, aborting) == [
        *((each.operation_id, "CONNECTION_ABORTED") for each in failed),
        (aborting.operation_id, "SUCCESS"),
    ]
    assert unsent
    causes = {cause_of(await caller.wait(each)) for each in failed}
    assert causes == {("CANCEL", "RECEIVE", ""), ("CANCEL", "SEND", "")}
    result = (await caller.wait(aborting)).disconnect
    assert (result.tcp_info.state, result.unsent_bytes > 0) == ("ESTABLISHED", True)
    far.resume_reading()
    await far.until_end()
    assert (far.saw_fin, far.saw_reset, len(far.received) < 4 * MIB) == (False, True, True)


async def test_row_54_an_abort_with_final_data_is_refused_and_the_connection_goes_on(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())

    code, reason, facts = await refusal(caller.abort(socket, final_data=b"bye"))

    assert (code, reason) == ("INVALID_ARGUMENT", "FINAL_DATA_WITH_ABORT")
    assert facts == {"field": "final_data", "wsk_status": "STATUS_INVALID_PARAMETER"}
    assert await caller.state(socket) == "CONNECTED"
    assert await caller.status(await caller.send_acknowledged(socket, b"as if nothing happened")) == "SUCCESS"
    await far.until_received(b"as if nothing happened")
    assert not far.ended


async def test_row_55_a_socket_without_a_connection_cannot_be_disconnected_and_still_be_closed(
    caller: Caller,
) -> None:
    for socket in (await caller.made(), await caller.bound()):
        assert await refused(caller.disconnect(socket)) == WRONG_STATE
        assert await refused(caller.abort(socket)) == WRONG_STATE
        assert await caller.status(await caller.close(socket)) == "SUCCESS"


async def test_row_55_a_second_graceful_disconnect_is_refused_while_the_first_is_pending(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096))
    await caller.send(socket, bytes(MIB))
    first = await caller.disconnect(socket)

    assert await refused(caller.disconnect(socket)) == WRONG_STATE

    far.resume_reading()
    assert await caller.status(first) == "SUCCESS"
    assert await refused(caller.disconnect(socket, b"more")) == WRONG_STATE  # no data can follow the FIN
    second = await caller.disconnect(socket)
    assert await caller.status(second) == "SUCCESS"
    assert completions(await caller.events(), first, second) == [
        (first.operation_id, "SUCCESS"),
        (second.operation_id, "SUCCESS"),
    ]
    await far.until_end()
    assert (len(far.received), far.saw_fin) == (MIB, True)


async def test_row_55_an_abort_after_our_graceful_disconnect_resets_the_half_that_is_open(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    assert await caller.status(await caller.disconnect(socket)) == "SUCCESS"
    await far.until_end()

    assert await caller.status(await caller.abort(socket)) == "SUCCESS"

    assert os.strerror(await far.until_gone()) == "Broken pipe"
    assert far.saw_fin
    assert await refused(caller.disconnect(socket)) == WRONG_STATE
    assert await caller.state(socket) == "ABORTED"


async def test_row_55_an_abort_after_both_sides_have_disconnected_changes_nothing(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far = await caller.meet(peer())
    far.finish()
    assert await caller.status(await caller.disconnect(socket)) == "SUCCESS"
    assert (await caller.wait(await caller.receive(socket, 10))).receive.end_of_stream

    assert await caller.status(await caller.abort(socket)) == "SUCCESS"

    assert (await caller.socket(socket)).state == types_pb2.SOCKET_STATE_DISCONNECTED
    assert await far.until_gone() == 0
    await far.until_end()
    assert far.saw_fin


@pytest.mark.parametrize("graceful", [True, False])
async def test_row_55_a_disconnect_after_a_reset_by_the_peer_completes_once(
    caller: Caller, peer: Callable[..., Peer], graceful: bool
) -> None:
    socket, far = await caller.meet(peer())
    receiving = await caller.receive(socket, 10)
    far.reset()
    assert await caller.status(receiving) == "CONNECTION_RESET"

    disconnecting = await (caller.disconnect(socket) if graceful else caller.abort(socket))

    expected = "CONNECTION_RESET" if graceful else "SUCCESS"
    assert completions(await caller.events(), disconnecting) == [(disconnecting.operation_id, expected)]
    assert await caller.status(await caller.close(socket)) == "SUCCESS"
