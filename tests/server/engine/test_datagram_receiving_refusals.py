"""Datagrams that the client refuses: kept, given to receives first, and indicated again in their order."""

import pytest
from tests.datagram_peers import DatagramPeer
from tests.server.engine.datagrams import (
    bound,
    engines,
    fix,
    indicate,
    indicated,
    received,
    taken,
    until_indicated,
    until_waiting,
)
from tests.server.engine.driver import Driver

from telesock.server.core.events import CloseResult, CreditStalled, Datagram, DatagramReceived
from telesock.server.core.options import OptionKind
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import (
    Close,
    Indications,
    ReceiveFrom,
    SetEventCallbacks,
)

DATAGRAM, NONE = Indications.DATAGRAM, Indications.NONE


def release(driver: Driver, near: int, sequence: int, *, refuse: bool = False) -> None:
    driver.session.socket(near).release(sequence, None, refuse)


async def until_stalled(driver: Driver, near: int) -> None:
    await driver.until(lambda: bool(driver.told(near, CreditStalled)))


async def test_refused_datagrams_come_again_when_the_kind_is_enabled_anew(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    indicate(driver, near)
    for data in (b"1", b"2", b"3"):
        far.send(data, place)
    _, second, _ = await until_indicated(driver, near, b"1", b"2", b"3")

    release(driver, near, second, refuse=True)
    assert engines(driver, near).indications is NONE
    far.send(b"4", place)
    await until_waiting(driver, near)
    indicate(driver, near)

    # the first was consumed, what is refused comes before what is new
    await until_indicated(driver, near, b"1", b"2", b"3", b"2", b"3", b"4")
    again = driver.told(near, DatagramReceived)[3:5]
    assert again == [DatagramReceived(Datagram(data, far.place, place)) for data in (b"2", b"3")]


async def test_what_comes_before_a_refused_datagram_is_no_longer_held(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    indicate(driver, near)
    for data in (bytes(1000), bytes(200)):
        far.send(data, place)
    _, second = await until_indicated(driver, near, bytes(1000), bytes(200))
    driver.session.acknowledge(second)
    assert driver.session.journal._pinned_bytes == 1200

    release(driver, near, second, refuse=True)

    assert driver.session.journal._pinned_bytes == engines(driver, near).receives.kept == 200


async def test_datagrams_that_are_refused_again_keep_their_order(driver: Driver, far: DatagramPeer) -> None:
    near, place = bound(driver)
    indicate(driver, near, 2)
    for data in (b"1", b"2"):
        far.send(data, place)
    first, _ = await until_indicated(driver, near, b"1", b"2")
    release(driver, near, first, refuse=True)
    indicate(driver, near, 1)
    *_, again = await until_indicated(driver, near, b"1", b"2", b"1")

    release(driver, near, again, refuse=True)
    indicate(driver, near, 2)

    await until_indicated(driver, near, b"1", b"2", b"1", b"1", b"2")


async def test_a_receive_takes_refused_datagrams_first_and_cuts_them_as_any(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    indicate(driver, near)
    far.send(b"0123456789", place)
    (sequence,) = await until_indicated(driver, near, b"0123456789")
    release(driver, near, sequence, refuse=True)
    far.send(b"next", place)

    datagrams = [await received(driver, near, 4) for _ in range(2)]

    cut = Datagram(b"0123", far.place, place, truncated=True)
    assert datagrams == [cut, Datagram(b"next", far.place, place)]


async def test_a_pending_receive_takes_a_datagram_as_soon_as_it_is_refused(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    indicate(driver, near)
    far.send(b"hello", place)
    (sequence,) = await until_indicated(driver, near, b"hello")
    receive = driver.ask(ReceiveFrom(near))

    release(driver, near, sequence, refuse=True)

    assert (await taken(driver, receive)).data == b"hello"


async def test_refusing_what_is_released_changes_nothing(driver: Driver, far: DatagramPeer) -> None:
    near, place = bound(driver)
    indicate(driver, near)
    far.send(b"hello", place)
    (sequence,) = await until_indicated(driver, near, b"hello")
    release(driver, near, sequence)

    release(driver, near, sequence, refuse=True)

    assert engines(driver, near).indications is DATAGRAM
    assert engines(driver, near).receives.kept == 0


async def test_a_datagram_is_not_released_in_parts(driver: Driver, far: DatagramPeer) -> None:
    near, place = bound(driver)
    indicate(driver, near)
    far.send(b"hello", place)
    (sequence,) = await until_indicated(driver, near, b"hello")
    socket = engines(driver, near)

    with pytest.raises(Refused) as refused:
        socket.release(sequence, 2)

    assert (refused.value.reason, socket.credit.holds(sequence)) == (Reason.MALFORMED, True)


async def test_refused_bytes_that_nobody_took_are_told_by_the_close(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    indicate(driver, near)
    far.send(b"hello", place)
    (sequence,) = await until_indicated(driver, near, b"hello")
    release(driver, near, sequence, refuse=True)

    completion = await driver.completed(driver.ask(Close(near)))

    assert completion.result == CloseResult(aborted=False, discarded_bytes=5)


async def test_a_refused_datagram_of_somebody_else_is_dropped_once_a_remote_is_fixed(
    driver: Driver, far: DatagramPeer, other: DatagramPeer
) -> None:
    near, place = bound(driver)
    indicate(driver, near)
    other.send(b"unheard", place)
    (sequence,) = await until_indicated(driver, near, b"unheard")
    release(driver, near, sequence, refuse=True)

    fix(driver, near, OptionKind.FIXED_REMOTE, far.place)
    far.send(b"heard", place)

    assert (await received(driver, near)).data == b"heard"


# Enabled for the whole session


async def for_good(driver: Driver, credit: int = 0) -> None:
    await driver.completed(driver.ask(SetEventCallbacks(0, DATAGRAM, NONE, credit_datagrams=credit)))


async def test_every_socket_of_a_session_indicates_what_all_of_it_does(
    driver: Driver, far: DatagramPeer
) -> None:
    await for_good(driver, 7)
    near, place = bound(driver)

    far.send(b"hello", place)

    await until_indicated(driver, near, b"hello")
    assert engines(driver, near).available_credit_datagrams == 6


async def test_a_refusal_does_not_disable_it_and_the_next_datagram_brings_the_refused_ones_again(
    driver: Driver, far: DatagramPeer
) -> None:
    await for_good(driver, 2)
    near, place = bound(driver)
    for data in (b"1", b"2"):
        far.send(data, place)
    first, _ = await until_indicated(driver, near, b"1", b"2")

    release(driver, near, first, refuse=True)
    assert engines(driver, near).indications is DATAGRAM
    assert len(indicated(driver, near)) == 2, "nothing has arrived"
    indicate(driver, near, 3)
    far.send(b"3", place)

    await until_indicated(driver, near, b"1", b"2", b"1", b"2", b"3")


async def test_a_datagram_that_waits_already_brings_the_refused_ones_again_at_once(
    driver: Driver, far: DatagramPeer
) -> None:
    await for_good(driver, 1)
    near, place = bound(driver)
    far.send(b"1", place)
    far.send(b"2", place)
    (first,) = await until_indicated(driver, near, b"1")
    await until_stalled(driver, near)

    release(driver, near, first, refuse=True)

    await until_indicated(driver, near, b"1", b"1")
    release(driver, near, list(indicated(driver, near))[-1])
    await until_indicated(driver, near, b"1", b"1", b"2")


async def test_it_cannot_be_disabled(driver: Driver) -> None:
    await for_good(driver)
    near, _ = bound(driver)

    assert driver.refused(SetEventCallbacks(near, NONE, DATAGRAM)).reason is Reason.WRONG_STATE
