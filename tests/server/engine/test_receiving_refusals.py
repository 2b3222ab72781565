"""Indications that the client refuses or takes in part (STATUS_DATA_NOT_ACCEPTED): given again, in their order."""

import functools
from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.driver import Driver

from telesock.server.core.events import (
    DataReceived,
    PeerDisconnected,
    ReceiveResult,
)
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Indications, Receive, SetEventCallbacks
from telesock.server.core.status import Status

Listen = Callable[..., Peer]

DATA, BOTH = Indications.DATA, Indications.DATA | Indications.DISCONNECT


async def receive(driver: Driver, connection: int, length: int) -> bytes:
    completion = await driver.completed(driver.ask(Receive(connection, length)))
    assert isinstance(completion.result, ReceiveResult)
    return completion.result.data


async def test_refused_data_comes_again_after_the_next_receive_and_before_newer_data(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), DATA)
    far.send(b"first")
    await driver.until_indicated(connection, b"first")
    driver.release(connection, b"first", 0)
    far.send(b"second")

    assert await receive(driver, connection, 0) == b""
    assert driver.told(connection, DataReceived)[1:] == [DataReceived(b"first", 0)]
    await driver.until_indicated(connection, b"first", b"first", b"second")


async def test_of_partly_taken_data_only_the_rest_comes_again(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), DATA)
    far.send(b"0123456789")
    await driver.until_indicated(connection, b"0123456789")
    driver.release(connection, b"0123456789", 3)

    await receive(driver, connection, 0)

    assert driver.told(connection, DataReceived)[1:] == [DataReceived(b"3456789", 3)]


async def test_refused_data_is_silent_until_a_receive_however_much_more_arrives(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), BOTH)
    far.send(b"refused")
    await driver.until_indicated(connection, b"refused")
    driver.release(connection, b"refused", 0)
    far.send(b"more")
    far.finish()
    await driver.completed(driver.ask(SetEventCallbacks(connection, Indications.NONE, Indications.NONE, 9)))

    assert driver.told(connection, DataReceived, PeerDisconnected) == [DataReceived(b"refused", 0)]


async def test_refused_data_can_be_received_and_the_end_comes_after_it(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), BOTH)
    far.send(b"refused")
    await driver.until_indicated(connection, b"refused")
    driver.release(connection, b"refused", 0)
    far.finish()

    taken = [await receive(driver, connection, length) for length in (3, 100)]
    await driver.until(lambda: bool(driver.told(connection, PeerDisconnected)))

    assert taken == [b"ref", b""]
    assert driver.told(connection, DataReceived, PeerDisconnected) == [
        DataReceived(b"refused", 0),
        DataReceived(b"used", 3),  # what the first receive left was indicated again
        PeerDisconnected(),
    ]


@pytest.mark.parametrize("taking", [Receive(1, 3), Receive(1, 9, wait_all=True), Receive(1, 0, drain=True)])
async def test_data_cannot_be_refused_when_a_receive_has_taken_what_came_after_it(
    driver: Driver, peer: Listen, taking: Receive
) -> None:
    connection, far = await driver.meet(peer(), DATA)
    far.send(b"first")
    await driver.until_indicated(connection, b"first")
    driver.ask(taking)
    far.send(b"123")
    await driver.until_seen(lambda: driver.connection(connection).receives.waiting == 0)

    with pytest.raises(Refused) as refused:
        driver.release(connection, b"first", 0)
    driver.release(connection, b"first")

    facts = {"sequence": str(driver.sequence_of(b"first"))}
    assert (refused.value.reason, refused.value.metadata) == (Reason.WRONG_STATE, facts)
    assert driver.connection(connection).receives.credit.outstanding == 0


async def test_data_that_is_refused_again_goes_back_before_what_had_not_come_again(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), DATA)
    far.send(b"01234567")
    await driver.until_indicated(connection, b"01234567")
    driver.release(connection, b"01234567", 0)
    driver.ask(SetEventCallbacks(connection, Indications.NONE, Indications.NONE, credit_bytes=3))
    await receive(driver, connection, 0)
    assert driver.indicated(connection) == [b"01234567", b"012"]

    driver.release(connection, b"012", 1)

    assert await receive(driver, connection, 100) == b"1234567"


async def test_refused_data_survives_the_peers_reset(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), BOTH)
    far.send(b"refused")
    await driver.until_indicated(connection, b"refused")
    driver.release(connection, b"refused", 0)
    far.reset()
    await driver.until(lambda: bool(driver.told(connection, PeerDisconnected)))

    assert await receive(driver, connection, 100) == b"refused"
    after = await driver.completed(driver.ask(Receive(connection, 100)))
    assert after.status is Status.CONNECTION_RESET


async def test_refused_data_frees_its_credit_and_uses_it_again_when_it_comes_again(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), DATA, credit=10)
    far.send(b"0123456789")
    await driver.until_indicated(connection, b"0123456789")
    socket = driver.session.socket(connection)
    credit = [socket.available_credit]
    driver.release(connection, b"0123456789", 4)
    credit.append(socket.available_credit)
    await receive(driver, connection, 0)

    assert [*credit, socket.available_credit] == [0, 10, 4]


@pytest.mark.parametrize(("sequence", "accepted"), [(99, 0), (2, 6)])
async def test_only_an_indication_of_this_socket_can_be_refused_and_no_more_than_it_had(
    driver: Driver, peer: Listen, sequence: int, accepted: int
) -> None:
    connection, far = await driver.meet(peer(), DATA)
    far.send(b"hello")
    await driver.until_indicated(connection, b"hello")
    assert driver.sequence_of(b"hello") == 2

    with pytest.raises(Refused) as refused:
        driver.session.socket(connection).release(sequence, accepted)

    assert refused.value.reason is Reason.MALFORMED
    assert driver.connection(connection).receives.credit.outstanding == 5


async def test_to_refuse_what_is_released_already_changes_nothing(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), DATA)
    for data in (b"first", b"second"):
        far.send(data)
        await driver.until(functools.partial(driver.has_indicated, connection, data))
    driver.release(connection, b"first")
    driver.release(connection, b"first", 0)

    assert driver.connection(connection).receives.credit.outstanding == 6
