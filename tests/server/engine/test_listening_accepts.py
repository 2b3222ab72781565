"""Accepts: served in order with sockets that are connections, and taken back without loss."""

from collections.abc import Awaitable, Callable

import pytest
from tests.peers import PeerConnection
from tests.server.engine.driver import Driver, failed
from tests.server.engine.listeners import accepted, indicate, listening, until_waiting

from telesock.server.core.events import AcceptResult, Completion
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import (
    Accept,
    Callbacks,
    Endpoint,
    Family,
    Indications,
    OperationKind,
    Receive,
    Send,
)
from telesock.server.core.states import Category, State
from telesock.server.core.status import Origin, Phase, Status
from telesock.server.engine.engine import CancelOutcome

Dial = Callable[[Endpoint], Awaitable[PeerConnection]]

FIRST = 2**63  # the number of the first socket that is accepted


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_an_accept_takes_a_connection_that_waits_at_once(host: str, driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver, host=host)
    far = await dial(address)
    await until_waiting(driver, listener)

    operation = driver.ask(Accept(listener))

    result = AcceptResult(FIRST, address, Endpoint(host, far.local[1]), 0)
    assert driver.completion(operation) == Completion(OperationKind.ACCEPT, Status.SUCCESS, result=result)


async def test_an_accepted_socket_is_a_connection_that_was_born_connected(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver)
    operation = driver.ask(Accept(listener))
    far = await dial(address)
    await accepted(driver, operation)

    made = driver.connection(FIRST)
    assert (made.category, made.state, made.family) == (
        Category.CONNECTION,
        State.CONNECTED,
        Family.IPV4,
    )
    assert (made.local, made.remote) == (address, Endpoint(*far.local))
    assert (made.indications, driver.engine.sockets) == (Indications.NONE, 2)
    far.send(b"question")
    receiving = driver.ask(Receive(FIRST, 8, wait_all=True))
    assert (await driver.completed(receiving)).transferred_bytes == 8
    driver.ask(Send(FIRST, b"answer"))
    await far.until_received(b"answer")


async def test_a_listener_on_all_addresses_tells_which_one_the_peer_connected_to(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver, host="0.0.0.0")
    operations = [driver.ask(Accept(listener)) for _ in range(2)]

    for host in ("127.0.0.1", "127.0.0.2"):
        await dial(Endpoint(host, address.port))

    local = [(await accepted(driver, operation)).local for operation in operations]
    assert local == [Endpoint("127.0.0.1", address.port), Endpoint("127.0.0.2", address.port)]


async def test_more_accepts_than_one_turn_serves_are_served_in_order(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver)
    peers = [await dial(address) for _ in range(150)]
    await until_waiting(driver, listener)
    operations = [driver.ask(Accept(listener)) for _ in range(150)]

    results = [await accepted(driver, operation) for operation in operations]

    assert [result.remote.port for result in results] == [far.local[1] for far in peers]
    assert [result.socket_id for result in results] == list(range(FIRST, FIRST + 150))


async def test_an_accepted_socket_indicates_what_its_accept_asked_for_and_not_what_the_listener_hands_on(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    indicate(driver, listener, Indications.DATA, Indications.DISCONNECT, credit_bytes=7)
    callbacks = Callbacks(Indications.DATA, 3)
    operation = driver.ask(Accept(listener, callbacks=callbacks))
    far = await dial(address)
    far.send(b"hello")

    made = (await accepted(driver, operation)).socket_id

    await driver.until_indicated(made, b"hel")
    assert driver.connection(made).indications is Indications.DATA


async def test_a_number_of_an_accepted_socket_that_was_closed_is_never_one_that_was_not(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    operation = driver.ask(Accept(listener))
    await dial(address)
    made = (await accepted(driver, operation)).socket_id

    await driver.close(made)

    assert driver.refused(Send(made, b"x")).reason is Reason.SOCKET_CLOSED
    assert driver.refused(Send(made + 1, b"x")).reason is Reason.SOCKET_UNKNOWN


# Taking accepts back


async def test_a_cancelled_accept_leaves_its_place_to_the_next(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver)
    first, second, third = (driver.ask(Accept(listener)) for _ in range(3))
    cancel = driver.engine.cancel

    outcomes = [cancel(driver.session, second.operation_id) for _ in range(2)]
    peers = [await dial(address) for _ in range(2)]

    assert outcomes == [CancelOutcome.CANCELLED, CancelOutcome.TOO_LATE]
    assert failed(await driver.completed(second)) == (Status.CANCELLED, Origin.CANCEL, Phase.CONNECT, "")
    results = [await accepted(driver, operation) for operation in (first, third)]
    assert [result.remote.port for result in results] == [far.local[1] for far in peers]


async def test_an_accept_whose_time_is_up_completes_and_the_connection_goes_to_the_next(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    timed = await driver.completed(driver.ask(Accept(listener, timeout=0.001)))
    following = driver.ask(Accept(listener, timeout=60.0))
    far = await dial(address)

    assert failed(timed) == (Status.IO_TIMEOUT, Origin.DEADLINE, Phase.CONNECT, "")
    assert (await accepted(driver, following)).remote == Endpoint(*far.local)
    assert following.timer is None
