"""The ideal send backlog is told to whoever wants to know: once at first, then when it is another, and to the end."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver

from telesock.server.core.events import Event, SendBacklogChanged
from telesock.server.core.limits import Limits
from telesock.server.core.requests import Close, Disconnect, Indications, Pattern, Send, SetEventCallbacks
from telesock.server.core.states import State
from telesock.server.engine.tcp_info import ideal_send_backlog

Listen = Callable[..., Peer]

BACKLOG, NONE = Indications.SEND_BACKLOG, Indications.NONE
MIB = 1 << 20
PAUSE_NS = 10_000_000
SOON = 0.05  # seconds, several pauses


def ideal(driver: Driver, connection: int) -> int:
    descriptor = driver.connection(connection).descriptor
    assert descriptor is not None, "it is connected"
    return ideal_send_backlog(descriptor)


def told(driver: Driver, connection: int) -> list[int]:
    return [
        body.ideal_bytes
        for body in driver.told(connection, SendBacklogChanged)
        if isinstance(body, SendBacklogChanged)
    ]


def backlog_events(driver: Driver) -> list[Event]:
    return [event for event in driver.events if isinstance(event.body, SendBacklogChanged)]


async def several_pauses() -> None:
    """Let what would be told be told."""
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(SOON, passed.set)
    await passed.wait()


async def test_enabling_tells_the_value_once(driver: Driver, peer: Listen) -> None:
    connection, _ = await driver.meet(peer())

    driver.ask(SetEventCallbacks(connection, BACKLOG, NONE))
    await driver.until(lambda: bool(told(driver, connection)))
    driver.ask(SetEventCallbacks(connection, BACKLOG, NONE))
    await several_pauses()

    assert told(driver, connection) == [ideal(driver, connection)]


async def test_a_connect_that_enables_it_tells_the_value_after_its_own_completion(
    driver: Driver, peer: Listen
) -> None:
    connection, _ = await driver.meet(peer(), BACKLOG)
    await driver.until(lambda: bool(told(driver, connection)))

    assert driver.told(connection)[1:] == [SendBacklogChanged(ideal(driver, connection))]


async def test_each_new_value_is_told_after_a_pause_and_the_last_one_is_what_holds(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer(), BACKLOG)

    sent = 0
    while len(told(driver, connection)) < 3:  # the window opens, or shuts: the kernel remembers its hosts
        sent += 8 * MIB
        driver.ask(Send(connection, b"", pattern=Pattern(1, 0), pattern_length=8 * MIB))
        await far.until_bytes(sent)
    await driver.until(lambda: told(driver, connection)[-1] == ideal(driver, connection))

    assert all(before != after for before, after in pairwise(told(driver, connection)))
    moments = [event.clock.monotonic_ns for event in backlog_events(driver)]
    assert all(after - before >= PAUSE_NS * 0.99 for before, after in pairwise(moments))


async def test_a_connection_that_does_not_want_it_told_is_not_looked_at(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer(), Indications.DATA)

    driver.ask(Send(connection, bytes(MIB)))
    await far.until_bytes(MIB)
    await several_pauses()

    assert told(driver, connection) == []


async def test_after_the_completion_that_disables_it_none_is_told(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())

    driver.submit(SetEventCallbacks(connection, BACKLOG, NONE))
    driver.submit(SetEventCallbacks(connection, NONE, BACKLOG))
    driver.ask(Send(connection, bytes(MIB)))
    await far.until_bytes(MIB)
    await several_pauses()

    assert told(driver, connection) == []


async def test_a_connection_that_is_being_closed_tells_none(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    driver.submit(SetEventCallbacks(connection, BACKLOG, NONE))

    close = driver.ask(Close(connection, graceful=True))
    await several_pauses()
    far.finish()
    await driver.completed(close)

    assert told(driver, connection) == []


async def test_a_connection_that_is_lost_or_aborted_tells_none(driver: Driver, peer: Listen) -> None:
    both = peer()
    (lost, far), (aborted, _) = await driver.meet(both), await driver.meet(both)
    for connection in (lost, aborted):
        driver.ask(SetEventCallbacks(connection, BACKLOG, NONE))
        await driver.until(lambda connection=connection: bool(told(driver, connection)))  # type: ignore[misc]  # bound now
        driver.ask(Send(connection, bytes(MIB)))

    far.reset()
    driver.ask(Disconnect(aborted, abortive=True))
    await driver.until_state(lost, State.RESET)
    before = len(backlog_events(driver))
    await several_pauses()

    assert len(backlog_events(driver)) == before


async def test_a_value_that_found_no_room_is_told_when_there_is_some(agent: Agent, peer: Listen) -> None:
    driver = agent.start(Limits(journal_events=1))
    connection, _ = await driver.meet(peer(), BACKLOG)  # its completion is the one event
    await several_pauses()
    before = told(driver, connection)

    driver.session.acknowledge(driver.session.journal.last_sequence)
    await driver.until(lambda: bool(told(driver, connection)))

    assert (before, told(driver, connection)) == ([], [ideal(driver, connection)])


async def test_a_unix_domain_connection_has_no_window_to_tell_of(
    unix: Driver, peer: Listen, tmp_path: Path
) -> None:
    connection, far = await unix.meet(peer(f"unix:{tmp_path}/far"), BACKLOG)

    unix.ask(Send(connection, b"hello"))
    await far.until_received(b"hello")
    await several_pauses()

    assert told(unix, connection) == []
