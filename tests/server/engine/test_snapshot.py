"""A snapshot says what the engine has at the moment, and what it has done so far."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from tests.agents import RunningAgent
from tests.peers import Peer

from telesock.client import AsyncClient, OperationDelay
from telesock.client.errors import TelesockError
from telesock.server.core.events import EventKind
from telesock.server.core.limits import Limits
from telesock.server.core.policy import PolicyAction
from telesock.server.core.refusal import Reason
from telesock.server.core.requests import OperationKind
from telesock.server.core.session import SessionEnd
from telesock.server.core.states import Category, State
from telesock.server.core.statistics import Statistics
from telesock.server.core.status import Status
from telesock.server.engine.snapshot import Now, Snapshot, take_snapshot

Start = Callable[..., Awaitable[RunningAgent]]
Listen = Callable[..., Peer]


class Watched:
    """An agent whose sessions are counted."""

    def __init__(self, agent: RunningAgent) -> None:
        self.engine = agent.engine
        self.address = agent.address
        self.statistics = Statistics(time.monotonic_ns)
        self.engine.sessions.watch(self.statistics, None)

    def look(self) -> Snapshot:
        return take_snapshot(self.engine, self.statistics)


@pytest.fixture
async def watched(start_agent: Start) -> Watched:
    return Watched(await start_agent())


@pytest.fixture
async def client(watched: Watched) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(watched.address) as connected:
        yield connected


def test_an_agent_that_has_nothing_says_so(watched: Watched) -> None:
    now, so_far = watched.look()

    assert now == Now(0, 0, {}, 0, 0, 0, Limits.total_journal_bytes, 0.0, 0, 0, {}, 0, now.tasks, False)
    assert so_far.operations == {}
    assert so_far.refusals == dict.fromkeys(Reason, 0)
    assert so_far.session_ends == dict.fromkeys(
        [SessionEnd.LEASE_EXPIRED, SessionEnd.CLOSED, SessionEnd.AGENT_DRAINED], 0
    )


async def test_it_has_the_sessions_their_sockets_and_their_journals(
    watched: Watched, client: AsyncClient, peer: Listen
) -> None:
    async with client.session() as session:
        first = await session.connect(peer().host, peer().port)
        receiving = first.receive(1)
        await first.send(b"x")  # then that has arrived too
        now, so_far = watched.look()

        assert (now.sessions, now.attachments, now.operations_pending) == (1, 1, 1)
        assert now.sockets == {(Category.CONNECTION, State.CONNECTED): 1}
        assert now.journal_events == 2
        assert 0 < now.journal_fullest < 0.001
        assert now.journal_bytes > 0
        success = Status.SUCCESS
        assert so_far.operations == {
            (OperationKind.CONNECT, success): 1,
            (OperationKind.SEND, success): 1,
        }
        assert so_far.durations[OperationKind.CONNECT].cumulative[-1] == 1
        await receiving.cancel()
    now, so_far = watched.look()

    assert (now.sessions, now.sockets, now.journal_bytes) == (0, {}, 0)
    assert so_far.session_ends[SessionEnd.CLOSED] == 1


async def test_firings_of_a_fault_are_the_same_before_and_after_its_end(
    watched: Watched, client: AsyncClient, peer: Listen
) -> None:
    async with client.session() as session:
        socket = await session.connect(peer().host, peer().port)
        fault = await session.fault(OperationDelay(delay=0.001))
        for _ in range(3):
            await socket.send(b"x")
        now, before = watched.look()
        await fault.remove()
        later, after = watched.look()

    assert (now.faults, later.faults) == ({"operation-delay": 1}, {})
    assert (before.faults_fired, after.faults_fired) == ({"operation-delay": 3}, {"operation-delay": 3})


async def test_denials_are_counted_by_what_was_asked_for(watched: Watched, client: AsyncClient) -> None:
    async with client.session() as session:
        with pytest.raises(TelesockError):
            await session.connect("192.0.2.1", 80)
    _, so_far = watched.look()

    assert so_far.denials[PolicyAction.CONNECT] == 1
    assert so_far.events == {EventKind.POLICY_DENIED: 1}
