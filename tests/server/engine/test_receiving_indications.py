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
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Indications, Receive, SetEventCallbacks
from telesock.server.core.status import Status

Listen = Callable[..., Peer]

DATA, BOTH = Indications.DATA, Indications.DATA | Indications.DISCONNECT


def sequence_of(driver: Driver, data: bytes) -> int:
    """Sequence of the indication that has these bytes."""
    return next(
        event.sequence
        for event in driver.events
        if isinstance(event.body, DataReceived) and event.body.data == data
    )


async def indicated(driver: Driver, connection: int, *datas: bytes) -> None:
    """Wait until these and no other indications were given."""
    await driver.until(lambda: len(driver.indicated(connection)) >= len(datas))
    assert driver.indicated(connection) == list(datas)


def release(driver: Driver, connection: int, sequence: int, accepted: int | None = None) -> None:
    driver.session.socket(connection).release(sequence, accepted)


async def receive(driver: Driver, connection: int, length: int) -> bytes:
    completion = await driver.completed(driver.ask(Receive(connection, length)))
    assert isinstance(completion.result, ReceiveResult)
    return completion.result.data


async def test_data_is_indicated_as_it_comes_with_its_place_in_the_stream(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), DATA)
    far.send(b"hello")
    await indicated(driver, connection, b"hello")
    far.send(b"world")
    await indicated(driver, connection, b"hello", b"world")

    assert driver.told(connection, DataReceived) == [DataReceived(b"hello", 0), DataReceived(b"world", 5)]


async def test_a_pending_receive_goes_before_an_indication(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), DATA)
    pending = driver.ask(Receive(connection, 3))

    far.send(b"123456")
    await driver.completed(pending)
    await indicated(driver, connection, b"456")

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

    release(driver, connection, sequence_of(driver, b"1234"))

    stalled = CreditStalled(StallReason.CREDIT)
    assert driver.told(connection, DataReceived, CreditStalled) == [
        DataReceived(b"1234", 0),
        stalled,
        DataReceived(b"5678", 4),
        stalled,
    ]


async def test_a_connection_without_credit_and_without_data_has_nothing_to_tell(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), BOTH, credit=4)
    far.send(b"1234")
    await indicated(driver, connection, b"1234")
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


# Refusing (STATUS_DATA_NOT_ACCEPTED) and taking a part


async def test_refused_data_comes_again_after_the_next_receive_and_before_newer_data(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), DATA)
    far.send(b"first")
    await indicated(driver, connection, b"first")
    release(driver, connection, sequence_of(driver, b"first"), 0)
    far.send(b"second")

    assert await receive(driver, connection, 0) == b""
    assert driver.told(connection, DataReceived)[1:] == [DataReceived(b"first", 0)]
    await indicated(driver, connection, b"first", b"first", b"second")


async def test_of_partly_taken_data_only_the_rest_comes_again(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), DATA)
    far.send(b"0123456789")
    await indicated(driver, connection, b"0123456789")
    release(driver, connection, sequence_of(driver, b"0123456789"), 3)

    await receive(driver, connection, 0)

    assert driver.told(connection, DataReceived)[1:] == [DataReceived(b"3456789", 3)]


async def test_refused_data_is_silent_until_a_receive_however_much_more_arrives(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), BOTH)
    far.send(b"refused")
    await indicated(driver, connection, b"refused")
    release(driver, connection, sequence_of(driver, b"refused"), 0)
    far.send(b"more")
    far.finish()
    await driver.completed(driver.ask(SetEventCallbacks(connection, Indications.NONE, Indications.NONE, 9)))

    assert driver.told(connection, DataReceived, PeerDisconnected) == [DataReceived(b"refused", 0)]


async def test_refused_data_can_be_received_and_the_end_comes_after_it(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), BOTH)
    far.send(b"refused")
    await indicated(driver, connection, b"refused")
    release(driver, connection, sequence_of(driver, b"refused"), 0)
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
    await indicated(driver, connection, b"first")
    driver.ask(taking)
    far.send(b"123")
    await driver.until_seen(lambda: driver.connection(connection).receives.waiting == 0)
    sequence = sequence_of(driver, b"first")

    with pytest.raises(Refused) as refused:
        release(driver, connection, sequence, 0)
    release(driver, connection, sequence)

    assert (refused.value.reason, refused.value.metadata) == (
        Reason.WRONG_STATE,
        {"sequence": str(sequence)},
    )
    assert driver.connection(connection).receives.credit.outstanding == 0


async def test_data_that_is_refused_again_goes_back_before_what_had_not_come_again(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), DATA)
    far.send(b"01234567")
    await indicated(driver, connection, b"01234567")
    release(driver, connection, sequence_of(driver, b"01234567"), 0)
    driver.ask(SetEventCallbacks(connection, Indications.NONE, Indications.NONE, credit_bytes=3))
    await receive(driver, connection, 0)
    assert driver.indicated(connection) == [b"01234567", b"012"]

    release(driver, connection, sequence_of(driver, b"012"), 1)

    assert await receive(driver, connection, 100) == b"1234567"


async def test_refused_data_survives_the_peers_reset(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), BOTH)
    far.send(b"refused")
    await indicated(driver, connection, b"refused")
    release(driver, connection, sequence_of(driver, b"refused"), 0)
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
    await indicated(driver, connection, b"0123456789")
    socket = driver.session.socket(connection)
    credit = [socket.available_credit]
    release(driver, connection, sequence_of(driver, b"0123456789"), 4)
    credit.append(socket.available_credit)
    await receive(driver, connection, 0)

    assert [*credit, socket.available_credit] == [0, 10, 4]


@pytest.mark.parametrize(("sequence", "accepted"), [(1, 0), (99, 0), (2, 6)])
async def test_only_an_indication_of_this_socket_can_be_refused_and_no_more_than_it_had(
    driver: Driver, peer: Listen, sequence: int, accepted: int
) -> None:
    connection, far = await driver.meet(peer(), DATA)
    far.send(b"hello")
    await indicated(driver, connection, b"hello")
    assert sequence_of(driver, b"hello") == 2
    far.send(b"world")
    await indicated(driver, connection, b"hello", b"world")

    if sequence == 1:  # below everything that is outstanding: released already, and harmless
        release(driver, connection, sequence, accepted)
    else:
        with pytest.raises(Refused) as refused:
            release(driver, connection, sequence, accepted)
        assert refused.value.reason is Reason.MALFORMED

    assert driver.connection(connection).receives.credit.outstanding == 10
