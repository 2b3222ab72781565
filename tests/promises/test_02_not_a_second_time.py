"""What has completed does not complete again: not by a late deadline, a reset, a retry, nor in any storm."""

from collections import Counter

import pytest
from tests.ports import unused_port
from tests.promises.owners import MIB, STALLING, Listen, Owner, connect_to
from tests.promises.stories import count, once_each
from tests.promises.storms import weather

from telesock.v1.operations_pb2 import (
    OPERATION_STATE_COMPLETED,
)
from telesock.v1.sessions_pb2 import CloseSessionRequest
from telesock.v1.sockets_pb2 import (
    ListSocketsRequest,
    ReceiveRequest,
    SendRequest,
)
from telesock.v1.types_pb2 import STATUS_CONNECTION_REFUSED, STATUS_SUCCESS


async def test_a_timeout_that_passes_after_the_end_completes_nothing_again(
    owner: Owner, peer: Listen
) -> None:
    socket, far = await owner.connect(peer())
    in_time = ReceiveRequest(socket_id=socket, length=1)
    in_time.timeout.FromMilliseconds(50)
    received = await owner.start(in_time)
    far.send(b"x")
    assert (await owner.finish(received)).status == STATUS_SUCCESS
    in_vain = ReceiveRequest(socket_id=socket, length=1)
    in_vain.timeout.FromMilliseconds(100)  # the earlier deadline lies before this one
    waiting = await owner.start(in_vain)
    await owner.finish(waiting)
    story = await owner.read(start_after=1)

    await owner.ask(CloseSessionRequest())

    assert await count(story) == once_each([received, waiting])


async def test_a_send_that_timed_out_before_its_turn_does_not_complete_again_when_its_turn_comes(
    owner: Owner, peer: Listen
) -> None:
    socket, far = await owner.connect(peer(**STALLING))
    sends = [await owner.start(SendRequest(socket_id=socket, data=bytes(MIB))) for _ in range(7)]
    timed = SendRequest(socket_id=socket, data=b"never")
    timed.timeout.FromMilliseconds(1)
    late = await owner.start(timed)
    await owner.finish(late)
    story = await owner.read(start_after=1)

    far.resume_reading()
    last = await owner.start(SendRequest(socket_id=socket, data=b"last"))
    assert (await far.until_bytes(7 * MIB + 4))[-5:] == b"\0last"
    await owner.finish(last)
    await owner.ask(CloseSessionRequest())

    assert await count(story) == once_each([*sends, late, last])


async def test_the_peers_end_completes_every_receive_that_waits_and_none_again(
    owner: Owner, peer: Listen
) -> None:
    socket, far = await owner.connect(peer())
    receives = [await owner.start(ReceiveRequest(socket_id=socket, length=10)) for _ in range(3)]
    receives.append(await owner.start(ReceiveRequest(socket_id=socket, drain=True)))
    story = await owner.read(start_after=1)

    far.finish()
    for operation in receives:
        assert (await owner.finish(operation)).status == STATUS_SUCCESS
    await owner.ask(CloseSessionRequest())

    assert await count(story) == once_each(receives)


async def test_a_failed_connect_completes_once_and_leaves_no_socket(owner: Owner) -> None:
    operation = await owner.start(connect_to("localhost", unused_port()))
    completion = await owner.finish(operation)
    story = await owner.read()
    assert list((await owner.ask(ListSocketsRequest())).sockets) == []

    await owner.ask(CloseSessionRequest())

    assert completion.status == STATUS_CONNECTION_REFUSED
    assert await count(story) == once_each([operation])


async def test_a_reset_that_meets_queued_sends_ends_each_of_them_once(owner: Owner, peer: Listen) -> None:
    socket, far = await owner.connect(peer(**STALLING))
    sends = [await owner.start(SendRequest(socket_id=socket, data=bytes(MIB))) for _ in range(7)]
    assert sends[-1].state != OPERATION_STATE_COMPLETED
    story = await owner.read(start_after=1)

    far.reset()
    for operation in sends:
        await owner.finish(operation)
    await owner.ask(CloseSessionRequest())

    assert await count(story) == once_each(sends)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_storm_leaves_an_operation_without_its_one_completion(
    seed: int, owner: Owner, peer: Listen
) -> None:
    story, accepted, refused = await weather(seed, owner, peer(receive_buffer=4096))

    assert len(accepted) > len(refused)
    assert Counter(event.operation_id for event in story.bodies("completion")) == Counter(accepted)
