"""Datagrams that a socket indicates: within credit and room, behind receives, and again when they are refused."""

import pytest
from tests.datagram_peers import DatagramPeer
from tests.server.engine.agents import Agent
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

from telesock.server.core.events import CloseResult, CreditStalled, Datagram, DatagramReceived, StallReason
from telesock.server.core.limits import Limits
from telesock.server.core.options import OptionKind
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import (
    Close,
    Indications,
    ReceiveFrom,
    SetEventCallbacks,
)

DATAGRAM, NONE = Indications.DATAGRAM, Indications.NONE
STALLED, FULL = CreditStalled(StallReason.CREDIT), CreditStalled(StallReason.JOURNAL)
KIB = 1024


def release(driver: Driver, near: int, sequence: int, *, refuse: bool = False) -> None:
    driver.session.socket(near).release(sequence, None, refuse)


def disable(driver: Driver, near: int) -> int:
    return driver.ask(SetEventCallbacks(near, NONE, DATAGRAM)).sequence


async def until_stalled(driver: Driver, near: int, count: int = 1) -> None:
    await driver.until(lambda: len(driver.told(near, CreditStalled)) >= count)


async def test_an_indication_tells_all_of_a_datagram(driver: Driver, far: DatagramPeer) -> None:
    near, place = bound(driver)
    indicate(driver, near)

    far.send(b"hello", place)
    await until_indicated(driver, near, b"hello")

    assert driver.told(near, DatagramReceived) == [DatagramReceived(Datagram(b"hello", far.place, place))]


async def test_what_arrived_before_it_was_enabled_is_indicated_behind_that_completion(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    far.send(b"early", place)
    await until_waiting(driver, near)

    enabled = indicate(driver, near)

    assert await until_indicated(driver, near, b"early") > [enabled.sequence]


async def test_a_pending_receive_goes_before_an_indication(driver: Driver, far: DatagramPeer) -> None:
    near, place = bound(driver)
    indicate(driver, near)
    receive = driver.ask(ReceiveFrom(near))

    far.send(b"received", place)
    far.send(b"indicated", place)

    await until_indicated(driver, near, b"indicated")
    assert (await taken(driver, receive)).data == b"received"


async def test_after_the_completion_that_disables_them_none_is_indicated(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    indicate(driver, near)
    far.send(b"before", place)
    await until_indicated(driver, near, b"before")
    disable(driver, near)
    assert engines(driver, near).indications is NONE

    far.send(b"after", place)

    assert (await received(driver, near)).data == b"after"
    assert list(indicated(driver, near).values()) == [b"before"]


async def test_many_datagrams_are_indicated_in_turns_and_in_their_order(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    datas = [b"%d" % number for number in range(150)]
    for data in datas:
        far.send(data, place)

    indicate(driver, near)

    await until_indicated(driver, near, *datas)


# Credit and room


async def test_no_more_are_indicated_than_there_is_credit_for_and_a_release_lets_them_go_on(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    indicate(driver, near, 2)
    for data in (b"1", b"2", b"3", b"4"):
        far.send(data, place)
    first, _ = await until_indicated(driver, near, b"1", b"2")
    await until_stalled(driver, near)
    assert engines(driver, near).available_credit_datagrams == 0

    release(driver, near, first)
    *_, third = await until_indicated(driver, near, b"1", b"2", b"3")
    await until_stalled(driver, near, 2)  # the fourth waits: another stall
    release(driver, near, third)

    await until_indicated(driver, near, b"1", b"2", b"3", b"4")
    assert driver.told(near, CreditStalled) == [STALLED] * 2


async def test_a_release_that_is_repeated_gives_no_credit_twice(driver: Driver, far: DatagramPeer) -> None:
    near, place = bound(driver)
    indicate(driver, near, 2)
    far.send(b"1", place)
    far.send(b"2", place)
    first, _ = await until_indicated(driver, near, b"1", b"2")

    release(driver, near, first)
    release(driver, near, first)

    assert engines(driver, near).available_credit_datagrams == 1


async def test_more_credit_lets_them_go_on_and_a_stall_is_told_anew(
    driver: Driver, far: DatagramPeer
) -> None:
    near, place = bound(driver)
    indicate(driver, near, 1)
    for data in (b"1", b"2", b"3"):
        far.send(data, place)
    await until_stalled(driver, near)

    indicate(driver, near, 2)

    await until_indicated(driver, near, b"1", b"2")
    await until_stalled(driver, near, 2)


async def test_credit_without_a_datagram_that_waits_is_no_stall(agent: Agent, far: DatagramPeer) -> None:
    driver = agent.start()
    near, place = bound(driver)
    other, elsewhere = bound(driver)
    for each, to in ((near, place), (other, elsewhere)):
        indicate(driver, each, 1)
        far.send(b"1", to)
        await until_indicated(driver, each, b"1")

    far.send(b"2", elsewhere)
    await until_stalled(driver, other)  # the other one had its patience before

    assert driver.told(near, CreditStalled) == []


async def test_a_datagram_stays_with_the_kernel_until_the_journal_has_room_to_indicate_it(
    agent: Agent, far: DatagramPeer
) -> None:
    driver = agent.start(Limits(journal_bytes=64 * KIB))
    near, place = bound(driver)
    indicate(driver, near)
    datas = [b"1" * 20 * KIB, b"2" * 20 * KIB]
    for data in datas:
        far.send(data, place)
    (first,) = await until_indicated(driver, near, datas[0])  # counted twice until its release
    await until_stalled(driver, near)
    assert driver.told(near, CreditStalled) == [FULL]

    driver.session.acknowledge(first)
    release(driver, near, first)

    await driver.until(lambda: list(indicated(driver, near).values())[-1:] == datas[1:])


async def test_the_journal_counts_a_datagram_until_it_is_released(driver: Driver, far: DatagramPeer) -> None:
    near, place = bound(driver)
    indicate(driver, near)
    held = driver.session.journal._pinned_bytes
    far.send(bytes(1000), place)
    (sequence,) = await until_indicated(driver, near, bytes(1000))
    driver.session.acknowledge(sequence)
    grown = driver.session.journal._pinned_bytes

    release(driver, near, sequence)

    assert grown - driver.session.journal._pinned_bytes == 1000
    assert driver.session.journal._pinned_bytes < held


# Refused


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
