"""Row 71 of WSK's checklist: an operation completes once, whoever wins, its cancel or what it waited for.

A thousand races in all. How each ends is the scheduler's business; that it ends once, as its cancel was told,
and that the peer saw the same, is ours.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from tests.agents import RunningAgent
from tests.peers import Peer, PeerConnection
from tests.wire.caller import Caller
from tests.wire.kernel import connections_to
from tests.wire.story import Operation, completions, status_of

from telesock.server.core.limits import Limits

MIB = 1 << 20
STATUSES = {"CANCELLED": "CANCELLED", "TOO_LATE": "SUCCESS", "NOT_FOUND": "SUCCESS"}


class Raced(NamedTuple):
    """An operation, and what became of its cancel."""

    operation: Operation
    outcome: str


async def endings(caller: Caller, raced: Sequence[Raced]) -> list[str]:
    """How the operations ended; each has exactly one completion, and its cancel was told the truth."""
    for operation, _ in raced:
        await caller.wait(operation)
    counted = completions(await caller.events(), *(operation for operation, _ in raced))
    assert len(counted) == len(raced)
    assert dict(counted) == {operation.operation_id: STATUSES[outcome] for operation, outcome in raced}
    return [STATUSES[outcome] for _, outcome in raced]


async def race_receives(caller: Caller, socket: int, far: PeerConnection, sent: bytes) -> list[Raced]:
    """Cancel a receive for each byte that the peer sends: before, while or after it is sent."""
    raced = []
    for number in sent:
        operation = await caller.receive(socket, 1)
        if number % 4 == 0:
            far.send(bytes([number]))
        cancelling = asyncio.ensure_future(caller.cancel(operation))
        if number % 4 == 1:
            await caller.session()  # as long as a call takes: the cancel is being handled now
        if number % 4 == 2:
            await asyncio.sleep(0)
        if number % 4 == 3:
            await cancelling
        if number % 4:
            far.send(bytes([number]))
        raced.append(Raced(operation, await cancelling))
    return raced


async def test_row_71_400_receives_race_their_cancels_against_arriving_data_and_no_byte_is_lost(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    listener, sent = peer(), bytes(range(40))
    meetings = [await caller.meet(listener) for _ in range(10)]

    sides = await asyncio.gather(*(race_receives(caller, socket, far, sent) for socket, far in meetings))

    assert set(await endings(caller, [each for side in sides for each in side])) == {"SUCCESS", "CANCELLED"}
    for (socket, far), side in zip(meetings, sides, strict=True):
        far.finish()
        received = b"".join([(await caller.wait(operation)).receive.data for operation, _ in side])
        rest = await caller.wait(await caller.receive(socket, 100, wait_all=True))
        assert received + rest.receive.data == sent


async def test_row_71_300_connects_race_their_cancels_and_only_those_that_succeeded_are_connections(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    listener = peer()

    async def race(number: int) -> Raced:
        connecting = asyncio.ensure_future(caller.connect(listener, operation_id=number))
        for _ in range(number % 8):
            await asyncio.sleep(0)
        outcome = await caller.cancel(Operation(operation_id=number))
        return Raced(await connecting, outcome)

    ended = await endings(caller, [await race(number) for number in range(1, 301)])

    connected = ended.count("SUCCESS")
    assert connections_to(listener.port).count("ESTABLISHED") == connected
    assert len(await caller.list_sockets()) == connected


async def race_sends(caller: Caller, peer: Peer, begin: int) -> list[Raced]:
    """Cancel 30 sends, the last first, from when the peer has read `begin` of the 4 MiB before them."""
    socket, far = await caller.meet(peer)
    filling = [await caller.send(socket, bytes(MIB)) for _ in range(4)]
    assert await caller.pending(filling[-1])
    tags = [b"%04d" % each for each in range(30)]
    sends = [await caller.send(socket, tag) for tag in tags]

    far.resume_reading()
    await far.until_bytes(begin)
    raced = [Raced(each, await caller.cancel(each)) for each in reversed(sends)]

    ended = [await caller.wait(each) for each in sends]
    sent = [tag for tag, each in zip(tags, ended, strict=True) if status_of(each) == "SUCCESS"]
    await far.until_received(bytes(4 * MIB) + b"".join(sent))
    return raced


async def test_row_71_300_sends_race_their_cancels_against_a_peer_that_reads_and_it_reads_what_was_sent(
    caller: Caller, peer: Callable[..., Peer]
) -> None:
    listener = peer(reading=False, receive_buffer=4096)

    raced = [await race_sends(caller, listener, tenth * 4 * MIB // 10) for tenth in range(10)]

    ended = await endings(caller, [each for side in raced for each in side])
    assert set(ended) == {"SUCCESS", "CANCELLED"}


async def test_row_71_a_send_of_which_a_byte_is_out_goes_on_and_one_behind_it_can_be_taken_back(
    start_agent: Callable[..., Awaitable[RunningAgent]],
    start_caller: Callable[..., Awaitable[Caller]],
    peer: Callable[..., Peer],
) -> None:
    caller = await start_caller(await start_agent(limits=Limits(send_bytes=8 * MIB, message_bytes=16 * MIB)))
    socket, far = await caller.meet(peer(reading=False, receive_buffer=4096))
    sends = [await caller.send(socket, data) for data in (bytes(7 * MIB), b"behind", b"last")]
    assert await caller.pending(*sends)

    assert [await caller.cancel(each) for each in sends[:2]] == ["TOO_LATE", "CANCELLED"]

    far.resume_reading()
    await far.until_received(bytes(7 * MIB) + b"last")
    assert [await caller.status(each) for each in sends] == ["SUCCESS", "CANCELLED", "SUCCESS"]
