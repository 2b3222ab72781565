"""Disconnects: the graceful one waits for the peer's TCP, the abortive one for nobody."""

from collections.abc import Callable

import pytest
from tests.peers import Peer, PeerConnection
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import Completion, DisconnectResult, PeerDisconnected, ReceiveResult
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Disconnect, Indications, Receive, Send, SendLevel
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Phase, Status

Listen = Callable[..., Peer]

MIB = 1 << 20
SOON = 0.02  # seconds
CANCELLED = (Status.CANCELLED, Origin.CANCEL, Phase.DISCONNECT, "")
TIMED_OUT = (Status.IO_TIMEOUT, Origin.DEADLINE, Phase.DISCONNECT, "")
ABORTED = (Status.CONNECTION_ABORTED, Origin.CANCEL, Phase.DISCONNECT, "")


def result(completion: Completion) -> DisconnectResult:
    assert isinstance(completion.result, DisconnectResult)
    return completion.result


def amounts(completion: Completion) -> tuple[int, int, int, int]:
    """Bytes moved, of final data, unsent and unacknowledged."""
    _, final, unsent, unacknowledged = result(completion)
    return completion.transferred_bytes, final, unsent, unacknowledged


async def hung(driver: Driver, peer: Listen) -> tuple[int, PeerConnection]:
    """Connect to a peer that does not read, with more to send than the kernel takes."""
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    for _ in range(8):
        driver.ask(Send(connection, bytes(MIB)))
    return connection, far


async def test_a_graceful_disconnect_sends_all_then_the_final_data_then_the_end(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    driver.submit(Send(connection, b"first "))
    disconnect = driver.submit(Disconnect(connection, final_data=b"bye"))
    driver.engine.flush()

    done = await driver.completed(disconnect)
    await far.until_end()

    assert (done.status, amounts(done), bytes(far.received)) == (Status.SUCCESS, (3, 3, 0, 0), b"first bye")
    assert (far.saw_fin, driver.state(connection)) == (True, State.SEND_DISCONNECTED)


async def test_its_completion_shows_the_connection_after_the_peers_acknowledgement(
    driver: Driver, peer: Listen
) -> None:
    connection, _ = await driver.meet(peer())

    info = result(await driver.completed(driver.ask(Disconnect(connection, final_data=b"bye")))).tcp_info

    assert info is not None
    assert (info.state, info.unsent_bytes, info.unacknowledged_segments) == ("FIN_WAIT2", 0, 0)
    assert info.acknowledged_bytes == 1 + 3 + 1  # SYN, data, FIN


async def test_after_a_graceful_disconnect_the_peer_may_go_on_sending_until_it_ends_too(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    await driver.completed(driver.ask(Disconnect(connection)))
    receives = [driver.ask(Receive(connection, 100)) for _ in range(2)]

    far.send(b"one more thing")
    data = (await driver.completed(receives[0])).result
    far.finish()
    end = (await driver.completed(receives[1])).result

    assert (data, end) == (
        ReceiveResult(b"one more thing", 0, end_of_stream=False),
        ReceiveResult(b"", 14, end_of_stream=True),
    )
    assert driver.state(connection) is State.DISCONNECTED


async def test_a_disconnect_after_the_peers_completes_both_directions(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), Indications.DISCONNECT)
    far.finish()
    await driver.until(lambda: bool(driver.told(connection, PeerDisconnected)))

    done = await driver.completed(driver.ask(Disconnect(connection, final_data=b"bye")))

    info = result(done).tcp_info
    assert (done.status, amounts(done)[1], driver.state(connection)) == (
        Status.SUCCESS,
        3,
        State.DISCONNECTED,
    )
    assert info is not None
    assert info.state == "CLOSE"
    await far.until_received(b"bye")


async def test_a_graceful_disconnect_completes_sends_that_wait_for_their_acknowledgement_first(
    driver: Driver, peer: Listen
) -> None:
    connection, _ = await driver.meet(peer())
    send = driver.submit(Send(connection, b"x", level=SendLevel.ACKNOWLEDGED))
    disconnect = driver.submit(Disconnect(connection))
    driver.engine.flush()

    await driver.completed(disconnect)

    assert driver.order(send, disconnect) == [0, 1]


async def test_a_disconnect_from_a_peer_that_does_not_read_waits_until_it_does(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await hung(driver, peer)
    disconnect = driver.ask(Disconnect(connection, final_data=b"bye"))
    state = driver.state(connection)

    far.resume_reading()

    assert (state, (await driver.completed(disconnect)).status) == (State.DISCONNECTING, Status.SUCCESS)
    assert (len(far.received), bytes(far.received[-3:])) == (8 * MIB + 3, b"bye")


async def test_a_second_graceful_disconnect_is_refused_while_the_first_is_pending(
    driver: Driver, peer: Listen
) -> None:
    connection, _ = await hung(driver, peer)
    driver.ask(Disconnect(connection))

    with pytest.raises(Refused) as refused:
        driver.ask(Disconnect(connection))

    assert refused.value.reason is Reason.WRONG_STATE


async def test_a_second_graceful_disconnect_completes_at_once_after_the_first_has(
    driver: Driver, peer: Listen
) -> None:
    connection, _ = await driver.meet(peer())
    await driver.completed(driver.ask(Disconnect(connection)))

    again = driver.completion(driver.ask(Disconnect(connection)))
    with pytest.raises(Refused) as refused:
        driver.ask(Disconnect(connection, final_data=b"too late"))

    assert again is not None
    assert (again.status, refused.value.reason) == (Status.SUCCESS, Reason.WRONG_STATE)


async def test_an_abort_forces_a_hung_disconnect_to_complete_before_it(driver: Driver, peer: Listen) -> None:
    connection, far = await hung(driver, peer)
    graceful = driver.ask(Disconnect(connection, final_data=b"bye"))

    abort = driver.ask(Disconnect(connection, abortive=True))
    far.resume_reading()
    await far.until_end()

    forced, done = await driver.completed(graceful), await driver.completed(abort)
    assert (failed(forced), done.status) == (ABORTED, Status.SUCCESS)
    assert driver.order(graceful, abort) == [0, 1]
    assert amounts(forced)[:2] == (0, 0)
    assert amounts(forced)[2:] == amounts(done)[2:]
    assert amounts(done)[2] > 0 < amounts(done)[3]
    assert (far.saw_fin, far.saw_reset, driver.state(connection)) == (False, True, State.ABORTED)


async def test_an_abort_shows_the_connection_as_it_was_and_resets_it(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())

    done = await driver.completed(driver.ask(Disconnect(connection, abortive=True)))
    await far.until_end()

    info = result(done).tcp_info
    assert info is not None
    assert (done.status, info.state, far.saw_reset) == (Status.SUCCESS, "ESTABLISHED", True)


async def test_an_abort_of_our_own_is_not_told_as_the_peers(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), Indications.DATA | Indications.DISCONNECT)
    far.send(b"on its way")
    abort = driver.ask(Disconnect(connection, abortive=True))
    await far.until_end()

    assert driver.events[-1].operation_id == abort.operation_id


@pytest.mark.parametrize("ours", [False, True])
@pytest.mark.parametrize("theirs", [False, True])
async def test_an_abort_resets_a_half_closed_connection_and_leaves_one_that_is_over(
    driver: Driver, peer: Listen, ours: bool, theirs: bool
) -> None:
    connection, far = await driver.meet(peer(), Indications.DISCONNECT)
    if theirs:
        far.finish()
        await driver.until(lambda: bool(driver.told(connection, PeerDisconnected)))
    if ours:
        await driver.completed(driver.ask(Disconnect(connection)))

    done = await driver.completed(driver.ask(Disconnect(connection, abortive=True)))

    expected = State.DISCONNECTED if ours and theirs else State.ABORTED
    assert (done.status, driver.state(connection)) == (Status.SUCCESS, expected)
    if not ours:
        await far.until_end()
        assert far.saw_reset
