"""The one path of all requests: made, made again, called off; and how everything stops."""

import asyncio
from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import Completion, Draining, SocketClosed
from telesock.server.core.operations import OperationState
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import (
    AnyRequest,
    Close,
    Connect,
    CreateSocket,
    Disconnect,
    Endpoint,
    Family,
    Receive,
    Send,
)
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category
from telesock.server.core.status import Origin, Status
from telesock.server.engine.engine import CancelOutcome

Listen = Callable[..., Peer]

BASIC = CreateSocket(0, Category.BASIC, Family.ANY)


def refused(driver: Driver, request: AnyRequest, operation_id: int = 0) -> Reason:
    with pytest.raises(Refused) as caught:
        driver.ask(request, operation_id)
    return caught.value.reason


# Ids and retries


async def test_an_operation_asked_for_again_is_the_one_that_exists(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    request = Send(connection, b"once")

    first = driver.ask(request, 10)

    assert driver.ask(Send(connection, b"once"), 10) is first
    await far.until_received(b"once")
    assert driver.connection(connection).send_offset == 4


async def test_an_id_with_another_request_is_refused(driver: Driver, peer: Listen) -> None:
    connection, _ = await driver.meet(peer())
    driver.ask(Send(connection, b"once"), 10)

    for other in (Send(connection, b"Once"), Send(connection, b"once", timeout=1.0), Receive(connection, 4)):
        assert refused(driver, other, 10) is Reason.OPERATION_ID_REUSED


async def test_ids_rise_and_one_that_was_passed_over_is_retired(driver: Driver) -> None:
    assert [driver.ask(BASIC, wanted).operation_id for wanted in (0, 7, 0)] == [1, 7, 8]
    assert refused(driver, BASIC, 5) is Reason.OPERATION_RETIRED


async def test_an_operation_whose_completion_was_acknowledged_is_retired(driver: Driver) -> None:
    operation = driver.ask(BASIC)
    driver.session.acknowledge(operation.sequence)

    assert refused(driver, BASIC, operation.operation_id) is Reason.OPERATION_RETIRED
    assert driver.engine.cancel(driver.session, operation.operation_id) is CancelOutcome.NOT_FOUND


async def test_a_refused_request_uses_no_id_and_no_number(driver: Driver) -> None:
    assert refused(driver, CreateSocket(5, Category.DATAGRAM, Family.UNIX), 5) is Reason.MALFORMED
    assert refused(driver, Connect(5, Endpoint("192.0.2.1", 1), make=True), 5) is (
        Reason.DESTINATION_NOT_ALLOWED
    )

    operation = driver.ask(CreateSocket(5, Category.BASIC, Family.ANY), 5)

    assert (operation.operation_id, operation.socket_id) == (5, 5)


async def test_a_request_may_name_a_socket_that_one_before_it_makes(driver: Driver, peer: Listen) -> None:
    listener = peer()
    there = Endpoint(listener.host, listener.port)
    batch: list[AnyRequest] = [
        CreateSocket(1, Category.CONNECTION, Family.ANY),
        Close(1),
        Connect(2, there, make=True),
    ]

    operations = [driver.submit(request) for request in batch]
    driver.engine.flush()

    assert [(await driver.completed(each)).status for each in operations] == [Status.SUCCESS] * 3


# Cancelling


async def test_a_cancel_finds_pending_operations_only(driver: Driver, peer: Listen) -> None:
    connection, _ = await driver.meet(peer())
    receive = driver.ask(Receive(connection, 1))
    cancel = driver.engine.cancel

    outcomes = [cancel(driver.session, receive.operation_id) for _ in range(2)]

    assert outcomes == [CancelOutcome.CANCELLED, CancelOutcome.TOO_LATE]
    assert cancel(driver.session, receive.operation_id + 1) is CancelOutcome.NOT_FOUND
    assert cancel(driver.another().session, receive.operation_id) is CancelOutcome.NOT_FOUND


async def test_everything_that_is_pending_can_be_cancelled_but_what_is_partly_out_or_a_close(
    driver: Driver, peer: Listen, silence: Endpoint
) -> None:
    connection, _ = await driver.meet(peer(receive_buffer=4096, reading=False))
    asked = [driver.connect(silence), *(driver.ask(Receive(connection, 1)) for _ in range(3))]
    asked += [driver.ask(Send(connection, bytes(1 << 20))) for _ in range(8)]
    asked.append(driver.ask(Disconnect(connection, final_data=b"bye")))
    asked = [operation for operation in asked if not operation.sequence]
    assert len(asked) > 6

    outcomes = [driver.engine.cancel(driver.session, each.operation_id) for each in asked]

    partly_out = asked[4]
    assert [each for each in asked if not each.sequence] == [partly_out]
    assert outcomes == [
        CancelOutcome.TOO_LATE if each is partly_out else CancelOutcome.CANCELLED for each in asked
    ]
    endings = {failed(completion)[:2] for each in asked if (completion := driver.completion(each))}
    assert endings == {(Status.CANCELLED, Origin.CANCEL)}


# Turns


async def test_one_connection_that_always_has_more_does_not_keep_others_waiting(
    driver: Driver, peer: Listen
) -> None:
    listener = peer()
    greedy, flood = await driver.meet(listener)
    modest, drip = await driver.meet(listener)
    drain = driver.ask(Receive(greedy, 0, drain=True))
    for _ in range(64):
        flood.send(bytes(1 << 20))
    await driver.until_seen(lambda: drain.moved > 1 << 20)

    receive = driver.ask(Receive(modest, 1))
    drip.send(b"x")
    before = drain.moved
    await driver.completed(receive)

    assert drain.moved - before <= 4 << 20  # a few turns
    assert drain.sequence == 0
    await driver.close(greedy)


async def test_a_connection_is_queued_once_for_its_next_turn_however_often_it_is_asked_to_read(
    driver: Driver, peer: Listen
) -> None:
    connection, far = await driver.meet(peer())
    drain = driver.ask(Receive(connection, 0, drain=True))
    far.send(bytes(8 << 20))
    await driver.until_seen(lambda: drain.moved > 1 << 20)

    for _ in range(10):
        driver.engine.read_later(driver.connection(connection))

    assert len(driver.engine._readers) == 1
    await driver.close(connection)


# Draining


async def test_a_drain_refuses_new_work_and_lets_what_is_pending_finish(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    receive = driver.ask(Receive(connection, 10))
    with driver.reading():
        drain = asyncio.create_task(driver.engine.drain(30.0))
        await driver.until(lambda: Draining(30.0) in [event.body for event in driver.events])
        reasons = {refused(driver, request) for request in (Send(connection, b"x"), BASIC)}
        with pytest.raises(Refused) as no_session:
            driver.another()
        far.send(b"in time")
        await drain
        completion = driver.completion(receive)

    assert reasons | {no_session.value.reason} == {Reason.AGENT_DRAINING}
    assert completion is not None
    assert completion.status is Status.SUCCESS
    assert (driver.session.ended, len(driver.engine.sessions)) == (SessionEnd.AGENT_DRAINED, 0)


async def test_during_a_drain_sockets_can_still_be_freed_and_retries_are_answered(
    driver: Driver, peer: Listen
) -> None:
    (one, _), (two, _) = await driver.meet(peer()), await driver.meet(peer())
    receive = driver.ask(Receive(one, 10), 50)
    drain = asyncio.create_task(driver.engine.drain(30.0))
    await driver.until(lambda: driver.engine.draining)

    assert driver.ask(Receive(one, 10), 50) is receive
    with driver.reading():
        freed = [driver.ask(Disconnect(two)), driver.ask(Close(one))]
        await drain
        endings = [driver.completion(each) for each in (receive, *freed)]

    statuses = [each.status for each in endings if each]
    assert statuses == [Status.CANCELLED, Status.SUCCESS, Status.SUCCESS]


async def test_a_drain_without_grace_ends_what_is_pending_at_once(driver: Driver, peer: Listen) -> None:
    connection, far = await driver.meet(peer())
    receive = driver.ask(Receive(connection, 10))
    with driver.reading():
        await driver.engine.drain(0)
        completion, closed = driver.completion(receive), driver.told(connection, SocketClosed)

    assert isinstance(completion, Completion)
    assert failed(completion)[:2] == (Status.CANCELLED, Origin.LOCAL_HOST)
    assert [body.status for body in closed if isinstance(body, SocketClosed)] == [Status.CANCELLED]
    assert receive.state is OperationState.COMPLETED
    await far.until_end()
    assert far.saw_reset


async def test_an_idle_agent_drains_at_once_and_tells_every_session(agent: Agent) -> None:
    driver = agent.start()
    other = driver.another()
    with driver.reading(), other.reading():
        await driver.engine.drain(3600.0)
        told = [[event.body for event in each.events] for each in (driver, other)]

    assert told == [[Draining(3600.0)], [Draining(3600.0)]]


async def test_an_engine_that_is_closed_twice_is_closed(driver: Driver) -> None:
    driver.create()
    driver.engine.close()
    driver.engine.close()

    assert (driver.engine.sockets, len(driver.engine.sessions)) == (0, 0)
