"""Data is indicated only while the session's journal has room for it, and goes on as soon as there is."""

from collections.abc import Callable

from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver

from telesock.server.core.events import CreditStalled, DataReceived, StallReason
from telesock.server.core.journal import EVENT_COST
from telesock.server.core.limits import Limits
from telesock.server.core.requests import Indications

Listen = Callable[..., Peer]

KIB = 1024
PIECE = 24 * KIB
STALLED = CreditStalled(StallReason.JOURNAL)


async def told(driver: Driver, socket_id: int) -> DataReceived | CreditStalled:
    """Wait for the first indication of a socket."""
    await driver.until(lambda: bool(driver.told(socket_id, DataReceived, CreditStalled)))
    body = driver.told(socket_id, DataReceived, CreditStalled)[0]
    assert isinstance(body, DataReceived | CreditStalled)
    return body


async def test_as_much_data_is_indicated_as_there_is_room_for_in_the_event_and_until_it_is_released(
    agent: Agent, peer: Listen
) -> None:
    connected = EVENT_COST  # the completion of the connect
    enough = connected + EVENT_COST + PIECE + PIECE + EVENT_COST  # the data twice, and a notice
    wide = agent.start(Limits(journal_bytes=enough))
    narrow = agent.start(Limits(journal_bytes=enough - 1))
    first, far = await wide.meet(peer(), Indications.DATA, credit=PIECE)
    second, far_too = await narrow.meet(peer(), Indications.DATA, credit=PIECE)

    far.send(bytes(PIECE))
    far_too.send(bytes(PIECE))

    assert await told(wide, first) == DataReceived(bytes(PIECE), 0)
    assert await told(narrow, second) == DataReceived(bytes(PIECE - 1), 0)
    assert narrow.told(second, CreditStalled) == [STALLED]


async def test_without_room_for_a_byte_nothing_is_indicated(agent: Agent, peer: Listen) -> None:
    driver = agent.start(Limits(journal_bytes=3 * EVENT_COST + 1))  # the connect's completion, data, a notice
    connection, far = await driver.meet(peer(), Indications.DATA)

    far.send(b"x")

    assert await told(driver, connection) == STALLED


async def test_a_release_lets_another_socket_go_on_that_waited_for_room_in_the_journal(
    agent: Agent, peer: Listen
) -> None:
    driver = agent.start(Limits(journal_bytes=64 * KIB))
    first, far = await driver.meet(peer(), Indications.DATA, credit=PIECE)
    second, far_too = await driver.meet(peer(), Indications.DATA, credit=PIECE)
    far.send(bytes(PIECE))
    await told(driver, first)
    indicated = driver.session.journal.last_sequence
    driver.session.acknowledge(indicated)
    far_too.send(bytes(PIECE))
    await driver.until(lambda: STALLED in driver.told(second, CreditStalled))
    before = driver.connection(second).receive_offset
    driver.session.acknowledge(driver.session.journal.last_sequence)

    driver.session.socket(first).release(indicated, None)

    assert (before < PIECE, driver.connection(second).receive_offset) == (True, PIECE)
