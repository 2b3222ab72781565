"""What one direction may hold: its own limit, the agent's, its identity's share, and a little when all is taken."""

from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver

from telesock.server.core.identity import Identity, Quotas
from telesock.server.core.limits import Limits
from telesock.server.core.requests import CreateSocket, Family
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category
from telesock.server.engine.faulted_direction import Counted
from telesock.server.engine.session_table import Opening
from telesock.server.engine.sockets import Socket

LIMITS = Limits(fault_held_bytes=100_000, total_fault_held_bytes=150_000)


def socket_of(driver: Driver) -> Socket:
    made = driver.ask(CreateSocket(0, Category.DATAGRAM, Family.IPV4))
    return driver.session.sockets[made.socket_id]


def of(driver: Driver, identity: Identity) -> Driver:
    """A session of an identity on the same engine."""
    made = driver.another()
    driver.engine.sessions.end(made.session, SessionEnd.CLOSED)
    made.session = driver.engine.open_session(Opening(), identity)
    return made


async def test_many_directions_do_not_overshoot_what_the_agent_may_hold(agent: Agent) -> None:
    socket = socket_of(agent.start(limits=LIMITS))
    first, second, third = Counted(socket), Counted(socket), Counted(socket)

    assert first.room(0) == 100_000
    first.count(100_000)
    assert (first.room(100_000), second.room(0), second.room(20_000)) == (0, 50_000, 30_000)
    second.count(50_000)
    assert (second.room(50_000), third.room(0), third.room(1) <= 0) == (0, 4096, True)
    assert socket.engine.fault_held_bytes == 150_000
    for each in (first, second):
        each.count(0)
    assert (socket.engine.fault_held_bytes, socket.session.fault_held_bytes) == (0, 0)


async def test_one_identity_does_not_use_up_what_faults_may_hold_for_others(agent: Agent) -> None:
    driver = agent.start(limits=LIMITS)
    ann = Identity("ann", quotas=Quotas(pending_send_bytes=10_000))
    mine, others = (socket_of(of(driver, identity)) for identity in (ann, Identity("bob")))
    held, further = Counted(mine), Counted(mine)

    assert held.room(0) == 10_000
    held.count(10_000)

    assert (held.room(10_000), further.room(0), Counted(others).room(0)) == (0, 4096, 100_000)
    held.count(0)
