"""Row 52 of WSK's checklist, and more: a graceful disconnect that hangs on a peer that does not read."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from tests.peers import Peer, PeerConnection
from tests.wire.caller import Caller
from tests.wire.refusals import refused
from tests.wire.story import Operation, cause_of, completions, status_of

MIB = 1 << 20


class Hung(NamedTuple):
    """A connection to a stalled peer: a receive, sends, and a graceful disconnect behind them."""

    socket: int
    far: PeerConnection
    receiving: Operation
    disconnecting: Operation


async def hang(caller: Caller, peer: Callable[..., Peer], size: int, **fields: object) -> Hung:
    """Connect, send `size` bytes that nobody reads, disconnect."""
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096))
    receiving = await caller.receive(socket, 10)
    for _ in range(size // MIB):
        await caller.send(socket, bytes(MIB))
    await caller.send(socket, bytes(size % MIB))
    return Hung(socket, far, receiving, await caller.disconnect(socket, b"final", **fields))


# Either the kernel has taken all with the FIN, or data still waits in the agent and no FIN was sent.
SIZES = pytest.mark.parametrize("size", [65_536, 6 * MIB], ids=["FIN queued", "data queued"])


@SIZES
async def test_row_52_an_abort_forces_a_hung_graceful_disconnect_to_complete(
    caller: Caller, peer: Callable[..., Peer], size: int
) -> None:
    socket, far, receiving, hung = await hang(caller, peer, size)
    assert await caller.pending(hung, receiving)

    aborting = await caller.abort(socket)

    assert completions(await caller.events(), hung, receiving, aborting) == [
        (receiving.operation_id, "CONNECTION_ABORTED"),
        (hung.operation_id, "CONNECTION_ABORTED"),
        (aborting.operation_id, "SUCCESS"),
    ]
    completion = await caller.wait(hung)
    assert cause_of(completion) == ("CANCEL", "DISCONNECT", "")
    left = completion.disconnect.unsent_bytes + completion.disconnect.unacknowledged_bytes
    far.resume_reading()
    await far.until_end()
    assert (far.saw_fin, far.saw_reset) == (False, True)
    # The peer's TCP may have more than it has acknowledged, but what is not told as left has arrived.
    assert size + len(b"final") - left <= len(far.received) < size


@SIZES
async def test_row_52_a_timeout_ends_the_waiting_and_the_peer_still_gets_everything_and_the_end(
    caller: Caller, peer: Callable[..., Peer], size: int
) -> None:
    socket, far, _, hung = await hang(caller, peer, size, timeout=0.05)

    completion = await caller.wait(hung)

    assert status_of(completion) == "IO_TIMEOUT"
    assert cause_of(completion) == ("DEADLINE", "DISCONNECT", "")
    assert await caller.state(socket) == "DRAINING"
    assert await refused(caller.send(socket, b"x")) == ("FAILED_PRECONDITION", "WRONG_STATE")
    again = await caller.disconnect(socket)  # waits for the same end
    assert await caller.pending(again)
    far.resume_reading()
    assert await caller.status(again) == "SUCCESS"
    await far.until_end()
    assert (far.received == bytes(size) + b"final", far.saw_fin) == (True, True)


@SIZES
async def test_row_52_a_timeout_with_abort_on_timeout_resets_the_connection(
    caller: Caller, peer: Callable[..., Peer], size: int
) -> None:
    socket, far, receiving, hung = await hang(caller, peer, size, timeout=0.05, abort_on_timeout=True)

    completion = await caller.wait(hung)

    assert (status_of(completion), cause_of(completion)) == ("IO_TIMEOUT", ("DEADLINE", "DISCONNECT", ""))
    received = await caller.wait(receiving)
    assert status_of(received) == "CONNECTION_ABORTED"
    assert cause_of(received) == ("DEADLINE", "RECEIVE", "")
    assert await caller.state(socket) == "ABORTED"
    far.resume_reading()
    await far.until_end()
    assert (far.saw_fin, far.saw_reset) == (False, True)


async def test_row_52_a_disconnect_that_timed_out_can_be_waited_for_again_after_the_peers_end(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far, receiving, hung = await hang(caller, peer, 65_536)
    far.finish()
    assert (await caller.wait(receiving)).receive.end_of_stream
    assert await caller.state(socket) == "DISCONNECTING_LAST"

    assert await caller.cancel(hung) == "CANCELLED"
    assert await caller.state(socket) == "DRAINING_LAST"
    again = await caller.disconnect(socket)

    assert await caller.pending(again)
    far.resume_reading()
    completion = await caller.wait(again)
    assert (status_of(completion), completion.disconnect.tcp_info.state) == ("SUCCESS", "CLOSE")
    await far.until_end()
    assert (far.received == bytes(65_536) + b"final", far.saw_fin) == (True, True)


async def test_row_52_cancelling_a_hung_disconnect_ends_only_the_waiting(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    socket, far, _, hung = await hang(caller, peer, 65_536)

    assert await caller.cancel(hung) == "CANCELLED"

    assert await caller.status(hung) == "CANCELLED"
    assert await caller.state(socket) == "DRAINING"
    far.resume_reading()
    await far.until_end()
    assert (far.received == bytes(65_536) + b"final", far.saw_fin) == (True, True)
    assert await caller.status(await caller.disconnect(socket)) == "SUCCESS"


async def test_row_52_the_peers_reset_completes_a_hung_disconnect_too(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    _, far, _, hung = await hang(caller, peer, 65_536)

    far.reset()

    completion = await caller.wait(hung)
    assert status_of(completion) == "CONNECTION_RESET"
    assert cause_of(completion) == ("PEER", "DISCONNECT", "ECONNRESET")
