"""What a listener hands on to the sockets that it indicates, and to no others."""

from collections.abc import Awaitable, Callable

from tests.peers import PeerConnection
from tests.server.engine.driver import Driver
from tests.server.engine.listeners import accepted, engines, indicate, indicated, listening, until_waiting

from telesock.server.core.events import (
    PeerDisconnected,
)
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import (
    Accept,
    Endpoint,
    Indications,
    SetEventCallbacks,
)

Dial = Callable[[Endpoint], Awaitable[PeerConnection]]

CONNECTION, DATA, DISCONNECT = Indications.CONNECTION, Indications.DATA, Indications.DISCONNECT
DATAGRAM, NONE = Indications.DATAGRAM, Indications.NONE


async def test_an_indicated_socket_indicates_from_its_first_byte_on_what_the_listener_hands_on(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    far = await dial(address)
    far.send(b"hello")
    far.finish()
    await until_waiting(driver, listener)

    indicate(driver, listener, DATA, DISCONNECT, credit_bytes=3)

    [(sequence, made)] = (await indicated(driver, listener)).items()
    await driver.until_indicated(made.socket_id, b"hel")
    driver.release(made.socket_id, b"hel")
    await driver.until(lambda: PeerDisconnected() in driver.told(made.socket_id))
    assert driver.indicated(made.socket_id) == [b"hel", b"lo"]
    assert min(each.sequence for each in driver.events if each.socket_id == made.socket_id) > sequence
    assert driver.connection(made.socket_id).indications == DATA | DISCONNECT


async def test_what_is_handed_on_stays_when_connections_are_disabled_and_enabled_again(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    indicate(driver, listener, DATA)
    driver.ask(SetEventCallbacks(listener, NONE, CONNECTION))
    assert engines(driver, listener).indications == DATA
    driver.ask(SetEventCallbacks(listener, CONNECTION, NONE))

    await dial(address)

    [made] = (await indicated(driver, listener)).values()
    assert driver.connection(made.socket_id).indications == DATA


async def test_what_is_handed_on_cannot_be_disabled_at_the_listener_but_at_the_socket(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    indicate(driver, listener, DATA)
    await dial(address)
    [made] = (await indicated(driver, listener)).values()

    assert driver.refused(SetEventCallbacks(listener, NONE, DATA)).reason is Reason.WRONG_STATE
    driver.ask(SetEventCallbacks(made.socket_id, NONE, DATA))

    assert driver.connection(made.socket_id).indications is NONE


async def test_kinds_that_a_socket_never_has_are_refused(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver)
    indicate(driver, listener)
    await dial(address)
    [made] = (await indicated(driver, listener)).values()

    for number, kind in ((listener, DATAGRAM), (made.socket_id, CONNECTION), (made.socket_id, DATAGRAM)):
        request = SetEventCallbacks(number, kind, NONE)
        assert driver.refused(request).reason is Reason.WRONG_CATEGORY


async def test_what_the_whole_session_indicates_a_listener_and_its_sockets_do(
    driver: Driver, dial: Dial
) -> None:
    driver.ask(SetEventCallbacks(0, CONNECTION | DATA, NONE, 0, 5))
    listener, address = listening(driver)
    operation = driver.ask(Accept(listener))
    for _ in range(2):
        await dial(address)

    taken = (await accepted(driver, operation)).socket_id
    [given] = (await indicated(driver, listener)).values()

    kinds = [driver.connection(number).indications for number in (taken, given.socket_id)]
    assert kinds == [DATA, DATA]
    assert engines(driver, listener).available_credit_connections == 4
    assert driver.refused(SetEventCallbacks(listener, NONE, CONNECTION)).reason is Reason.WRONG_STATE
