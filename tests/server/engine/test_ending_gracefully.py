"""Graceful closes: sends finish, the peer's end is waited for, what still arrives is thrown away."""

from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import CloseResult, Completion, PeerDisconnected
from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import (
    Close,
    Disconnect,
    Indications,
    OperationKind,
    Receive,
    Send,
    SetEventCallbacks,
)
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.engine import CancelOutcome

Listen = Callable[..., Peer]

MIB = 1 << 20
SOON = 0.02  # seconds


def closed(*, aborted: bool, discarded: int = 0) -> Completion:
    return Completion(OperationKind.CLOSE, Status.SUCCESS, result=CloseResult(aborted, discarded))


async def test_a_graceful_close_lets_sends_finish_and_waits_for_the_peers_end(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    sends = [driver.ask(Send(connection, bytes(MIB))) for _ in range(6)]
    receive = driver.ask(Receive(connection, 10))
    close = driver.ask(Close(connection, graceful=True))
    state = driver.state(connection)
    far.resume_reading()
    await far.until_end()
    pending = close.sequence
    far.send(b"unread")
    far.finish()

    assert await driver.completed(close) == closed(aborted=False, discarded=6)
    assert (state, pending, far.saw_fin, len(far.received)) == (State.CLOSING, 0, True, 6 * MIB)
    assert [(await driver.completed(send)).status for send in sends] == [Status.SUCCESS] * 6
    assert failed(await driver.completed(receive)) == (Status.CANCELLED, Origin.CANCEL, Phase.RECEIVE, "")


async def test_a_graceful_close_of_a_connection_that_is_over_completes_at_once(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), Indications.DISCONNECT)
    far.finish()
    await driver.until(lambda: bool(driver.told(connection, PeerDisconnected)))
    await driver.completed(driver.ask(Disconnect(connection)))

    assert driver.completion(driver.ask(Close(connection, graceful=True))) == closed(aborted=False)


async def test_a_graceful_close_takes_over_a_disconnect_under_way(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    for _ in range(6):
        driver.ask(Send(connection, bytes(MIB)))
    disconnect = driver.ask(Disconnect(connection, final_data=b"bye"))
    close = driver.ask(Close(connection, graceful=True))

    far.resume_reading()
    await far.until_end()
    far.finish()

    assert await driver.completed(close) == closed(aborted=False)
    assert (await driver.completed(disconnect)).status is Status.SUCCESS
    assert driver.order(disconnect, close) == [0, 1]
    assert far.received.endswith(b"bye")


async def test_a_disconnect_that_escalates_during_a_graceful_close_ends_the_close_by_a_reset(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    for _ in range(8):
        driver.ask(Send(connection, bytes(MIB)))
    disconnect = driver.ask(Disconnect(connection, timeout=SOON, abort_on_timeout=True))
    close = driver.ask(Close(connection, graceful=True))

    assert await driver.completed(close) == closed(aborted=True)
    assert (await driver.completed(disconnect)).status is Status.IO_TIMEOUT
    assert driver.order(disconnect, close) == [0, 1]
    far.resume_reading()
    await far.until_end()
    assert far.saw_reset


async def test_a_graceful_close_that_runs_out_of_time_resets_the_connection(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())

    done = await driver.completed(driver.ask(Close(connection, graceful=True, timeout=SOON)))
    far.send(b"is anybody there?")

    assert (done, far.saw_fin) == (closed(aborted=True), True)


async def test_a_graceful_close_has_the_agents_time_when_it_names_none(agent: Agent, peer: Listen) -> None:
    driver = agent.start(Limits(default_close_timeout=SOON))
    connection, _ = await driver.meet(peer())

    assert await driver.completed(driver.ask(Close(connection, graceful=True))) == closed(aborted=True)


async def test_a_second_close_ends_a_graceful_one_by_a_reset_and_both_complete(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False))
    sends = [driver.ask(Send(connection, bytes(MIB))) for _ in range(8)]
    first = driver.ask(Close(connection, graceful=True))

    second = driver.ask(Close(connection))
    far.resume_reading()
    await far.until_end()

    assert [driver.completion(close) for close in (first, second)] == [closed(aborted=True)] * 2
    assert driver.order(sends[-1], first, second) == [0, 1, 2]
    assert far.saw_reset


async def test_a_reset_during_a_graceful_close_ends_it(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    close = driver.ask(Close(connection, graceful=True))

    far.reset()

    assert await driver.completed(close) == closed(aborted=True)


async def test_during_a_graceful_close_nothing_is_indicated_and_nothing_can_be_asked_for(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), Indications.DATA | Indications.DISCONNECT)
    close = driver.ask(Close(connection, graceful=True))

    for request in (
        Send(connection, b"x"),
        Receive(connection, 1),
        Disconnect(connection),
        SetEventCallbacks(connection, Indications.DATA, Indications.NONE),
    ):
        with pytest.raises(Refused) as refused:
            driver.ask(request)
        assert refused.value.reason is Reason.WRONG_STATE
    far.send(b"unseen")
    far.finish()

    assert await driver.completed(close) == closed(aborted=False, discarded=6)
    assert driver.told(connection)[1:] == [closed(aborted=False, discarded=6)]


async def test_a_close_cannot_be_cancelled(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    close = driver.ask(Close(connection, graceful=True))

    outcome = driver.engine.cancel(driver.session, close.operation_id)
    far.finish()

    assert outcome is CancelOutcome.TOO_LATE
    assert await driver.completed(close) == closed(aborted=False)


async def test_refused_data_counts_as_discarded(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), Indications.DATA)
    far.send(b"refused")
    await driver.until_indicated(connection, b"refused")
    driver.release(connection, b"refused", 3)

    assert await driver.close(connection) == closed(aborted=True, discarded=4)
