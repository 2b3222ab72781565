"""Closes: what is pending completes first, the close last; the connection is reset unless both sides have ended."""

from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import CloseResult, Completion, PeerDisconnected
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import (
    Close,
    Disconnect,
    Endpoint,
    Indications,
    OperationKind,
    Receive,
    Send,
)
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Phase, Status

Listen = Callable[..., Peer]

MIB = 1 << 20
SOON = 0.02  # seconds


def closed(*, aborted: bool, discarded: int = 0) -> Completion:
    return Completion(OperationKind.CLOSE, Status.SUCCESS, result=CloseResult(aborted, discarded))


@pytest.mark.parametrize("ours", [False, True])
@pytest.mark.parametrize("theirs", [False, True])
async def test_a_close_resets_the_connection_unless_both_sides_have_ended(
    driver: Driver, peer: Listen, ours: bool, theirs: bool
) -> None:
    connection, far = await driver.meet(peer(), Indications.DISCONNECT)
    if theirs:
        far.finish()
        await driver.until(lambda: bool(driver.told(connection, PeerDisconnected)))
    if ours:
        await driver.completed(driver.ask(Disconnect(connection)))

    done = await driver.close(connection)
    far.send(b"is anybody there?")  # the peer's kernel tells it of a reset at the next write

    assert done == closed(aborted=not (ours and theirs))
    assert (driver.state(connection), driver.engine.sockets) == (State.CLOSED, 0)
    if not ours:
        await far.until_end()
        assert far.saw_reset


async def test_a_close_completes_everything_that_is_pending_and_itself_last(
    driver: Driver, peer: Listen
) -> None:
    connection, _ = await driver.meet(peer(receive_buffer=4096, reading=False))
    receives = [driver.ask(Receive(connection, 10)) for _ in range(5)]
    sends = [driver.ask(Send(connection, bytes(MIB))) for _ in range(8)]
    stuck = [*receives, *(send for send in sends if not send.sequence), driver.ask(Disconnect(connection))]

    close = driver.ask(Close(connection))

    endings = [failed(await driver.completed(operation))[:2] for operation in stuck]
    assert endings == [(Status.CANCELLED, Origin.CANCEL)] * len(stuck)
    assert driver.completion(close) == closed(aborted=True)
    assert driver.order(*stuck, close)[-1] == len(stuck)
    assert driver.events[-1].operation_id == close.operation_id


async def test_a_close_says_how_much_had_arrived_that_nobody_received(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    far.send(b"12345")
    await driver.until_seen(lambda: driver.connection(connection).receives.waiting == 5)

    assert await driver.close(connection) == closed(aborted=True, discarded=5)


async def test_a_closed_socket_is_gone_for_every_request(driver: Driver, peer: Listen) -> None:
    connection, _ = await driver.meet(peer())
    await driver.close(connection)

    for request in (
        Send(connection, b"x"),
        Receive(connection, 1),
        Disconnect(connection),
        Close(connection),
    ):
        with pytest.raises(Refused) as refused:
            driver.ask(request)
        assert refused.value.reason is Reason.SOCKET_CLOSED


async def test_a_close_asked_for_again_is_the_close_that_was(driver: Driver, peer: Listen) -> None:
    connection, _ = await driver.meet(peer())

    close = driver.ask(Close(connection), 50)

    assert driver.ask(Close(connection), 50) is close


async def test_a_close_ends_a_connect_under_way(agent: Agent, silence: Endpoint) -> None:
    driver = agent.start()
    connect = driver.connect(silence)

    close = driver.ask(Close(connect.socket_id))

    assert failed(await driver.completed(connect)) == (Status.CANCELLED, Origin.CANCEL, Phase.CONNECT, "")
    assert driver.completion(close) == closed(aborted=False)
    assert driver.order(connect, close) == [0, 1]
