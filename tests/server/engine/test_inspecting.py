"""Connections that are held for a decision: let in, in order; rejected; or never asked about."""

from collections.abc import Awaitable, Callable

import pytest
from tests.peers import PeerConnection
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver
from tests.server.engine.listeners import (
    CONDITIONAL,
    accepted,
    engines,
    indicate,
    indicated,
    inspected,
    listening,
    until_waiting,
)

from telesock.server.core.events import (
    Completion,
    ConnectionAccepted,
    ConnectionInspect,
    ConnectionInspectAborted,
    CreditStalled,
    StallReason,
)
from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import (
    Accept,
    CreateSocket,
    Endpoint,
    Family,
    Indications,
    InspectComplete,
    OperationKind,
    SetEventCallbacks,
)
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category
from telesock.server.core.status import Origin, Phase, Status

Dial = Callable[[Endpoint], Awaitable[PeerConnection]]

DONE = Completion(OperationKind.INSPECT_COMPLETE, Status.SUCCESS)
LEFT = (Status.CONNECTION_DISCONNECTED, Origin.PEER, Phase.CONNECT, "")


def decide(driver: Driver, listener: int, inspect_id: int, accept: bool = True) -> Completion | None:
    return driver.completion(driver.ask(InspectComplete(listener, inspect_id, accept)))


def aborted(driver: Driver, listener: int) -> list[int]:
    bodies = driver.told(listener, ConnectionInspectAborted)
    return [body.inspect_id for body in bodies if isinstance(body, ConnectionInspectAborted)]


async def test_each_connection_is_asked_about_once_whoever_waits_and_goes_to_nobody(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver, CONDITIONAL)
    indicate(driver, listener)
    accepting = driver.ask(Accept(listener))

    peers = [await dial(address) for _ in range(2)]

    assert await inspected(driver, listener, 2) == [1, 2]
    assert driver.told(listener, ConnectionInspect, ConnectionAccepted) == [
        ConnectionInspect(number, address, Endpoint(*far.local)) for number, far in enumerate(peers, 1)
    ]
    assert (accepting.sequence, driver.engine.sockets) == (0, 1)


async def test_ids_are_unique_in_the_session(driver: Driver, dial: Dial) -> None:
    listeners = [listening(driver, CONDITIONAL) for _ in range(2)]
    for listener, address in listeners:
        await dial(address)
        await inspected(driver, listener)

    assert [await inspected(driver, listener) for listener, _ in listeners] == [[1], [2]]
    assert driver.refused(InspectComplete(listeners[0][0], 2, accept=True)).reason is Reason.MALFORMED


# Let in


async def test_those_let_in_go_on_in_the_order_of_their_decisions(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver, CONDITIONAL)
    for _ in range(3):
        await dial(address)
    await inspected(driver, listener, 3)
    assert [decide(driver, listener, number) for number in (3, 1)] == [DONE] * 2

    operations = [driver.ask(Accept(listener)) for _ in range(3)]

    results = [await accepted(driver, operation) for operation in operations[:2]]
    assert [result.inspect_id for result in results] == [3, 1]
    assert operations[2].sequence == 0
    decide(driver, listener, 2)
    assert (await accepted(driver, operations[2])).inspect_id == 2


async def test_without_an_accept_they_are_indicated_and_keep_their_credit(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver, CONDITIONAL)
    indicate(driver, listener, Indications.DATA, connections=1)
    far = await dial(address)
    far.send(b"early")
    await inspected(driver, listener)

    decide(driver, listener, 1)

    [(sequence, made)] = (await indicated(driver, listener)).items()
    assert (made.inspect_id, made.remote) == (1, Endpoint(*far.local))
    await driver.until_indicated(made.socket_id, b"early")
    assert engines(driver, listener).available_credit_connections == 0
    driver.session.socket(listener).release(sequence, None)
    assert engines(driver, listener).available_credit_connections == 1


async def test_those_that_nobody_wants_yet_wait_for_the_enabling(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver, CONDITIONAL)
    await dial(address)
    await inspected(driver, listener)
    decide(driver, listener, 1)
    assert driver.engine.sockets == 1

    indicate(driver, listener)

    [made] = (await indicated(driver, listener)).values()
    assert made.inspect_id == 1


async def test_the_session_knows_the_id_of_an_accepted_socket_until_it_is_closed(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver, CONDITIONAL)
    await dial(address)
    await inspected(driver, listener)
    decide(driver, listener, 1)
    made = (await accepted(driver, driver.ask(Accept(listener)))).socket_id
    before = dict(driver.session.inspect_ids)

    await driver.close(made)

    assert (before, driver.session.inspect_ids) == ({made: 1}, {})


async def test_one_that_is_held_counts_as_a_socket_and_so_can_always_become_one(
    agent: Agent, dial: Dial
) -> None:
    driver = agent.start(Limits(sockets=2))
    listener, address = listening(driver, CONDITIONAL)
    await dial(address)
    await inspected(driver, listener)
    assert driver.refused(CreateSocket(0, Category.CONNECTION, Family.ANY)).reason is Reason.TOO_MANY_SOCKETS
    decide(driver, listener, 1)

    made = await accepted(driver, driver.ask(Accept(listener)))

    assert made.inspect_id == 1
    assert driver.engine.descriptors.taken == 2
    await driver.close(made.socket_id)
    assert driver.engine.descriptors.taken == 1


@pytest.mark.parametrize("let_in", [True, False], ids=["let in", "undecided"])
async def test_what_a_listener_holds_when_it_is_closed_counts_no_more(
    let_in: bool, driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver, CONDITIONAL)
    await dial(address)
    await inspected(driver, listener)
    if let_in:
        decide(driver, listener, 1)

    await driver.close(listener)

    assert driver.engine.descriptors.taken == 0


async def test_a_full_agent_holds_nobody_until_it_has_room(agent: Agent, dial: Dial) -> None:
    driver = agent.start(Limits(sockets=2))
    listener, address = listening(driver, CONDITIONAL)
    basic = driver.create()
    await dial(address)
    await until_waiting(driver, listener)
    assert driver.told(listener, ConnectionInspect) == []

    await driver.close(basic)

    assert await inspected(driver, listener) == [1]


# Rejected


async def test_one_that_is_rejected_is_reset_gives_its_credit_back_and_is_told_of_no_more(
    driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver, CONDITIONAL)
    indicate(driver, listener, connections=1)
    far = await dial(address)
    await inspected(driver, listener)

    assert decide(driver, listener, 1, accept=False) == DONE

    await far.until_end()
    assert far.saw_reset
    assert driver.told(listener)[-1] == DONE
    assert engines(driver, listener).available_credit_connections == 1
    await dial(address)
    await inspected(driver, listener, 2)


@pytest.mark.parametrize("first", [True, False])
async def test_a_second_decision_is_refused_whatever_the_first_was(
    first: bool, driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver, CONDITIONAL)
    await dial(address)
    await inspected(driver, listener)
    decide(driver, listener, 1, first)

    refused = driver.refused(InspectComplete(listener, 1, not first))

    assert (refused.reason, refused.metadata["field"]) == (Reason.MALFORMED, "inspect_id")


# Credit and room


async def test_no_more_are_held_than_there_is_credit_for_and_that_is_told(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver, CONDITIONAL)
    driver.ask(SetEventCallbacks(listener, Indications.NONE, Indications.NONE, 0, 2))
    driver.ask(Accept(listener))
    for _ in range(3):
        await dial(address)
    await driver.until(lambda: bool(driver.told(listener, CreditStalled)))
    before = await inspected(driver, listener, 2)

    decide(driver, listener, 1, accept=False)

    assert (before, await inspected(driver, listener, 3)) == ([1, 2], [1, 2, 3])
    assert driver.told(listener, CreditStalled) == [CreditStalled(StallReason.CREDIT)]


async def test_without_room_in_the_journal_nobody_is_held_and_who_left_is_told_of_later(
    agent: Agent, dial: Dial
) -> None:
    driver = agent.start(Limits(journal_events=4))
    listener, address = listening(driver, CONDITIONAL)
    peers = [await dial(address) for _ in range(2)]
    await inspected(driver, listener, 2)
    await dial(address)
    await until_waiting(driver, listener)
    peers[0].reset()
    room = engines(driver, listener)._room
    assert room is not None
    await driver.until_seen(lambda: len(room._held) == 1)
    assert aborted(driver, listener) == []

    driver.session.acknowledge(driver.session.journal.last_sequence)

    await inspected(driver, listener, 3)
    assert [type(body) for body in driver.told(listener)[-2:]] == [
        ConnectionInspectAborted,
        ConnectionInspect,
    ]


# The end


@pytest.mark.parametrize("let_in", [False, True])
async def test_with_their_listener_those_that_are_held_are_reset(
    let_in: bool, driver: Driver, dial: Dial
) -> None:
    listener, address = listening(driver, CONDITIONAL)
    far = await dial(address)
    await inspected(driver, listener)
    if let_in:
        decide(driver, listener, 1)

    close = await driver.close(listener)

    await far.until_end()
    assert far.saw_reset
    assert driver.told(listener)[-1] == close


async def test_with_their_session_those_that_are_held_are_reset(driver: Driver, dial: Dial) -> None:
    listener, address = listening(driver, CONDITIONAL)
    far = await dial(address)
    await inspected(driver, listener)

    driver.engine.sessions.end(driver.session, SessionEnd.CLOSED)

    await far.until_end()
    assert far.saw_reset


async def test_an_identity_holds_no_more_connections_for_decisions_than_it_may_have_sockets(
    agent: Agent, dial: Dial
) -> None:
    driver = agent.start(limits=Limits(session_sockets=3))
    listener, address = listening(driver, CONDITIONAL)
    for _ in range(3):
        await dial(address)

    await inspected(driver, listener, 2)
    await until_waiting(driver, listener)

    assert (driver.session.socket_count, driver.session.held_connections) == (3, 2)
    with pytest.raises(Refused) as refusal:
        driver.ask(CreateSocket(0, Category.STREAM, Family.IPV4))
    assert refusal.value.reason is Reason.TOO_MANY_SOCKETS
    decide(driver, listener, 1, accept=False)
    await inspected(driver, listener, 3)
    assert (driver.session.socket_count, driver.session.held_connections) == (3, 2)
