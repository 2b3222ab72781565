"""The faults of a session: their names, their number, their order, with what they end, and what that lets go."""

from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver

from telesock.server.core.events import FaultEnd, FaultEnded, FaultFired
from telesock.server.core.faults.connecting import ConnectFailure
from telesock.server.core.faults.inserting import InsertBytes
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.stalling import Stall
from telesock.server.core.faults.values import Effect, Fault, Target, Timing
from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Close, Connect, Endpoint, Send
from telesock.server.core.status import Status
from telesock.server.engine.faults import SessionFaults


def faults_of(driver: Driver) -> SessionFaults:
    return driver.engine.faults_of(driver.session)


def fault(name: str = "", effect: Effect | None = None, **fields: object) -> Fault:
    return Fault(name, effect or Stall(), **fields)  # type: ignore[arg-type]  # its fields


def names(driver: Driver) -> list[str]:
    return [active.fault.name for active in faults_of(driver)]


def refused(driver: Driver, wanted: Fault) -> Reason:
    with pytest.raises(Refused) as caught:
        faults_of(driver).create(wanted)
    return caught.value.reason


async def test_a_fault_without_a_name_is_named_after_its_effect(driver: Driver) -> None:
    for _ in range(2):
        faults_of(driver).create(fault())
    faults_of(driver).create(fault("latency-3"))
    faults_of(driver).create(fault(effect=Latency(0.1)))

    assert names(driver) == ["stall-1", "stall-2", "latency-3", "latency-4"]


async def test_a_fault_without_a_seed_is_given_one(driver: Driver) -> None:
    first, second = (faults_of(driver).create(fault()) for _ in range(2))

    assert first.fault.seed is not None
    assert first.fault.seed != second.fault.seed


async def test_a_name_is_given_once(driver: Driver) -> None:
    faults_of(driver).create(fault("same"))

    assert refused(driver, fault("same")) is Reason.FAULT_NAME_USED


async def test_a_session_has_no_more_faults_than_it_may(agent: Agent) -> None:
    driver = agent.start(Limits(faults=2))
    for _ in range(2):
        faults_of(driver).create(fault())

    assert refused(driver, fault()) is Reason.TOO_MANY_FAULTS
    faults_of(driver).end_all(FaultEnd.DELETED)
    faults_of(driver).create(fault())


async def test_a_fault_of_a_socket_that_is_not_there_is_refused(driver: Driver) -> None:
    assert refused(driver, fault(target=Target(socket_id=9))) is Reason.SOCKET_UNKNOWN


async def test_the_same_request_makes_one_fault(driver: Driver) -> None:
    first = faults_of(driver).create(fault(), "request")

    assert faults_of(driver).create(fault(), "request") is first
    assert names(driver) == ["stall-1"]


async def test_an_update_keeps_the_place_and_begins_counting_anew(
    driver: Driver, peer: Callable[..., Peer]
) -> None:
    connection, far = await driver.meet(peer())
    for name in ("first", "second", "third"):
        faults_of(driver).create(fault(name, Latency(0.0)))
    driver.ask(Send(connection, b"x"))
    await far.until_received(b"x")

    updated = faults_of(driver).update(fault("second", Stall()))

    assert names(driver) == ["first", "second", "third"]
    assert (updated.counts.decisions, updated.fault.effect) == (0, Stall())
    [told] = [event.body for event in driver.events if isinstance(event.body, FaultEnded)]
    assert isinstance(told, FaultEnded)
    assert (told.fault, told.end, told.firings) == ("second", FaultEnd.UPDATED, 1)


async def test_an_update_lets_go_of_what_was_held(driver: Driver, peer: Callable[..., Peer]) -> None:
    connection, far = await driver.meet(peer())
    faults_of(driver).create(fault("f"))
    driver.ask(Send(connection, b"held"))

    faults_of(driver).update(fault("f", Latency(0.0)))

    await far.until_received(b"held")


async def test_bytes_meet_faults_in_the_order_of_their_making(
    driver: Driver, peer: Callable[..., Peer]
) -> None:
    faults_of(driver).create(fault("a", InsertBytes(0, b"a")))
    faults_of(driver).create(fault("b", InsertBytes(0, b"b")))
    connection, far = await driver.meet(peer())

    driver.ask(Send(connection, b"."))

    await far.until_received(b"ba.")  # the second sees what the first has put there


async def test_a_fault_ends_with_the_socket_that_it_is_for(driver: Driver, peer: Callable[..., Peer]) -> None:
    connection, _ = await driver.meet(peer())
    faults_of(driver).create(fault("its", target=Target(socket_id=connection)))
    faults_of(driver).create(fault("other"))

    await driver.completed(driver.ask(Close(connection)))

    assert names(driver) == ["other"]
    [told] = [event.body for event in driver.events if isinstance(event.body, FaultEnded)]
    assert isinstance(told, FaultEnded)
    assert (told.fault, told.end) == ("its", FaultEnd.TARGET_GONE)


async def test_a_socket_is_born_with_faults_that_end_with_it(
    driver: Driver, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    born = (fault("born", InsertBytes(0, b"!")),)
    connecting = driver.connect(listener, faults=born)
    far = await listener.accepted()
    driver.ask(Send(connecting.socket_id, b"?"))
    await far.until_received(b"!?")

    other, second = await driver.meet(listener)
    driver.ask(Send(other, b"?"))
    await second.until_received(b"?")  # it is not for others

    await driver.completed(driver.ask(Close(connecting.socket_id)))
    assert names(driver) == []


async def test_a_request_whose_faults_have_a_name_that_is_taken_is_refused(
    driver: Driver, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    faults_of(driver).create(fault("taken"))
    request = Connect(0, Endpoint(listener.host, listener.port), make=True, faults=(fault("taken"),))

    assert driver.refused(request).reason is Reason.FAULT_NAME_USED


async def test_a_request_whose_faults_are_refused_makes_nothing(
    driver: Driver, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    wrong = (fault("good"), fault("bad", Latency(-1.0)))
    request = Connect(0, Endpoint(listener.host, listener.port), make=True, faults=wrong)

    assert driver.refused(request).reason is Reason.MALFORMED

    assert (names(driver), driver.engine.sockets, listener.connections) == ([], 0, [])


async def test_firings_are_told_singly_and_then_together_with_an_exact_count(
    driver: Driver, peer: Callable[..., Peer]
) -> None:
    listener = peer()
    faults_of(driver).create(fault("no", ConnectFailure()))
    count = 150

    for _ in range(count):
        assert (await driver.completed(driver.connect(listener))).status is Status.CONNECTION_REFUSED
    faults_of(driver).end_all(FaultEnd.DELETED)

    told = [event.body for event in driver.events if isinstance(event.body, FaultFired)]
    counts = [body.firings for body in told if isinstance(body, FaultFired)]
    assert sum(counts) == count


async def test_a_fault_of_no_chance_makes_no_connection_slower(
    driver: Driver, peer: Callable[..., Peer]
) -> None:
    connection, far = await driver.meet(peer())
    active = faults_of(driver).create(fault("never", timing=Timing(probability=0.0)))

    driver.ask(Send(connection, b"x"))

    await far.until_received(b"x")
    assert (active.counts.decisions, active.counts.firings) == (1, 0)
