"""Timeouts and cancels of a graceful disconnect end only the waiting: the disconnect goes on, or is escalated."""

from collections.abc import Callable

import pytest
from tests.peers import Peer, PeerConnection
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import Completion, DisconnectResult
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Disconnect, Receive, Send
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.engine import CancelOutcome

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


async def test_a_disconnect_that_times_out_goes_on_without_its_operation(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await hung(driver, peer)
    timed_out = await driver.completed(driver.ask(Disconnect(connection, timeout=SOON)))
    state = driver.state(connection)
    with pytest.raises(Refused):
        driver.ask(Send(connection, b"more"))

    far.resume_reading()
    await far.until_end()

    assert (failed(timed_out), state) == (TIMED_OUT, State.DRAINING)
    assert amounts(timed_out)[2] > 0
    assert (len(far.received), far.saw_fin) == (8 * MIB, True)


async def test_a_cancelled_disconnect_goes_on_without_its_operation(driver: Driver, peer: Listen) -> None:
    connection, far = await hung(driver, peer)
    disconnect = driver.ask(Disconnect(connection))

    outcome = driver.engine.cancel(driver.session, disconnect.operation_id)
    far.resume_reading()
    await far.until_end()

    assert outcome is CancelOutcome.CANCELLED
    assert (failed(await driver.completed(disconnect)), far.saw_fin) == (CANCELLED, True)


async def test_a_disconnect_that_nobody_waits_for_can_be_waited_for_again(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await hung(driver, peer)
    await driver.completed(driver.ask(Disconnect(connection, final_data=b"bye", timeout=SOON)))
    with pytest.raises(Refused) as refused:
        driver.ask(Disconnect(connection, final_data=b"twice"))

    again = driver.ask(Disconnect(connection))
    far.resume_reading()

    done = await driver.completed(again)
    assert (refused.value.reason, done.status, amounts(done)) == (
        Reason.WRONG_STATE,
        Status.SUCCESS,
        (3, 3, 0, 0),
    )


async def test_a_disconnect_may_abort_the_connection_when_its_time_is_over(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await hung(driver, peer)
    sends = [operation for operation in driver.session.ledger if not operation.sequence]

    timed_out = await driver.completed(
        driver.ask(Disconnect(connection, timeout=SOON, abort_on_timeout=True))
    )
    far.resume_reading()
    await far.until_end()

    assert (failed(timed_out), driver.state(connection), far.saw_reset) == (TIMED_OUT, State.ABORTED, True)
    endings = {failed(await driver.completed(send)) for send in sends}
    assert endings == {(Status.CONNECTION_ABORTED, Origin.DEADLINE, Phase.SEND, "")}


async def test_a_disconnect_that_is_done_in_time_aborts_nothing_later(driver: Driver, peer: Listen) -> None:
    connection, _ = await driver.meet(peer())
    disconnect = driver.ask(Disconnect(connection, timeout=10 * SOON, abort_on_timeout=True))
    assert (await driver.completed(disconnect)).status is Status.SUCCESS

    late = driver.ask(Receive(connection, 1, timeout=11 * SOON))
    await driver.completed(late)

    assert driver.state(connection) is State.SEND_DISCONNECTED
