"""Data that nobody asked for: indicated as far as credit goes, refused and given again, ended by the peer."""

from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.driver import Driver

from telesock.server.core.events import (
    CreditStalled,
    DataReceived,
    PeerDisconnected,
    ReceiveResult,
    StallReason,
)
from telesock.server.core.requests import Indications, Receive, SetEventCallbacks
from telesock.server.engine import receiving

Listen = Callable[..., Peer]

DATA, BOTH = Indications.DATA, Indications.DATA | Indications.DISCONNECT


async def receive(driver: Driver, connection: int, length: int) -> bytes:
    completion = await driver.completed(driver.ask(Receive(connection, length)))
    assert isinstance(completion.result, ReceiveResult)
    return completion.result.data


async def test_data_is_indicated_as_it_comes_with_its_place_in_the_stream(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), DATA)
    far.send(b"hello")
    await driver.until_indicated(connection, b"hello")
    far.send(b"world")
    await driver.until_indicated(connection, b"hello", b"world")

    assert driver.told(connection, DataReceived) == [DataReceived(b"hello", 0), DataReceived(b"world", 5)]


async def test_a_pending_receive_goes_before_an_indication(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), DATA)
    pending = driver.ask(Receive(connection, 3))

    far.send(b"123456")
    await driver.completed(pending)
    await driver.until_indicated(connection, b"456")

    assert driver.told(connection, DataReceived) == [DataReceived(b"456", 3)]


async def test_indications_stop_where_credit_ends_and_the_stall_is_told_once(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), DATA, credit=4)
    far.send(b"12345678")
    await driver.until(lambda: bool(driver.told(connection, CreditStalled)))
    far.send(b"9")
    await driver.completed(driver.ask(Receive(connection, 0)))

    assert driver.told(connection, DataReceived, CreditStalled) == [
        DataReceived(b"1234", 0),
        CreditStalled(StallReason.CREDIT),
    ]


async def test_released_credit_lets_indications_go_on_and_a_new_stall_is_told_again(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), DATA, credit=4)
    far.send(b"123456789")
    await driver.until(lambda: bool(driver.told(connection, CreditStalled)))

    driver.release(connection, b"1234")
    await driver.until(lambda: len(driver.told(connection, CreditStalled)) == 2)

    stalled = CreditStalled(StallReason.CREDIT)
    assert driver.told(connection, DataReceived, CreditStalled) == [
        DataReceived(b"1234", 0),
        stalled,
        DataReceived(b"5678", 4),
        stalled,
    ]


async def test_a_window_that_fills_and_is_released_again_and_again_is_no_stall(
    driver: Driver, peer: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "_PATIENCE", 60)  # however slow the machine
    connection, far = await driver.meet(peer(), DATA, credit=4)
    far.send(b"1234" * 500)

    for number in range(500):
        await driver.until(lambda number=number: len(driver.indicated(connection)) > number)  # type: ignore[misc]  # mypy knows no lambda with a default here
        last = driver.session.journal.last_sequence
        driver.session.socket(connection).release(last, None)

    assert driver.told(connection, CreditStalled) == []


async def test_a_connection_without_credit_and_without_data_has_nothing_to_tell(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), BOTH, credit=4)
    far.send(b"1234")
    await driver.until_indicated(connection, b"1234")
    far.finish()
    await driver.until(lambda: bool(driver.told(connection, PeerDisconnected)))

    assert driver.told(connection, CreditStalled) == []


async def test_a_receive_takes_what_a_stalled_indication_could_not(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), DATA, credit=4)
    far.send(b"12345678")
    await driver.until(lambda: bool(driver.told(connection, CreditStalled)))

    assert await receive(driver, connection, 100) == b"5678"


async def test_more_credit_lets_a_stalled_connection_go_on(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), DATA, credit=4)
    far.send(b"12345678")
    await driver.until(lambda: bool(driver.told(connection, CreditStalled)))

    driver.ask(SetEventCallbacks(connection, Indications.NONE, Indications.NONE, credit_bytes=100))

    assert driver.indicated(connection) == [b"1234", b"5678"]


async def test_data_that_had_arrived_is_indicated_when_indications_are_enabled(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    far.send(b"early")
    assert await driver.completed(driver.ask(Receive(connection, 100, peek=True)))

    enabled = driver.ask(SetEventCallbacks(connection, DATA, Indications.NONE))
    later = [event.body for event in driver.events if event.sequence > enabled.sequence]

    assert later == [DataReceived(b"early", 0)]


async def test_nothing_is_indicated_after_the_completion_that_disables_it(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), BOTH)
    driver.ask(SetEventCallbacks(connection, Indications.NONE, BOTH))

    far.send(b"unseen")
    far.finish()

    assert await receive(driver, connection, 100) == b"unseen"
    assert await receive(driver, connection, 100) == b""
    assert driver.told(connection, DataReceived, PeerDisconnected) == []
