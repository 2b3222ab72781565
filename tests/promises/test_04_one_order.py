"""A session's events form one sequence; successes of one kind complete as they started; a close completes last."""

from typing import Any

import pytest
from tests.peers import PeerConnection
from tests.promises.owners import MIB, STALLING, Listen, Open, Owner
from tests.promises.stories import after_the_close, is_close
from tests.promises.storms import weather

from telesock.server.core.limits import Limits
from telesock.v1.events_pb2 import Event
from telesock.v1.operations_pb2 import Operation
from telesock.v1.sessions_pb2 import AcknowledgeEventsRequest, CloseSessionRequest
from telesock.v1.sockets_pb2 import (
    INDICATION_KIND_DATA,
    INDICATION_KIND_DISCONNECT,
    SEND_LEVEL_ACKNOWLEDGED,
    CloseRequest,
    DisconnectRequest,
    EventCallbacks,
    GetSocketRequest,
    ReceiveRequest,
    SendRequest,
    SetEventCallbacksRequest,
)
from telesock.v1.types_pb2 import (
    SOCKET_STATE_PEER_DISCONNECTED,
    STATUS_CANCELLED,
    STATUS_IO_TIMEOUT,
    STATUS_SUCCESS,
)

EVERYTHING = EventCallbacks(enable=[INDICATION_KIND_DATA, INDICATION_KIND_DISCONNECT], credit_bytes=16 * MIB)


def completed(events: list[Event]) -> list[int]:
    """The operations in the order of their completions."""
    return [event.operation_id for event in events if event.WhichOneof("body") == "completion"]


def numbers(operations: list[Operation]) -> list[int]:
    return [operation.operation_id for operation in operations]


async def test_two_subscribers_are_told_the_same_sequence_without_gaps(owner: Owner, peer: Listen) -> None:
    attachment, story = await owner.attach(), await owner.read()
    pairs = [await owner.connect(peer(), callbacks=EVERYTHING) for _ in range(3)]

    for socket, far in pairs:
        await owner.start(ReceiveRequest(socket_id=socket, length=100_000))
        far.send(bytes(200_000))
        await owner.start(SendRequest(socket_id=socket, data=bytes(100_000)))
        far.finish()
    for socket, _ in pairs:
        await owner.run(CloseRequest(socket_id=socket))
    await owner.ask(CloseSessionRequest())

    await attachment.until_ended()
    await story.until_ended()
    assert story.sequences == list(range(1, len(story.events) + 1))
    assert attachment.events == story.events
    times = [event.monotonic_ns for event in story.events]
    assert times == sorted(times)


async def test_sends_complete_in_the_order_in_which_they_started(owner: Owner, peer: Listen) -> None:
    socket, far = await owner.connect(peer(**STALLING))
    sizes = [1, MIB, 0, 3 * MIB // 4, 7, MIB, MIB, 0, MIB]
    sends = [await owner.start(SendRequest(socket_id=socket, data=bytes(size))) for size in sizes]

    far.resume_reading()
    await far.until_bytes(sum(sizes))
    await owner.finish(sends[-1])

    assert completed(await owner.events(1)) == numbers(sends)


async def test_the_sends_of_one_level_keep_their_order_and_may_overtake_those_of_the_other(
    owner: Owner, peer: Listen
) -> None:
    levels = ["SEND_LEVEL_ACKNOWLEDGED", "SEND_LEVEL_WRITTEN"] * 8
    socket, far = await owner.connect(peer(**STALLING))
    filling = await owner.start(SendRequest(socket_id=socket, data=bytes(MIB)))  # all of it with the kernel,
    sends = [await owner.start(SendRequest(socket_id=socket, data=b"x", level=level)) for level in levels]
    acknowledged, written = numbers(sends[::2]), numbers(sends[1::2])
    assert completed(await owner.events(1)) == [filling.operation_id, *written]  # and nothing acknowledged

    far.resume_reading()
    for operation in sends:
        await owner.finish(operation)

    order = completed(await owner.events(1))
    assert [number for number in order if number in acknowledged] == acknowledged
    assert [number for number in order if number in written] == written


async def test_receives_are_served_and_complete_in_the_order_in_which_they_started(
    owner: Owner, peer: Listen
) -> None:
    socket, far = await owner.connect(peer())
    lengths = [3, 1, 4, 1, 5, 9, 2, 6]
    receives = [
        await owner.start(ReceiveRequest(socket_id=socket, length=length, wait_all=True))
        for length in lengths
    ]

    far.send(bytes(range(sum(lengths))))
    await owner.finish(receives[-1])

    events = await owner.events(1)
    assert completed(events) == numbers(receives)
    assert [len(event.completion.receive.data) for event in events] == lengths
    assert b"".join(event.completion.receive.data for event in events) == bytes(range(sum(lengths)))


async def test_a_cancel_and_a_timeout_overtake_what_started_before(owner: Owner, peer: Listen) -> None:
    socket, far = await owner.connect(peer())
    timed = ReceiveRequest(socket_id=socket, length=1)
    timed.timeout.FromMilliseconds(20)
    first, second, third = [
        await owner.start(request)
        for request in (
            ReceiveRequest(socket_id=socket, length=1),
            ReceiveRequest(socket_id=socket, length=1),
            timed,
        )
    ]

    await owner.cancel(second)
    await owner.finish(third)
    far.send(b"x")
    await owner.finish(first)

    events = await owner.events(1)
    assert completed(events) == numbers([second, third, first])
    statuses = [event.completion.status for event in events]
    assert statuses == [STATUS_CANCELLED, STATUS_IO_TIMEOUT, STATUS_SUCCESS]


async def busy(owner: Owner, peer: Listen) -> tuple[int, PeerConnection, list[Operation]]:
    """A connection on which everything is under way at once: bytes both ways, receives, a disconnect."""
    socket, far = await owner.connect(peer(**STALLING), callbacks=EVERYTHING)
    requests: list[Any] = [
        *[SendRequest(socket_id=socket, data=bytes(MIB)) for _ in range(7)],
        SendRequest(socket_id=socket, data=b"x", level=SEND_LEVEL_ACKNOWLEDGED),
        ReceiveRequest(socket_id=socket, length=MIB, wait_all=True),
        ReceiveRequest(socket_id=socket, drain=True),
        DisconnectRequest(socket_id=socket, final_data=b"last"),
    ]
    operations = [await owner.start(request) for request in requests]
    far.send(bytes(4 * MIB))
    return socket, far, operations


@pytest.mark.parametrize("how", ["while data arrives", "with a reset", "after the peer's end"])
async def test_nothing_of_a_socket_follows_the_completion_of_its_close(
    how: str, owner: Owner, peer: Listen
) -> None:
    socket, far, operations = await busy(owner, peer)
    story = await owner.read()
    if how == "with a reset":
        far.reset()
    elif how == "after the peer's end":
        far.finish()

    close = await owner.start(CloseRequest(socket_id=socket))
    await owner.connect(peer())  # turns of the loop in which something could follow
    await owner.ask(CloseSessionRequest())

    await story.until_ended()
    assert set(numbers(operations)) < set(completed(story.events))
    assert after_the_close(story.events) == []
    assert close.operation_id in completed(story.events)


async def test_a_close_that_forces_a_graceful_one_completes_with_it_behind_all_others(
    owner: Owner, peer: Listen
) -> None:
    socket, _, operations = await busy(owner, peer)
    story = await owner.read()

    graceful = await owner.start(CloseRequest(socket_id=socket, graceful=True))
    forcing = await owner.start(CloseRequest(socket_id=socket))
    await story.completion(forcing)

    assert completed(story.events)[-2:] == numbers([graceful, forcing])
    assert set(numbers(operations)) < set(completed(story.events)[:-2])
    assert after_the_close(story.events) == []


async def test_no_data_is_indicated_behind_the_completion_that_disabled_it(
    owner: Owner, peer: Listen
) -> None:
    socket, far = await owner.connect(peer(), callbacks=EVERYTHING)
    story = await owner.read()
    far.send(bytes(12 * MIB))
    await story.event("data_received")

    disabled = await owner.start(SetEventCallbacksRequest(socket_id=socket, disable=[INDICATION_KIND_DATA]))
    offset = (await owner.ask(GetSocketRequest(socket_id=socket))).socket.receive_offset
    far.send(bytes(MIB))
    last = await owner.run(ReceiveRequest(socket_id=socket, length=1))
    close = await owner.run(CloseRequest(socket_id=socket))

    await story.until_sequence((await owner.view()).last_sequence)
    barrier = disabled.completion_sequence
    assert last.receive.stream_offset == offset == len(story.data(socket))
    assert [event for event in story.bodies("data_received") if event.sequence > barrier] == []
    assert close.close.discarded_bytes > 0


async def test_what_found_no_room_before_a_close_is_not_told_behind_it(
    start_agent: Any, open_owner: Open, peer: Listen
) -> None:
    agent = await start_agent(limits=Limits(journal_events=4))
    owner = await open_owner(agent.address)
    socket, far = await owner.connect(peer(), callbacks=EVERYTHING)
    waiting, _ = await owner.connect(peer())
    for _ in range(2):
        await owner.start(ReceiveRequest(socket_id=waiting, length=1))
    far.finish()
    while (await state(owner, socket)) != SOCKET_STATE_PEER_DISCONNECTED:
        pass  # there is no room to tell it

    await owner.run(CloseRequest(socket_id=socket))
    await owner.ask(AcknowledgeEventsRequest(sequence=3))
    await owner.connect(peer())

    events = await owner.events()
    assert after_the_close(events) == []
    assert any(is_close(event) for event in events)


async def state(owner: Owner, socket: int) -> int:
    found: int = (await owner.ask(GetSocketRequest(socket_id=socket))).socket.state
    return found


@pytest.mark.parametrize("seed", [4, 5, 6])
async def test_no_storm_breaks_the_order(seed: int, owner: Owner, peer: Listen) -> None:
    story, _, _ = await weather(seed, owner, peer(receive_buffer=4096))

    assert story.sequences == list(range(1, len(story.events) + 1))
    assert after_the_close(story.events) == []
    assert any(is_close(event) for event in story.events)
