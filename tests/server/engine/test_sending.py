"""Sends leave in order, in as few system calls as there can be, and are done when they say so."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import Completion
from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Close, Disconnect, OperationKind, Send, SendLevel
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Phase, Status

Listen = Callable[..., Peer]

MIB = 1 << 20


class Counted:
    """A descriptor that notes the sizes of what its system calls wrote."""

    def __init__(self, descriptor: socket.socket) -> None:
        self._descriptor = descriptor
        self.written: list[int] = []

    def sendmsg(self, *arguments: Any) -> int:
        written = self._descriptor.sendmsg(*arguments)
        self.written.append(written)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._descriptor, name)


def sent(size: int) -> Completion:
    return Completion(OperationKind.SEND, Status.SUCCESS, size)


async def test_thirty_two_sends_of_one_batch_leave_in_one_system_call(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    counted = Counted(driver.connection(connection).descriptor)  # type: ignore[arg-type]  # it is connected
    driver.connection(connection).descriptor = counted  # type: ignore[assignment]  # it stands in for it

    sends = [driver.submit(Send(connection, b"%02d" % number)) for number in range(32)]
    driver.engine.flush()

    assert (counted.written, [driver.completion(send) for send in sends]) == ([64], [sent(2)] * 32)
    await far.until_received(b"".join(b"%02d" % number for number in range(32)))


async def test_nothing_is_written_before_the_batch_is_whole(driver: Driver, peer: Listen) -> None:
    connection, _ = await driver.meet(peer())

    send = driver.submit(Send(connection, b"hello"))
    before = send.sequence
    driver.engine.flush()

    assert (before, driver.completion(send)) == (0, sent(5))


async def test_more_sends_than_one_system_call_takes_leave_in_order(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    words = [b"%04d" % number for number in range(1500)]  # sendmsg(2) takes 1,024 buffers

    sends = [driver.submit(Send(connection, word)) for word in words]
    driver.engine.flush()

    await far.until_received(b"".join(words))
    assert driver.order(*sends) == list(range(1500))


async def test_sends_that_the_kernel_takes_in_pieces_arrive_whole_and_complete_in_order(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    datas = [bytes([number]) * MIB for number in range(8)]

    sends = [driver.submit(Send(connection, data)) for data in datas]
    driver.engine.flush()
    stuck = driver.completion(sends[-1])
    far.resume_reading()

    assert (stuck, await driver.completed(sends[-1])) == (None, sent(MIB))
    assert [driver.completion(send) for send in sends] == [sent(MIB)] * 8
    assert driver.order(*sends) == list(range(8))
    assert await far.until_bytes(8 * MIB) == b"".join(datas)


async def test_an_empty_send_completes_after_those_before_it(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))

    full = [driver.ask(Send(connection, bytes(MIB))) for _ in range(8)]
    empty = driver.ask(Send(connection, b""))
    before = empty.sequence
    far.resume_reading()

    assert (before, await driver.completed(empty)) == (0, sent(0))
    assert driver.order(*full, empty) == list(range(9))


async def test_an_empty_send_on_an_idle_connection_completes_at_once(driver: Driver, peer: Listen) -> None:
    connection, _ = await driver.meet(peer())

    assert driver.completion(driver.ask(Send(connection, b""))) == sent(0)


async def test_a_send_that_asks_for_the_acknowledgement_completes_when_the_peer_has_taken_it(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))

    send = driver.ask(Send(connection, bytes(MIB), level=SendLevel.ACKNOWLEDGED))
    written = await driver.completed(driver.ask(Send(connection, b"")))  # behind it in the queue
    before = send.sequence
    far.resume_reading()

    assert (written, before, await driver.completed(send)) == (sent(0), 0, sent(MIB))


async def test_a_written_send_may_overtake_one_that_waits_for_its_acknowledgement(
    driver: Driver, peer: Listen
) -> None:
    connection, _ = await driver.meet(peer())

    slow = driver.submit(Send(connection, b"slow", level=SendLevel.ACKNOWLEDGED))
    fast = driver.submit(Send(connection, b"fast"))
    driver.engine.flush()

    await driver.completed(slow)
    assert driver.order(slow, fast) == [1, 0]


async def test_a_stream_offset_must_be_the_bytes_accepted_so_far(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    driver.ask(Send(connection, b"12345", stream_offset=0))

    with pytest.raises(Refused) as refused:
        driver.ask(Send(connection, b"hole", stream_offset=7))
    driver.ask(Send(connection, b"678", stream_offset=5))

    assert refused.value.reason is Reason.STREAM_OFFSET_MISMATCH
    assert refused.value.metadata == {"send_offset": "5"}
    await far.until_received(b"12345678")


async def test_a_send_pipelined_behind_one_that_failed_fails_with_it_and_is_not_refused(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    far.reset()
    await driver.until_state(connection, State.RESET)

    first = driver.ask(Send(connection, b"12345", stream_offset=0))
    second = driver.ask(Send(connection, b"678", stream_offset=5))

    reset = (Status.CONNECTION_RESET, Origin.PEER, Phase.SEND, "ECONNRESET")
    assert [failed(await driver.completed(send)) for send in (first, second)] == [reset, reset]


async def test_more_than_a_socket_may_have_pending_is_refused_and_says_the_limit(
    agent: Agent, peer: Listen
) -> None:
    driver = agent.start(Limits(pending_send_bytes=MIB, send_bytes=8 * MIB))
    connection, _ = await driver.meet(peer(receive_buffer=4096, reading=False))
    driver.submit(Send(connection, bytes(MIB - 1)))

    with pytest.raises(Refused) as refused:
        driver.submit(Send(connection, bytes(2)))
    driver.submit(Send(connection, bytes(1)))

    assert refused.value.reason is Reason.TOO_MANY_PENDING_BYTES
    assert refused.value.metadata == {
        "limit": str(MIB),
        "wsk_status": "STATUS_INSUFFICIENT_RESOURCES",
    }


async def test_the_pending_bytes_of_all_sockets_share_one_limit_and_come_back_with_each_close(
    agent: Agent, peer: Listen
) -> None:
    driver = agent.start(Limits(total_pending_send_bytes=8 * MIB))
    stalled = peer(receive_buffer=4096, reading=False)
    other = driver.another()
    (ours, _), (theirs, _) = await driver.meet(stalled), await other.meet(stalled)
    for _ in range(4):
        driver.submit(Send(ours, bytes(MIB)))
        other.submit(Send(theirs, bytes(MIB)))

    with pytest.raises(Refused) as refused:
        driver.submit(Send(ours, b"x"))
    other.submit(Close(theirs))

    assert refused.value.reason is Reason.TOO_MANY_PENDING_BYTES
    assert driver.engine.pending_send_bytes == 4 * MIB
    driver.submit(Send(ours, b"x"))


async def test_a_reset_completes_written_and_queued_sends_in_order_with_what_each_had_moved(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    acknowledged = driver.ask(Send(connection, bytes(1000), level=SendLevel.ACKNOWLEDGED))
    sends = [driver.ask(Send(connection, bytes(MIB))) for _ in range(6)]
    stuck = [acknowledged, *(send for send in sends if not send.sequence)]

    far.reset()
    completions = [await driver.completed(send) for send in stuck]

    reset = (Status.CONNECTION_RESET, Origin.PEER, Phase.SEND, "ECONNRESET")
    assert {failed(completion) for completion in completions} == {reset}
    assert driver.order(*stuck) == list(range(len(stuck)))
    assert completions[-1].transferred_bytes == 0


async def test_a_close_completes_pending_sends_as_cancelled_by_it(driver: Driver, peer: Listen) -> None:
    connection, _ = await driver.meet(peer(receive_buffer=4096, reading=False))
    sends = [driver.ask(Send(connection, bytes(MIB))) for _ in range(8)]
    stuck = [send for send in sends if not send.sequence]

    close = driver.ask(Close(connection))
    await driver.completed(close)

    endings = {failed(await driver.completed(send)) for send in stuck}
    assert endings == {(Status.CANCELLED, Origin.CANCEL, Phase.SEND, "")}
    assert driver.order(*stuck, close) == list(range(len(stuck) + 1))


async def test_an_abort_completes_pending_sends_as_aborted(driver: Driver, peer: Listen) -> None:
    connection, _ = await driver.meet(peer(receive_buffer=4096, reading=False))
    sends = [driver.ask(Send(connection, bytes(MIB))) for _ in range(8)]

    driver.ask(Disconnect(connection, abortive=True))

    assert failed(await driver.completed(sends[-1])) == (
        Status.CONNECTION_ABORTED,
        Origin.CANCEL,
        Phase.SEND,
        "",
    )
    assert driver.engine.pending_send_bytes == 0
