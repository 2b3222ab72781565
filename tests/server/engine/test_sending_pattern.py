"""A send of a pattern is a send: it keeps its place, its bytes are made as they leave, and no limit counts them."""

from collections.abc import Callable

import pytest
from tests.peers import Peer, PeerConnection
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import Completion, DisconnectResult
from telesock.server.core.limits import Limits
from telesock.server.core.operations import Operation
from telesock.server.core.pattern import BLOCK, PatternData
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import Close, Disconnect, OperationKind, Pattern, Send, SendLevel
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.engine import CancelOutcome

Listen = Callable[..., Peer]

MIB = 1 << 20
LONG = 1 << 40  # more than any kernel takes
LONGEST = 1 << 62  # of one send
TURN = 4 * BLOCK
SOON = 0.02  # seconds
SEED, OFFSET = 7, BLOCK - 3


def generated(connection: int, length: int, level: SendLevel = SendLevel.WRITTEN, **fields: float) -> Send:
    return Send(connection, b"", level=level, pattern=Pattern(SEED, OFFSET), pattern_length=length, **fields)  # type: ignore[arg-type]  # further fields of a request


def made(length: int) -> bytes:
    data, whole = PatternData(SEED, OFFSET, length), b""
    while len(whole) < length:
        whole += data.piece(len(whole))
    return whole


def sent(size: int) -> Completion:
    return Completion(OperationKind.SEND, Status.SUCCESS, size)


async def stuck(driver: Driver, peer: Listen) -> tuple[int, PeerConnection, Operation]:
    """Send a pattern to a peer that does not read, until the kernel takes no more of it."""
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    send = driver.ask(generated(connection, LONG))
    await driver.until_seen(lambda: not driver.connection(connection).writable)
    return connection, far, send


async def test_a_pattern_keeps_its_place_among_other_sends(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())

    sends = [
        driver.submit(request)
        for request in (
            Send(connection, b"before"),
            generated(connection, 2 * MIB + 1),
            Send(connection, b"between"),
            generated(connection, 10),
            Send(connection, b"behind"),
        )
    ]
    driver.engine.flush()

    await far.until_received(b"before" + made(2 * MIB + 1) + b"between" + made(10) + b"behind")
    assert [await driver.completed(send) for send in sends] == list(map(sent, (6, 2 * MIB + 1, 7, 10, 6)))
    assert driver.order(*sends) == list(range(5))
    assert driver.connection(connection).send_offset == 2 * MIB + 30


async def test_a_pattern_of_no_bytes_completes_at_once_on_an_idle_connection(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())

    nothing = driver.ask(generated(connection, 0))
    driver.ask(Send(connection, b"data"))

    assert driver.completion(nothing) == sent(0)
    await far.until_received(b"data")


async def test_a_pattern_of_no_bytes_completes_after_the_sends_before_it(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())

    sends = [driver.submit(generated(connection, length)) for length in (MIB, 0, 5, 0)]
    driver.engine.flush()

    await far.until_received(made(MIB) + made(5))
    assert [await driver.completed(send) for send in sends] == list(map(sent, (MIB, 0, 5, 0)))
    assert driver.order(*sends) == [0, 1, 2, 3]


async def test_a_pattern_completes_when_the_peer_has_acknowledged_it_if_that_was_asked_for(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))

    send = driver.ask(generated(connection, MIB, SendLevel.ACKNOWLEDGED))
    await driver.completed(driver.ask(Send(connection, b"")))  # behind it in the queue
    before = send.sequence
    far.resume_reading()

    assert (before, await driver.completed(send)) == (0, sent(MIB))


async def test_a_turn_writes_a_bounded_piece_and_the_rest_follows_without_new_readiness(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())

    send = driver.ask(generated(connection, 4 * MIB))
    first_turn = driver.connection(connection).sends.written

    assert 0 < first_turn < TURN + BLOCK
    assert await driver.completed(send) == sent(4 * MIB)
    assert await far.until_bytes(4 * MIB) == made(4 * MIB)


async def test_other_sockets_have_their_turns_while_patterns_without_end_leave(
    driver: Driver, peer: Listen
) -> None:
    both = peer()
    (first, _), (second, _), (other, far) = [await driver.meet(both) for _ in range(3)]
    endless = [driver.ask(generated(connection, LONGEST)) for connection in (first, second)]

    send = driver.ask(Send(other, b"hello", level=SendLevel.ACKNOWLEDGED))
    await far.until_received(b"hello")

    assert await driver.completed(send) == sent(5)
    await driver.until_seen(
        lambda: all(driver.connection(each).sends.written > 2 * TURN for each in (first, second))
    )
    assert [each.sequence for each in endless] == [0, 0]


async def test_no_limit_counts_the_bytes_of_a_pattern_and_the_results_do(agent: Agent, peer: Listen) -> None:
    driver = agent.start(Limits(pending_send_bytes=MIB, total_pending_send_bytes=MIB))
    connection, _, _ = await stuck(driver, peer)
    driver.ask(Send(connection, bytes(MIB)))
    pending = driver.engine.pending_send_bytes
    refused = driver.refused(Send(connection, b"x"))
    written = driver.connection(connection).sends.written

    abort = await driver.completed(driver.ask(Disconnect(connection, abortive=True)))

    assert (pending, refused.reason) == (MIB, Reason.TOO_MANY_PENDING_BYTES)
    assert isinstance(abort.result, DisconnectResult)
    assert abort.result.unsent_bytes == LONG + MIB - written


async def test_a_stream_takes_no_more_bytes_than_its_counts_can_tell(driver: Driver, peer: Listen) -> None:
    connection, _ = await driver.meet(peer(receive_buffer=4096, reading=False))
    for _ in range(2):
        driver.ask(generated(connection, LONGEST))

    refused = driver.refused(generated(connection, 1))

    assert (refused.reason, refused.metadata) == (
        Reason.TOO_LARGE,
        {"field": "pattern_length", "limit": "0", "wsk_status": "STATUS_BUFFER_OVERFLOW"},
    )
    assert driver.connection(connection).send_offset == 2 * LONGEST
    driver.ask(Send(connection, b"data"))


async def test_the_stream_of_a_connection_that_is_lost_takes_no_more_either(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    far.reset()
    await driver.until_state(connection, State.RESET)
    for _ in range(2):
        driver.ask(generated(connection, LONGEST))

    assert driver.refused(generated(connection, 1)).reason is Reason.TOO_LARGE


async def test_a_pattern_of_which_a_byte_is_out_is_too_late_to_cancel_and_one_behind_it_is_not(
    driver: Driver, peer: Listen
) -> None:
    connection, _, begun = await stuck(driver, peer)
    behind = driver.ask(generated(connection, LONG))

    outcomes = [driver.engine.cancel(driver.session, each.operation_id) for each in (begun, behind)]

    assert outcomes == [CancelOutcome.TOO_LATE, CancelOutcome.CANCELLED]
    assert failed(await driver.completed(behind)) == (Status.CANCELLED, Origin.CANCEL, Phase.SEND, "")
    sends = driver.connection(connection).sends
    assert (begun.sequence, sends.unsent) == (0, LONG - sends.written)


async def test_a_timeout_part_way_breaks_the_send_side_and_the_peer_has_what_is_told(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    cut = driver.ask(generated(connection, LONG, timeout=SOON))
    behind = driver.ask(generated(connection, LONG))

    completions = [await driver.completed(each) for each in (cut, behind)]
    far.resume_reading()

    moved = completions[0].transferred_bytes
    assert [failed(each) for each in completions] == [
        (Status.IO_TIMEOUT, Origin.DEADLINE, Phase.SEND, ""),
        (Status.CANCELLED, Origin.DEADLINE, Phase.SEND, ""),
    ]
    assert (driver.state(connection), completions[1].transferred_bytes) == (State.SEND_BROKEN, 0)
    assert driver.connection(connection).sends.unsent == 0
    assert 0 < moved < LONG
    await far.until_received(made(moved))


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (lambda connection: Close(connection), Status.CANCELLED),
        (lambda connection: Disconnect(connection, abortive=True), Status.CONNECTION_ABORTED),
    ],
)
async def test_an_end_from_here_completes_a_pattern_with_what_had_left(
    ending: Callable[[int], Close | Disconnect], status: Status, driver: Driver, peer: Listen
) -> None:
    connection, _, send = await stuck(driver, peer)
    written = driver.connection(connection).sends.written

    end = driver.ask(ending(connection))

    completion = await driver.completed(send)
    assert (failed(completion), completion.transferred_bytes) == (
        (status, Origin.CANCEL, Phase.SEND, ""),
        written,
    )
    assert driver.order(send, end) == [0, 1]


async def test_a_reset_completes_a_pattern_with_what_had_left(driver: Driver, peer: Listen) -> None:
    connection, far, send = await stuck(driver, peer)
    written = driver.connection(connection).sends.written

    far.reset()

    completion = await driver.completed(send)
    assert (failed(completion), completion.transferred_bytes) == (
        (Status.CONNECTION_RESET, Origin.PEER, Phase.SEND, "ECONNRESET"),
        written,
    )


async def test_a_graceful_disconnect_lets_a_pattern_leave_before_the_last_data_and_the_end(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    send = driver.ask(generated(connection, 2 * MIB))

    disconnect = driver.ask(Disconnect(connection, final_data=b"last"))

    assert (await driver.completed(disconnect)).status is Status.SUCCESS
    assert await driver.completed(send) == sent(2 * MIB)
    await far.until_end()
    assert (bytes(far.received), far.saw_fin) == (made(2 * MIB) + b"last", True)
