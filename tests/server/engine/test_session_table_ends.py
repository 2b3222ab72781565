"""How sessions end: with their lease or at a word, with everything in them, and nothing left behind."""

from collections.abc import Callable

from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver, failed

from telesock.server.core.events import SessionExpiring, SocketClosed
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import (
    Bind,
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
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status
from telesock.server.engine.sessions import HeldSession
from telesock.server.engine.sockets import Socket

Listen = Callable[..., Peer]

SHORT = 1.0  # seconds, the shortest lease


def end(driver: Driver, session: HeldSession, why: SessionEnd = SessionEnd.CLOSED) -> None:
    driver.engine.sessions.end(session, why)


async def test_a_session_ends_with_its_lease_and_warns_before(agent: Agent) -> None:
    driver = agent.start(lease=SHORT)
    with driver.reading():
        await driver.until(lambda: driver.session.ended is not None)
        warnings = [event.body for event in driver.events]

    assert driver.session.ended is SessionEnd.LEASE_EXPIRED
    assert len(warnings) == 1
    assert isinstance(warnings[0], SessionExpiring)
    assert 0 < warnings[0].expires_in <= SHORT / 3


async def test_a_session_that_is_heard_of_goes_on(agent: Agent) -> None:
    short = agent.start(lease=SHORT)
    other = short.another(lease=SHORT)
    with other.reading():
        await other.until(lambda: bool(other.events))  # its warning
        short.engine.sessions.renew(short.session)
        await other.until(lambda: other.session.ended is not None)

    assert short.session.ended is None
    assert 0 < short.engine.sessions.remaining(short.session) <= SHORT


async def test_a_lease_that_ends_completes_all_that_is_pending_and_resets_every_connection(
    agent: Agent, peer: Listen, silence: Endpoint
) -> None:
    driver = agent.start(lease=SHORT)
    stalled = peer(receive_buffer=4096, reading=False)
    connection, far = await driver.meet(stalled)
    idle, far_idle = await driver.meet(peer())
    bound = driver.create()
    driver.ask(Bind(bound, Endpoint("", 0)))
    asked = [
        driver.ask(Receive(connection, 10)),
        driver.ask(Connect(bound, silence)),
        driver.connect(silence),
    ]
    asked += [driver.ask(Send(connection, bytes(1 << 20))) for _ in range(8)]
    asked.append(driver.ask(Disconnect(connection)))
    pending = [operation for operation in asked if not operation.sequence]
    with driver.reading():
        await driver.until(lambda: driver.session.ended is not None)
        endings = {failed(completion)[:2] for each in pending if (completion := driver.completion(each))}
        told = driver.told(idle, SocketClosed)

    cause = Cause(Origin.DEADLINE, Phase.CLOSE, detail="the session's lease expired")
    assert endings == {(Status.CANCELLED, Origin.DEADLINE)}
    assert told == [SocketClosed(Status.CANCELLED, cause)]
    assert (driver.session.ledger.pending, driver.engine.sockets) == (0, 0)
    far.resume_reading()
    for end_of_it in (far, far_idle):
        await end_of_it.until_end()
        assert end_of_it.saw_reset


async def test_a_session_without_readers_leaves_no_event_behind(driver: Driver) -> None:
    driver.create()
    end(driver, driver.session)

    assert driver.events == []


async def test_an_ended_session_takes_nothing_more(driver: Driver) -> None:
    end(driver, driver.session)

    lost = driver.refused(CreateSocket(0, Category.BASIC, Family.ANY))

    assert (lost.reason, lost.metadata["cause"]) == (Reason.SESSION_LOST, "CLOSED")


async def test_a_socket_that_cannot_be_taken_away_is_reported_and_keeps_no_other_alive(
    agent: Agent, peer: Listen
) -> None:
    class Stuck(Socket):
        def take_away(self, failure: Failure) -> None:
            raise RuntimeError("a bug")

    driver = agent.start()
    connection, far = await driver.meet(peer())
    session = driver.session
    session.sockets = {99: Stuck(driver.engine, session, 99, Category.BASIC), **session.sockets}

    end(driver, session)
    await far.until_end()

    assert (far.saw_reset, [str(bug) for bug in agent.bugs]) == (True, ["a bug"])
    assert connection not in session.sockets
    agent.bugs.clear()
