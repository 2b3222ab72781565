"""What a connection takes before it is one, while it is one, and after the peer has reset it."""

from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import DataReceived, PeerDisconnected
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import (
    Callbacks,
    Close,
    Disconnect,
    Endpoint,
    Indications,
    Receive,
    Send,
    SetEventCallbacks,
)
from telesock.server.core.states import State
from telesock.server.core.status import Cause, Origin, Phase, Status

Listen = Callable[..., Peer]

KIB = 1024
BOTH = Indications.DATA | Indications.DISCONNECT
RESET = PeerDisconnected(Status.CONNECTION_RESET, Cause(Origin.PEER, Phase.RECEIVE, "ECONNRESET"))


async def ended(driver: Driver, connection: int) -> list[object]:
    """Wait for the peer's end and return all indications."""
    await driver.until(lambda: bool(driver.told(connection, PeerDisconnected)))
    return list(driver.told(connection, DataReceived, PeerDisconnected))


async def test_a_connection_that_was_reset_takes_requests_and_fails_them(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    far.reset()
    await driver.until_state(connection, State.RESET)

    asked = [driver.ask(request) for request in (Send(connection, b"x"), Receive(connection, 1))]
    asked.append(driver.ask(Disconnect(connection, final_data=b"bye")))
    endings = [failed(await driver.completed(operation))[::2] for operation in asked]
    abort = await driver.completed(driver.ask(Disconnect(connection, abortive=True)))

    assert endings == [
        (Status.CONNECTION_RESET, Phase.SEND),
        (Status.CONNECTION_RESET, Phase.RECEIVE),
        (Status.CONNECTION_RESET, Phase.DISCONNECT),
    ]
    assert (abort.status, driver.state(connection)) == (Status.SUCCESS, State.RESET)


async def test_a_disconnect_that_meets_a_reset_before_it_is_seen_fails_with_it(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), BOTH)
    far.reset()

    disconnect = driver.ask(Disconnect(connection))  # in the same turn

    completion = driver.completion(disconnect)
    assert completion is not None
    assert failed(completion) == (
        Status.CONNECTION_RESET,
        Origin.PEER,
        Phase.DISCONNECT,
        "ECONNRESET",
    )
    assert driver.state(connection) is State.RESET


async def test_addresses_are_remembered_after_the_connection_is_gone(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    socket = driver.session.socket(connection)
    before = (socket.local, socket.remote)
    far.reset()
    await driver.until_state(connection, State.RESET)

    assert before == (Endpoint(*far.remote), Endpoint(*far.local))
    assert (socket.local, socket.remote) == before


@pytest.mark.parametrize(
    "request_", [Send(1, b"x"), Receive(1, 1), Disconnect(1), SetEventCallbacks(1, BOTH, Indications.NONE)]
)
async def test_a_socket_that_is_not_connected_takes_nothing_but_its_close(
    driver: Driver, request_: Send | Receive | Disconnect | SetEventCallbacks
) -> None:
    connection = driver.create()

    with pytest.raises(Refused) as refused:
        driver.ask(request_)

    assert refused.value.reason is Reason.WRONG_STATE
    assert driver.session.ledger.pending == 0
    assert (await driver.completed(driver.ask(Close(connection)))).status is Status.SUCCESS


async def test_indications_asked_for_with_the_connect_miss_nothing(driver: Driver, peer: Listen) -> None:
    listener = peer()
    connect = driver.connect(listener, callbacks=Callbacks(BOTH, 100))
    far = await listener.accepted()
    far.send(b"at once")
    far.finish()

    assert await ended(driver, connect.socket_id) == [DataReceived(b"at once", 0), PeerDisconnected()]
    assert driver.told(connect.socket_id)[0] == driver.completion(connect)
