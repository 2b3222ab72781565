"""What arrives on a connection is taken in its order: data, then the end, then the error."""

from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import DataReceived, PeerDisconnected, ReceiveResult
from telesock.server.core.requests import (
    Disconnect,
    Indications,
    Receive,
    Send,
    SetEventCallbacks,
)
from telesock.server.core.states import State
from telesock.server.core.status import Cause, Origin, Phase, Status
from telesock.server.engine import receiving

Listen = Callable[..., Peer]

KIB = 1024
BOTH = Indications.DATA | Indications.DISCONNECT
RESET = PeerDisconnected(Status.CONNECTION_RESET, Cause(Origin.PEER, Phase.RECEIVE, "ECONNRESET"))


async def ended(driver: Driver, connection: int) -> list[object]:
    """Wait for the peer's end and return all indications."""
    await driver.until(lambda: bool(driver.told(connection, PeerDisconnected)))
    return list(driver.told(connection, DataReceived, PeerDisconnected))


async def test_data_and_a_reset_of_one_turn_are_told_in_this_order(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), BOTH)

    far.send(b"last words")
    far.reset()

    assert await ended(driver, connection) == [DataReceived(b"last words", 0), RESET]
    assert driver.state(connection) is State.RESET


async def test_more_data_than_one_turn_reads_is_received_before_the_reset_behind_it(
    driver: Driver, peer: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "_CHUNK", 100)
    monkeypatch.setattr(receiving, "_TURN", 400)  # kernel buffers differ from host to host
    connection, far = await driver.meet(peer(), BOTH)

    far.send(bytes(10_000))
    far.reset()
    *data, end = await ended(driver, connection)

    assert end == RESET
    assert data == [DataReceived(bytes(100), offset) for offset in range(0, 10_000, 100)]


async def test_data_is_received_before_a_reset_that_a_pending_disconnect_meets_first(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False), BOTH)
    sends = [driver.ask(Send(connection, bytes(1000 * KIB))) for _ in range(6)]
    disconnect = driver.ask(Disconnect(connection))

    far.send(b"last words")
    far.reset()

    assert await ended(driver, connection) == [DataReceived(b"last words", 0), RESET]
    endings = [failed(await driver.completed(each))[2:] for each in (sends[-1], disconnect)]
    assert endings == [(Phase.SEND, "ECONNRESET"), (Phase.DISCONNECT, "ECONNRESET")]


async def test_data_is_received_before_a_reset_that_comes_for_our_fin(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), BOTH)
    disconnect = driver.ask(Disconnect(connection))
    far.send(b"last words")
    far.reset()

    assert (await ended(driver, connection))[0] == DataReceived(b"last words", 0)
    await driver.completed(disconnect)


async def test_a_receive_gets_the_data_before_a_reset_and_the_next_one_the_reset(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    receives = [driver.ask(Receive(connection, 100)) for _ in range(2)]

    far.send(b"last words")
    far.reset()

    first, second = [await driver.completed(receive) for receive in receives]
    assert (first.status, first.result) == (
        Status.SUCCESS,
        ReceiveResult(b"last words", 0, end_of_stream=False),
    )
    assert failed(second) == (Status.CONNECTION_RESET, Origin.PEER, Phase.RECEIVE, "ECONNRESET")


async def test_data_and_the_end_of_one_turn_are_told_in_this_order(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), BOTH)

    far.send(b"last words")
    far.finish()

    assert await ended(driver, connection) == [DataReceived(b"last words", 0), PeerDisconnected()]
    assert driver.state(connection) is State.PEER_DISCONNECTED


async def test_a_reset_behind_the_peers_end_is_told_as_well(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), BOTH)
    far.finish()
    assert await ended(driver, connection) == [PeerDisconnected()]

    far.reset()
    await driver.until_state(connection, State.RESET)

    told = driver.told(connection, PeerDisconnected)
    broken_pipe = Cause(Origin.PEER, Phase.RECEIVE, "EPIPE")  # what Linux calls it in CLOSE_WAIT
    assert told == [PeerDisconnected(), PeerDisconnected(Status.CONNECTION_RESET, broken_pipe)]


async def test_an_end_and_a_reset_of_one_turn_end_what_is_pending_once(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), BOTH)
    receive = driver.ask(Receive(connection, 100))
    disconnect = driver.ask(Disconnect(connection))

    far.send(b"x")
    far.finish()
    far.reset()

    assert (await driver.completed(receive)).status is Status.SUCCESS
    await driver.completed(disconnect)
    await driver.close(connection)


async def test_a_peer_that_may_still_receive_gets_what_is_sent_after_its_end(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), BOTH)
    far.finish()
    await ended(driver, connection)

    driver.ask(Send(connection, b"still here"))

    await far.until_received(b"still here")


async def test_an_end_is_told_when_its_indication_is_enabled_later(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    far.finish()
    await driver.until_state(connection, State.PEER_DISCONNECTED)

    enable = SetEventCallbacks(connection, Indications.DISCONNECT, Indications.NONE)
    for _ in range(2):
        driver.ask(enable)

    assert driver.told(connection, PeerDisconnected) == [PeerDisconnected()]


async def test_a_reset_is_told_when_its_indication_is_enabled_later(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    far.reset()
    await driver.until_state(connection, State.RESET)

    enable = SetEventCallbacks(connection, Indications.DISCONNECT, Indications.NONE)
    for _ in range(2):
        driver.ask(enable)

    assert driver.told(connection, PeerDisconnected) == [RESET]


async def test_a_reset_that_a_send_meets_first_still_lets_earlier_data_be_received(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), BOTH)
    far.send(b"last words")
    far.reset()

    send = driver.ask(Send(connection, b"too late"))  # before the loop has looked

    assert failed(await driver.completed(send)) == (
        Status.CONNECTION_RESET,
        Origin.PEER,
        Phase.SEND,
        "ECONNRESET",
    )
    told = await ended(driver, connection)
    assert told[0] == DataReceived(b"last words", 0)


async def test_a_reset_and_a_full_send_queue_of_one_turn_end_the_connection_once(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(receive_buffer=4096, reading=False), BOTH)
    sends = [driver.ask(Send(connection, bytes(1024 * KIB))) for _ in range(8)]

    far.reset()

    assert [type(each) for each in await ended(driver, connection)] == [PeerDisconnected]
    assert (await driver.completed(sends[-1])).status is Status.CONNECTION_RESET
