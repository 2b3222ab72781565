"""A stall for credit: told once it has lasted, and not when something has moved meanwhile."""

from tests.datagram_peers import DatagramPeer
from tests.server.engine.agents import Agent
from tests.server.engine.datagrams import bound, engines, indicate, until_indicated
from tests.server.engine.driver import Driver

from telesock.server.core.events import CreditStalled, StallReason
from telesock.server.core.limits import Limits
from telesock.server.engine.stalls import Stall

STALLED = CreditStalled(StallReason.CREDIT)


async def stalled(driver: Driver, far: DatagramPeer) -> tuple[int, Stall]:
    """Make a datagram socket with one datagram more than it has credit for."""
    near, place = bound(driver)
    indicate(driver, near, 1)
    for data in (b"1", b"2"):
        far.send(data, place)
    await until_indicated(driver, near, b"1")
    return near, engines(driver, near).receives._stall


async def test_a_stall_is_told_once_however_often_it_is_met(driver: Driver, far: DatagramPeer) -> None:
    near, stall = await stalled(driver, far)
    await driver.until(lambda: bool(driver.told(near, CreditStalled)))

    stall.begin()
    stall.lacks_room()

    assert driver.told(near, CreditStalled) == [STALLED]


async def test_what_moves_between_two_looks_is_flow_control_and_no_stall(
    driver: Driver, far: DatagramPeer
) -> None:
    near, stall = await stalled(driver, far)
    stall.over()  # something was released, and its credit is used up again

    stall._look()
    assert driver.told(near, CreditStalled) == []

    await driver.until(lambda: bool(driver.told(near, CreditStalled)))


async def test_a_stall_that_finds_no_room_in_the_journal_is_told_when_there_is_some(
    agent: Agent, far: DatagramPeer
) -> None:
    driver = agent.start(
        Limits(journal_events=5)
    )  # creation, bind, callbacks, and the datagram with a place kept
    near, stall = await stalled(driver, far)
    indicate(driver, near, 1)  # takes the place of the notice
    stall._look()
    before = driver.told(near, CreditStalled)

    driver.session.acknowledge(driver.session.journal.last_sequence)

    await driver.until(lambda: bool(driver.told(near, CreditStalled)))
    assert (before, driver.told(near, CreditStalled)) == ([], [STALLED])
