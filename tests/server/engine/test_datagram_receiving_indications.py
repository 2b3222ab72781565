"""Datagrams that a socket indicates: within credit and room, and behind receives."""

from tests.datagram_peers import DatagramPeer
from tests.server.engine.agents import Agent
from tests.server.engine.datagrams import (
    bound,
    engines,
    indicate,
    indicated,
    received,
    taken,
    until_indicated,
    until_waiting,
)
from tests.server.engine.driver import Driver

from telesock.server.core.events import CreditStalled, Datagram, DatagramReceived, StallReason
from telesock.server.core.limits import Limits
from telesock.server.core.requests import (
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


async def test_a_release_lets_another_socket_go_on_that_waits_for_the_room(
    agent: Agent, far: DatagramPeer
) -> None:
    driver = agent.start(Limits(journal_bytes=64 * KIB))
    (near, place), (second, elsewhere) = bound(driver), bound(driver)
    for each in (near, second):
        indicate(driver, each)
    far.send(bytes(30 * KIB), place)
    (first,) = await until_indicated(driver, near, bytes(30 * KIB))
    far.send(bytes(25 * KIB), elsewhere)
    await until_stalled(driver, second)
    driver.session.acknowledge(driver.session.journal.last_sequence)
    assert indicated(driver, second) == {}, "the first is still held"

    release(driver, near, first)

    await until_indicated(driver, second, bytes(25 * KIB))


async def test_a_socket_that_indicates_many_lets_others_go_first(driver: Driver, far: DatagramPeer) -> None:
    near, place = bound(driver)
    for _ in range(150):
        far.send(b"x", place)
    await until_waiting(driver, near)

    indicate(driver, near)

    assert 0 < len(indicated(driver, near)) < 150
    await driver.until(lambda: len(indicated(driver, near)) == 150)
