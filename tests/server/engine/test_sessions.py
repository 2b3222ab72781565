"""A session held by the engine tells whoever waits in it, each once, and keeps its journal for its readers."""

from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.driver import Driver

from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Receive
from telesock.server.core.session import SessionEnd

Listen = Callable[..., Peer]


class Calls:
    """Counts how often it was called."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


async def test_who_waits_for_an_operation_is_called_once_when_it_completes(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    first, second = (driver.ask(Receive(connection, 1)) for _ in range(2))
    waiting = [Calls(), Calls(), Calls()]
    driver.session.waiters[first.operation_id] = [waiting[0], waiting[1]]
    driver.session.waiters[second.operation_id] = [waiting[2]]

    far.send(b"x")
    await driver.completed(first)

    assert [each.count for each in waiting] == [1, 1, 0]
    assert list(driver.session.waiters) == [second.operation_id]


async def test_the_session_says_whenever_its_last_pending_operation_has_completed(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    idle = Calls()
    driver.session.idle = idle
    first, second = (driver.ask(Receive(connection, 1)) for _ in range(2))

    far.send(b"x")
    await driver.completed(first)
    before = idle.count
    far.send(b"y")
    await driver.completed(second)

    assert (before, idle.count) == (0, 1)


async def test_readers_keep_the_journal_of_an_ended_session_until_the_last_has_left(driver: Driver) -> None:
    driver.create()
    readers = [Calls(), Calls()]
    for reader in readers:
        driver.session.enter_reader(reader)

    driver.engine.sessions.end(driver.session, SessionEnd.CLOSED)
    kept = [len(driver.events)]
    for reader in readers:
        driver.session.leave_reader(reader)
        kept.append(len(driver.events))

    assert ([reader.count for reader in readers], kept) == ([1, 1], [2, 2, 0])


async def test_a_session_ends_once(driver: Driver) -> None:
    reader = Calls()
    driver.session.enter_reader(reader)

    driver.engine.sessions.end(driver.session, SessionEnd.CLOSED)
    driver.engine.sessions.end(driver.session, SessionEnd.LEASE_EXPIRED)
    driver.session.leave_reader(reader)

    assert (reader.count, driver.session.ended) == (1, SessionEnd.CLOSED)


async def test_sleepers_are_woken_by_the_next_event_and_by_the_end_once_each(driver: Driver) -> None:
    by_event, by_end = Calls(), Calls()
    driver.session.sleeping.append(by_event)
    driver.create()
    driver.create()
    driver.session.sleeping.append(by_end)

    driver.engine.sessions.end(driver.session, SessionEnd.CLOSED)

    assert (by_event.count, by_end.count) == (1, 1)


async def test_a_number_names_a_socket_only_while_it_is_open(driver: Driver) -> None:
    number = driver.create()
    assert driver.session.socket(number).socket_id == number
    await driver.close(number)

    reasons = []
    for wanted in (number, number + 1):
        with pytest.raises(Refused) as refused:
            driver.session.socket(wanted)
        reasons.append(refused.value.reason)

    assert reasons == [Reason.SOCKET_CLOSED, Reason.SOCKET_UNKNOWN]
