"""Sends that are cancelled or time out: withdrawn before their first byte, and a broken send side after it."""

from collections.abc import Callable

import pytest
from tests.peers import Peer, PeerConnection
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import DisconnectResult, ReceiveResult
from telesock.server.core.limits import Limits
from telesock.server.core.operations import Operation
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Close, Disconnect, Receive, Send, SendLevel
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.engine import CancelOutcome

Listen = Callable[..., Peer]

MIB = 1 << 20
SOON = 0.02  # seconds
TIMED_OUT = (Status.IO_TIMEOUT, Origin.DEADLINE, Phase.SEND, "")
CUT = (Status.CANCELLED, Origin.DEADLINE, Phase.SEND, "")


async def stalled(driver: Driver, peer: Listen) -> tuple[int, PeerConnection, list[Operation]]:
    """Connect to a peer that does not read, and send until some sends wait; return those that do."""
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    sends = [driver.ask(Send(connection, bytes([number]) * MIB)) for number in range(7)]
    return connection, far, [send for send in sends if not send.sequence]


async def test_a_send_that_waits_is_cancelled_and_leaves_no_byte_in_the_stream(
    driver: Driver, peer: Listen
) -> None:
    connection, far, stuck = await stalled(driver, peer)

    outcome = driver.engine.cancel(driver.session, stuck[1].operation_id)
    far.resume_reading()

    assert outcome is CancelOutcome.CANCELLED
    assert failed(await driver.completed(stuck[1])) == (Status.CANCELLED, Origin.CANCEL, Phase.SEND, "")
    await driver.completed(stuck[-1])
    withdrawn = 7 - len(stuck) + 1
    assert set(await far.until_bytes(6 * MIB)) == set(range(7)) - {withdrawn}
    assert driver.connection(connection).send_offset == 7 * MIB


async def test_a_send_of_which_a_byte_is_out_cannot_be_cancelled_and_goes_on(
    driver: Driver, peer: Listen
) -> None:
    _, far, stuck = await stalled(driver, peer)

    outcome = driver.engine.cancel(driver.session, stuck[0].operation_id)
    far.resume_reading()

    assert outcome is CancelOutcome.TOO_LATE
    assert (await driver.completed(stuck[0])).status is Status.SUCCESS


async def test_a_send_that_waits_for_its_acknowledgement_cannot_be_cancelled(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    send = driver.ask(Send(connection, bytes(MIB), level=SendLevel.ACKNOWLEDGED))

    outcome = driver.engine.cancel(driver.session, send.operation_id)
    far.resume_reading()

    assert outcome is CancelOutcome.TOO_LATE
    assert (await driver.completed(send)).status is Status.SUCCESS


async def test_cancelling_the_last_send_lets_a_waiting_disconnect_go_on(driver: Driver, peer: Listen) -> None:
    connection, far, stuck = await stalled(driver, peer)
    disconnect = driver.ask(Disconnect(connection))
    for send in stuck[1:]:
        assert driver.engine.cancel(driver.session, send.operation_id) is CancelOutcome.CANCELLED
    far.resume_reading()

    assert (await driver.completed(disconnect)).status is Status.SUCCESS
    assert far.saw_fin
    assert len(far.received) == (8 - len(stuck)) * MIB


async def test_a_send_that_times_out_before_its_first_byte_is_as_if_it_had_not_been_asked_for(
    driver: Driver, peer: Listen
) -> None:
    connection, far, stuck = await stalled(driver, peer)
    late = driver.ask(Send(connection, b"late", timeout=SOON))
    behind = driver.ask(Send(connection, b"behind"))

    timed_out = await driver.completed(late)
    far.resume_reading()
    await driver.completed(behind)

    assert (failed(timed_out), timed_out.transferred_bytes) == (TIMED_OUT, 0)
    assert driver.state(connection) is State.CONNECTED
    assert (await far.until_bytes(7 * MIB + 6))[-6:] == b"behind"
    assert driver.order(late, *stuck) == list(range(len(stuck) + 1))


# A send that is cut part-way


async def cut_short(driver: Driver, peer: Listen) -> tuple[int, PeerConnection, Operation]:
    """Begin a send that will time out part-way."""
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    return connection, far, driver.ask(Send(connection, bytes(8 * MIB), timeout=SOON))


@pytest.fixture
async def roomy(agent: Agent) -> Driver:
    """Takes sends that no kernel buffer swallows whole."""
    return agent.start(Limits(send_bytes=8 * MIB, pending_send_bytes=16 * MIB))


async def test_a_send_that_times_out_part_way_says_how_far_it_got_and_takes_those_behind_it_along(
    roomy: Driver, peer: Listen
) -> None:
    connection, far, cut = await cut_short(roomy, peer)
    behind = [roomy.ask(Send(connection, b"behind")) for _ in range(2)]

    timed_out = await roomy.completed(cut)
    endings = [failed(await roomy.completed(send)) for send in behind]
    state = roomy.state(connection)
    far.resume_reading()
    received = await far.until_bytes(timed_out.transferred_bytes)

    assert (failed(timed_out), endings, state) == (TIMED_OUT, [CUT, CUT], State.SEND_BROKEN)
    assert (0 < timed_out.transferred_bytes < 8 * MIB, len(received)) == (True, timed_out.transferred_bytes)
    assert roomy.order(cut, *behind) == [0, 1, 2]
    assert roomy.engine.pending_send_bytes == 0


async def test_after_a_cut_send_nothing_more_can_be_sent(roomy: Driver, peer: Listen) -> None:
    connection, _, cut = await cut_short(roomy, peer)
    await roomy.completed(cut)

    for request in (Send(connection, b"more"), Disconnect(connection)):
        with pytest.raises(Refused) as refused:
            roomy.ask(request)
        assert refused.value.reason is Reason.WRONG_STATE


async def test_after_a_cut_send_data_is_still_received(roomy: Driver, peer: Listen) -> None:
    connection, far, cut = await cut_short(roomy, peer)
    receive = roomy.ask(Receive(connection, 100))
    await roomy.completed(cut)

    far.send(b"still here")
    completion = await roomy.completed(receive)

    assert completion.result == ReceiveResult(b"still here", 0, end_of_stream=False)


async def test_a_cut_send_ends_a_waiting_disconnect_and_no_fin_follows(roomy: Driver, peer: Listen) -> None:
    connection, far, cut = await cut_short(roomy, peer)
    disconnect = roomy.ask(Disconnect(connection, final_data=b"bye"))
    await roomy.completed(cut)
    completion = await roomy.completed(disconnect)
    await roomy.close(connection)
    far.resume_reading()
    await far.until_end()

    assert failed(completion) == (Status.CANCELLED, Origin.DEADLINE, Phase.DISCONNECT, "")
    assert isinstance(completion.result, DisconnectResult)
    assert (completion.result.final_bytes, completion.transferred_bytes) == (0, 0)
    assert (far.saw_fin, far.saw_reset) == (False, True)


async def test_a_send_cut_during_a_graceful_close_ends_the_close_by_a_reset(
    roomy: Driver, peer: Listen
) -> None:
    connection, far, cut = await cut_short(roomy, peer)
    close = roomy.ask(Close(connection, graceful=True))

    await roomy.completed(close)
    far.resume_reading()
    await far.until_end()

    assert (roomy.order(cut, close), far.saw_reset) == ([0, 1], True)


async def test_a_peer_that_ends_after_a_cut_send_is_told(roomy: Driver, peer: Listen) -> None:
    connection, far, cut = await cut_short(roomy, peer)
    await roomy.completed(cut)
    receive = roomy.ask(Receive(connection, 100))

    far.finish()

    assert (await roomy.completed(receive)).result == ReceiveResult(b"", 0, end_of_stream=True)
    assert roomy.state(connection) is State.SEND_BROKEN_LAST


async def test_a_send_that_times_out_all_written_says_so_and_breaks_nothing(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    send = driver.ask(Send(connection, bytes(MIB), level=SendLevel.ACKNOWLEDGED, timeout=SOON))
    other = driver.ask(Send(connection, b"other", level=SendLevel.ACKNOWLEDGED))

    timed_out = await driver.completed(send)
    far.resume_reading()

    assert (failed(timed_out), timed_out.transferred_bytes) == (TIMED_OUT, MIB)
    assert (await driver.completed(other)).status is Status.SUCCESS
    assert driver.state(connection) is State.CONNECTED


async def test_a_send_that_is_done_in_time_leaves_no_deadline_behind(driver: Driver, peer: Listen) -> None:
    connection, _ = await driver.meet(peer())
    send = driver.ask(Send(connection, b"quick", timeout=SOON))

    timer = send.timer

    assert (timer, send.sequence != 0) == (None, True)
