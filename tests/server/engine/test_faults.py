"""The faults of a session: their names, their number, their order, with what they end, and what that lets go."""

import asyncio
from collections.abc import Callable

import pytest
from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver
from tests.server.engine.listeners import listening

from telesock.server.core.events import FaultEnd, FaultEnded, FaultFired
from telesock.server.core.faults.connecting import ConnectFailure, NeverAccept, ResolveFailure
from telesock.server.core.faults.datagrams import DatagramLoss
from telesock.server.core.faults.inserting import InsertBytes
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.limiting import Limit
from telesock.server.core.faults.peers import Peers
from telesock.server.core.faults.slicing import Slices
from telesock.server.core.faults.stalling import Stall
from telesock.server.core.faults.values import Effect, Fault, Target, Timing
from telesock.server.core.limits import Limits
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Accept, Close, Connect, Endpoint, Send
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category
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


async def test_a_session_has_no_more_peers_in_its_faults_than_it_may(driver: Driver) -> None:
    many = Target(peers=Peers(*["a.example"] * 4_000))
    faults = faults_of(driver)
    for name in "abcd":
        faults.create(fault(name, ResolveFailure(), target=many))

    assert refused(driver, fault("e", ResolveFailure(), target=many)) is Reason.TOO_MANY_FAULTS
    faults.update(fault("d", ResolveFailure(), target=many))
    with pytest.raises(Refused) as grown:
        faults.update(fault("d", ResolveFailure(), target=Target(peers=Peers(*["a.example"] * 4_385))))
    assert grown.value.reason is Reason.TOO_MANY_FAULTS
    assert [each.fault.name for each in faults] == ["a", "b", "c", "d"]


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


async def test_an_updated_fault_keeps_its_place_on_a_live_connection(
    driver: Driver, peer: Callable[..., Peer]
) -> None:
    connection, far = await driver.meet(peer())
    faults_of(driver).create(fault("a", InsertBytes(0, b"aa")))
    faults_of(driver).create(fault("limit", Limit(size=3)))
    other, second = await driver.meet(driver_peer := peer())

    faults_of(driver).update(fault("a", InsertBytes(0, b"bb")))
    driver.ask(Send(connection, b"cccc"))
    driver.ask(Send(other, b"cccc"))

    await far.until_end()
    await second.until_end()
    assert (bytes(far.received), bytes(second.received)) == (b"bbc", b"bbc")
    driver_peer.close()


async def test_bytes_that_a_fault_holds_stay_in_order_when_one_before_it_is_updated(
    driver: Driver, peer: Callable[..., Peer]
) -> None:
    connection, far = await driver.meet(peer())
    faults_of(driver).create(fault("a", Latency(0.0)))
    faults_of(driver).create(fault("b"))  # a stall
    driver.ask(Send(connection, b"first "))

    faults_of(driver).update(fault("a", Latency(0.01)))
    driver.ask(Send(connection, b"second"))
    faults_of(driver).create(fault("c", Latency(0.0)))
    faults_of(driver).end(faults_of(driver).find("b"), FaultEnd.DELETED)

    await far.until_received(b"first second")


async def test_an_accept_keeps_room_for_the_faults_that_its_socket_is_to_have(agent: Agent) -> None:
    driver = agent.start(Limits(faults=3))
    listener, _ = listening(driver)
    two = (fault("", Latency(0.0)), fault("", Latency(0.0)))
    accepting = driver.ask(Accept(listener, faults=two))

    assert driver.refused(Accept(listener, faults=two)).reason is Reason.TOO_MANY_FAULTS
    driver.engine.cancel(driver.session, accepting.operation_id)
    driver.ask(Accept(listener, faults=two))


@pytest.mark.parametrize(
    ("effect", "category"),
    [
        (DatagramLoss(), Category.CONNECTION),
        (NeverAccept(), Category.CONNECTION),
        (Stall(), Category.DATAGRAM),
        (Stall(), Category.LISTENING),
        (ConnectFailure(), Category.LISTENING),
    ],
)
async def test_an_effect_that_can_never_act_on_its_socket_is_refused(
    driver: Driver, effect: Effect, category: Category
) -> None:
    socket = driver.create(category)

    assert refused(driver, fault(effect=effect, target=Target(socket_id=socket))) is Reason.MALFORMED


@pytest.mark.parametrize("effect", [NeverAccept(), DatagramLoss(), ConnectFailure()])
async def test_an_accept_takes_no_fault_that_cannot_act_on_what_it_accepts(
    driver: Driver, effect: Effect
) -> None:
    listener, _ = listening(driver)

    assert driver.refused(Accept(listener, faults=(fault("", effect),))).reason is Reason.MALFORMED


async def test_small_slices_let_others_have_their_turn(driver: Driver, peer: Callable[..., Peer]) -> None:
    connection, far = await driver.meet(peer())
    faults_of(driver).create(fault(effect=Slices(1)))
    most, before = 0, 0

    driver.ask(Send(connection, bytes(5000)))
    while len(far.received) < 5000:
        await asyncio.sleep(0)
        gone = driver.connection(connection).sends.written
        most, before = max(most, gone - before), gone

    assert most <= 4 * 64  # pieces of one turn; more than one thing may wake it in a turn of the loop


async def test_a_session_ends_though_one_of_its_faults_does_not(
    agent: Agent, peer: Callable[..., Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = agent.start()
    await driver.meet(peer())
    faults_of(driver).create(fault())
    monkeypatch.setattr(SessionFaults, "end_all", lambda faults, end: 1 / 0)

    driver.engine.sessions.end(driver.session, SessionEnd.CLOSED)

    assert (driver.engine.sockets, len(driver.engine.sessions)) == (0, 0)
    assert [type(bug) for bug in agent.bugs] == [ZeroDivisionError]
    agent.bugs.clear()
