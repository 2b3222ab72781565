"""Connections that a listener indicates: with credit and room, after pending accepts, taken back by a refusal."""

from collections.abc import Awaitable, Callable

import pytest
from tests.peers import PeerConnection
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver, failed
from tests.server.engine.listeners import accepted, engines, indicate, indicated, listening, until_waiting

from telesock.server.core.events import (
    Completion,
    ConnectionAccepted,
    CreditStalled,
    StallReason,
)
from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import (
    Accept,
    Close,
    Endpoint,
    Indications,
    Receive,
    Send,
    SendLevel,
    SetEventCallbacks,
)
from telesock.server.core.states import State
from telesock.server.core.status import Origin, Status

Dial = Callable[[Endpoint], Awaitable[PeerConnection]]

CONNECTION, DATA, DISCONNECT = Indications.CONNECTION, Indications.DATA, Indications.DISCONNECT
NONE = Indications.NONE
STALLED = CreditStalled(StallReason.CREDIT)


def release(driver: Driver, listener: int, sequence: int, *, refuse: bool = False) -> None:
    driver.session.socket(listener).release(sequence, None, refuse)


async def stalls(driver: Driver, listener: int, count: int = 1) -> None:
    await driver.until(lambda: len(driver.told(listener, CreditStalled)) == count)


# Who gets a connection


async def test_connections_that_waited_before_anybody_wanted_them_are_indicated(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    peers = [await dial(address) for _ in range(3)]
    await until_waiting(driver, listener)

    indicate(driver, listener)

    found = await indicated(driver, listener, 3)
    assert [each.remote for each in found.values()] == [Endpoint(*far.local) for far in peers]
    assert [each.local for each in found.values()] == [address] * 3
    assert [driver.state(each.socket_id) for each in found.values()] == [State.CONNECTED] * 3


async def test_pending_accepts_come_first(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver)
    indicate(driver, listener)
    operations = [driver.ask(Accept(listener)) for _ in range(2)]

    peers = [await dial(address) for _ in range(3)]

    [third] = (await indicated(driver, listener)).values()
    ports = [(await accepted(driver, operation)).remote.port for operation in operations]
    assert [*ports, third.remote.port] == [far.local[1] for far in peers]


async def test_when_they_are_disabled_connections_wait_for_an_accept(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver)
    indicate(driver, listener)
    driver.ask(SetEventCallbacks(listener, NONE, CONNECTION))

    far = await dial(address)
    await until_waiting(driver, listener)

    assert driver.told(listener, ConnectionAccepted) == []
    assert (await accepted(driver, driver.ask(Accept(listener)))).remote == Endpoint(*far.local)


# Credit and room


async def test_no_more_are_indicated_than_there_is_credit_for_and_a_release_lets_them_go_on(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    indicate(driver, listener, connections=2)
    peers = [await dial(address) for _ in range(4)]
    first, _ = await indicated(driver, listener, 2)
    await stalls(driver, listener)
    assert engines(driver, listener).available_credit_connections == 0

    release(driver, listener, first)

    await indicated(driver, listener, 3)
    await stalls(driver, listener, 2)  # the fourth waits: another stall
    release(driver, listener, driver.events[-1].sequence)
    found = await indicated(driver, listener, 4)
    assert [each.remote for each in found.values()] == [Endpoint(*far.local) for far in peers]
    assert driver.told(listener, CreditStalled) == [STALLED] * 2


async def test_more_credit_lets_them_go_on_too(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver)
    indicate(driver, listener, connections=1)
    for _ in range(2):
        await dial(address)
    await indicated(driver, listener)

    indicate(driver, listener, connections=2)

    await indicated(driver, listener, 2)


async def test_an_accept_needs_no_credit(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver)
    indicate(driver, listener, connections=1)
    peers = [await dial(address) for _ in range(2)]
    await indicated(driver, listener)

    result = await accepted(driver, driver.ask(Accept(listener)))

    assert result.remote == Endpoint(*peers[1].local)


async def test_the_default_credit_is_the_agents(agent: Agent, dial: Dial) -> None:
    driver = agent.start(Limits(default_credit_connections=3))
    listener, address = listening(driver)
    indicate(driver, listener)
    for _ in range(4):
        await dial(address)

    await stalls(driver, listener)

    assert len(await indicated(driver, listener, 3)) == 3


async def test_without_room_in_the_journal_connections_wait_in_the_kernel(agent: Agent, dial: Dial) -> None:
    driver = agent.start(Limits(journal_events=6))
    listener, address = listening(driver)
    indicate(driver, listener)  # the third event
    peers = [await dial(address) for _ in range(5)]
    await driver.until_seen(lambda: not driver.session.journal.room_for_notice())
    told = len(driver.told(listener, ConnectionAccepted))
    await until_waiting(driver, listener)

    driver.session.acknowledge(driver.session.journal.last_sequence)

    found = await indicated(driver, listener, 5)
    assert told == 3
    assert [each.remote for each in found.values()] == [Endpoint(*far.local) for far in peers]


# Release


async def test_a_release_is_cumulative_and_safe_to_repeat(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver)
    indicate(driver, listener, connections=3)
    for _ in range(3):
        await dial(address)
    _, second, _ = await indicated(driver, listener, 3)

    for _ in range(2):
        release(driver, listener, second)

    assert engines(driver, listener).available_credit_connections == 2
    assert driver.engine.sockets == 4


async def test_a_refused_connection_is_reset_its_socket_gone_and_what_was_asked_on_it_completes(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    indicate(driver, listener, DATA, DISCONNECT)
    far = await dial(address)
    [(sequence, made)] = (await indicated(driver, listener)).items()
    number = made.socket_id
    receive = driver.ask(Receive(number, 1))
    send = driver.ask(Send(number, b"never acknowledged", level=SendLevel.ACKNOWLEDGED))
    asked = [each for each in (receive, send) if not each.sequence]

    release(driver, listener, sequence, refuse=True)

    completions = [driver.completion(each) for each in asked]
    assert {failed(each)[:2] for each in completions if each} == {
        (Status.REQUEST_NOT_ACCEPTED, Origin.CANCEL)
    }
    assert all(isinstance(body, Completion) for body in driver.told(number))
    assert driver.refused(Send(number, b"x")).reason is Reason.SOCKET_CLOSED
    await far.until_end()
    assert far.saw_reset
    assert (driver.engine.sockets, engines(driver, listener).available_credit_connections) == (1, 64)


async def test_a_refusal_gives_back_all_that_the_journal_had_set_aside(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver)
    before = driver.session.journal.guaranteed
    indicate(driver, listener, DATA, DISCONNECT)
    await dial(address)
    [sequence] = await indicated(driver, listener)

    release(driver, listener, sequence, refuse=True)

    assert driver.session.journal.guaranteed == before


async def test_a_refusal_consumes_the_ones_before_it_and_refuses_no_other(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver)
    indicate(driver, listener, connections=3)
    for _ in range(3):
        await dial(address)
    (_, one), (sequence, two), (_, three) = (await indicated(driver, listener, 3)).items()

    release(driver, listener, sequence, refuse=True)

    states = [driver.state(each.socket_id) for each in (one, two, three)]
    assert states == [State.CONNECTED, State.CLOSED, State.CONNECTED]
    assert engines(driver, listener).available_credit_connections == 2


async def test_a_refusal_of_a_connection_that_is_closing_completes_its_close(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    indicate(driver, listener)
    far = await dial(address)
    [(sequence, made)] = (await indicated(driver, listener)).items()
    close = driver.ask(Close(made.socket_id, graceful=True, timeout=60.0))

    release(driver, listener, sequence, refuse=True)

    assert (await driver.completed(close)).status is Status.SUCCESS
    assert driver.told(made.socket_id)[-1] == driver.completion(close)
    assert await far.until_gone() != 0


async def test_a_refusal_of_a_connection_that_is_closed_releases_its_credit(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver)
    indicate(driver, listener, connections=1)
    await dial(address)
    [(sequence, made)] = (await indicated(driver, listener)).items()
    await driver.close(made.socket_id)
    last = len(driver.events)

    release(driver, listener, sequence, refuse=True)

    assert engines(driver, listener).available_credit_connections == 1
    assert len(driver.events) == last


async def test_a_release_of_what_is_no_connection_or_of_a_part_is_refused(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver)
    indicate(driver, listener)
    await dial(address)
    [sequence] = await indicated(driver, listener)
    socket = driver.session.socket(listener)

    for arguments in ((sequence, 0, False), (sequence - 1, None, True), (sequence + 1, None, True)):
        with pytest.raises(Refused) as caught:
            socket.release(*arguments)
        assert caught.value.reason is Reason.MALFORMED
    assert engines(driver, listener).available_credit_connections == 63
