"""A journal without room: data stays with the kernel, nothing is lost, and room lets everything go on."""

from collections.abc import Callable

from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver

from telesock.server.core.events import (
    CreditStalled,
    DataReceived,
    PeerDisconnected,
    ReceiveResult,
    StallReason,
)
from telesock.server.core.journal import EVENT_COST
from telesock.server.core.limits import Limits
from telesock.server.core.requests import Close, Disconnect, Indications, Receive
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import State
from telesock.server.core.status import Status

Listen = Callable[..., Peer]

DATA, BOTH = Indications.DATA, Indications.DATA | Indications.DISCONNECT
JOURNAL = CreditStalled(StallReason.JOURNAL)
KIB = 1024


def acknowledge(driver: Driver) -> None:
    driver.session.acknowledge(driver.session.journal.last_sequence)


async def stall(driver: Driver, connection: int) -> None:
    await driver.until(lambda: JOURNAL in driver.told(connection, CreditStalled))


async def test_indications_stop_where_the_journal_is_full_and_the_stall_is_told_once(
    agent: Agent, peer: Listen
) -> None:
    driver = agent.start(Limits(journal_events=4))
    connection, far = await driver.meet(peer(), DATA)  # its completion is the first event
    far.send(b"one")
    await driver.until(lambda: driver.indicated(connection) == [b"one"])
    far.send(b"two")
    await driver.until(lambda: driver.indicated(connection) == [b"one", b"two"])
    far.send(b"three")
    await stall(driver, connection)
    far.send(b"four")
    await driver.until_seen(lambda: driver.connection(connection).receives.waiting == 9)

    assert driver.told(connection, DataReceived, CreditStalled)[2:] == [JOURNAL]


async def test_acknowledging_lets_indications_go_on(agent: Agent, peer: Listen) -> None:
    driver = agent.start(Limits(journal_events=3))
    connection, far = await driver.meet(peer(), DATA)
    far.send(b"one")
    await driver.until(lambda: driver.indicated(connection) == [b"one"])
    far.send(b"two")
    await stall(driver, connection)

    acknowledge(driver)

    assert driver.told(connection)[-1] == DataReceived(b"two", 3)


async def test_a_receive_takes_no_more_than_the_journal_has_room_for(agent: Agent, peer: Listen) -> None:
    driver = agent.start(Limits(journal_bytes=64 * KIB))
    connection, far = await driver.meet(peer())
    far.send(bytes(100 * KIB))
    await driver.until_seen(lambda: driver.connection(connection).receives.waiting == 100 * KIB)

    first = await driver.completed(driver.ask(Receive(connection, 100 * KIB)))

    # the connect's completion, this one, and the notice of a stall
    assert first.transferred_bytes == 64 * KIB - 3 * EVENT_COST


async def test_a_receive_that_waits_for_all_goes_on_when_there_is_room_again(
    agent: Agent, peer: Listen
) -> None:
    driver = agent.start(Limits(journal_bytes=64 * KIB))
    connection, far = await driver.meet(peer())
    first = driver.ask(Receive(connection, 40 * KIB, wait_all=True))
    second = driver.ask(Receive(connection, 40 * KIB, wait_all=True))
    far.send(bytes(80 * KIB))
    await driver.completed(first)
    await stall(driver, connection)
    before = second.sequence

    acknowledge(driver)

    assert (before, (await driver.completed(second)).transferred_bytes) == (0, 40 * KIB)


async def test_the_end_of_the_stream_is_seen_without_room_for_a_byte(agent: Agent, peer: Listen) -> None:
    driver = agent.start(Limits(journal_bytes=4 * EVENT_COST + 100))
    connection, far = await driver.meet(peer())
    taken = driver.ask(Receive(connection, 100))
    far.send(bytes(100))
    await driver.completed(taken)
    pending = driver.ask(Receive(connection, 100))
    room = driver.session.journal.byte_room(EVENT_COST + 1)  # a notice must fit as well

    far.finish()

    end = (await driver.completed(pending)).result
    assert (room, end) == (EVENT_COST, ReceiveResult(b"", 100, end_of_stream=True))


async def test_a_peers_end_that_found_no_room_is_told_when_there_is_some(agent: Agent, peer: Listen) -> None:
    driver = agent.start(Limits(journal_events=1))
    connection, far = await driver.meet(peer(), BOTH)
    far.finish()
    await driver.until_state(connection, State.PEER_DISCONNECTED)
    before = driver.told(connection, PeerDisconnected)

    acknowledge(driver)
    acknowledge(driver)

    assert (before, driver.told(connection, PeerDisconnected)) == ([], [PeerDisconnected()])


async def test_a_peers_reset_is_told_without_room(agent: Agent, peer: Listen) -> None:
    driver = agent.start(Limits(journal_events=1))
    connection, far = await driver.meet(peer(), BOTH)

    far.reset()
    await driver.until(lambda: bool(driver.told(connection, PeerDisconnected)))

    told = driver.told(connection, PeerDisconnected)
    assert [body.status for body in told if isinstance(body, PeerDisconnected)] == [Status.CONNECTION_RESET]


async def test_after_a_close_nothing_is_told_that_had_found_no_room(agent: Agent, peer: Listen) -> None:
    driver = agent.start(Limits(journal_events=1))
    connection, far = await driver.meet(peer(), BOTH)
    far.finish()
    await driver.until_state(connection, State.PEER_DISCONNECTED)
    close = driver.ask(Close(connection))

    acknowledge(driver)

    assert driver.events[-1].operation_id == close.operation_id


async def test_after_an_abort_nothing_is_told_that_had_found_no_room(agent: Agent, peer: Listen) -> None:
    driver = agent.start(Limits(journal_events=1))
    connection, far = await driver.meet(peer(), BOTH)
    far.finish()
    await driver.until_state(connection, State.PEER_DISCONNECTED)
    abort = driver.ask(Disconnect(connection, abortive=True))

    acknowledge(driver)

    assert driver.events[-1].operation_id == abort.operation_id


# The storage that all sessions share


async def full_storage(agent: Agent, peer: Listen) -> tuple[Driver, Driver, int]:
    """Let one session fill the agent's storage, and a connection of another one stall on it."""
    greedy = agent.start(Limits(total_journal_bytes=16 * KIB))
    modest = greedy.another()
    far_ends = peer()
    (mine, far), (other, stalled) = await modest.meet(far_ends, DATA), await greedy.meet(far_ends)
    receive = greedy.ask(Receive(other, 16 * KIB))
    stalled.send(bytes(16 * KIB))
    await greedy.completed(receive)
    far.send(b"hello")
    await modest.until_seen(lambda: modest.connection(mine).receives.waiting == 5)
    assert modest.indicated(mine) == []
    return greedy, modest, mine


async def test_a_session_that_waits_for_storage_goes_on_when_another_acknowledges(
    agent: Agent, peer: Listen
) -> None:
    greedy, modest, connection = await full_storage(agent, peer)

    acknowledge(greedy)
    await modest.until(lambda: modest.indicated(connection) == [b"hello"])


async def test_a_session_that_waits_for_storage_goes_on_when_another_ends(agent: Agent, peer: Listen) -> None:
    greedy, modest, connection = await full_storage(agent, peer)

    greedy.engine.sessions.end(greedy.session, SessionEnd.CLOSED)
    await modest.until(lambda: modest.indicated(connection) == [b"hello"])


async def test_a_full_storage_refuses_no_completion(agent: Agent, peer: Listen) -> None:
    _, modest, connection = await full_storage(agent, peer)

    assert (await modest.close(connection)).status is Status.SUCCESS
