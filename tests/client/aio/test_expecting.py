import asyncio
import re
import threading
from collections.abc import Awaitable, Callable

import pytest
from tests.agents import AgentProcess, RunningAgent
from tests.peers import Peer
from tests.relays import Relay

from telesock.client import (
    AsyncClient,
    AsyncSession,
    EventExpected,
    EventKind,
    IndicationKind,
    OperationKind,
    SessionClosed,
    SessionLost,
    Status,
)
from telesock.server.core.limits import Limits
from telesock.v1.events_pb2 import Event

Listen = Callable[..., Peer]
StartAgent = Callable[..., Awaitable[RunningAgent]]
DISCONNECT = [IndicationKind.DISCONNECT]


def without_times(text: str) -> str:
    return re.sub(r"\d\d:\d\d:\d\d\.\d\d\d", "TIME", text)


async def nothing_is_left(before: "set[asyncio.Task[object]]") -> None:
    """Wait until there are no tasks but those before; the agent's side of a stream is in this process too."""
    while new := asyncio.all_tasks() - before:
        await asyncio.wait(new)
    assert [each for each in threading.enumerate() if isinstance(each, threading.Timer)] == []


async def test_an_event_that_comes_is_returned(session: AsyncSession, peer: Listen) -> None:
    listener = peer()
    socket = await session.connect(listener.host, listener.port, indications=DISCONNECT)
    expecting = asyncio.ensure_future(session.expect(EventKind.PEER_DISCONNECTED, socket=socket))
    (await listener.accepted()).reset()
    event = await expecting

    assert (event.socket_id, Status(event.peer_disconnected.status)) == (
        socket.socket_id,
        Status.CONNECTION_RESET,
    )


async def test_an_event_that_came_before_the_call_is_not_missed(session: AsyncSession) -> None:
    for _ in range(3):
        await session.create_socket()

    assert (await session.expect("create_socket", within=0)).sequence == 1


async def test_each_is_looked_for_behind_the_one_that_was_expected_before(session: AsyncSession) -> None:
    for _ in range(2):
        await session.create_socket()
    await session.resolve("127.0.0.1")
    found = [await session.expect("create socket") for _ in range(2)]
    resolved = await session.expect(OperationKind.RESOLVE)

    assert [*(event.sequence for event in found), resolved.sequence] == [1, 2, 3]
    assert (await session.expect("completion", after=0)).sequence == 1
    assert (await session.expect("completion")).sequence == 2


async def test_one_begins_anew_behind_what_has_come(session: AsyncSession) -> None:
    await session.create_socket()
    start = session.last_sequence
    expecting = asyncio.ensure_future(session.expect("create_socket", after=start))
    await session.create_socket()

    assert (await expecting).sequence == 2


async def test_calls_at_once_begin_at_the_same_event(session: AsyncSession) -> None:
    expecting = [asyncio.ensure_future(session.expect(kind)) for kind in ("resolve", "create-socket")]
    await session.create_socket()
    await session.resolve("127.0.0.1")

    assert [event.sequence for event in [await each for each in expecting]] == [2, 1]


async def test_calls_at_once_leave_the_position_at_the_last_event_that_any_has_found(
    session: AsyncSession,
) -> None:
    for _ in range(8):
        await session.resolve("127.0.0.1")

    def numbered(sequence: int) -> Callable[[Event], bool]:
        return lambda event: event.sequence == sequence

    backwards = range(8, 0, -1)
    found = await asyncio.gather(*(session.expect("resolve", where=numbered(each)) for each in backwards))
    with pytest.raises(EventExpected):
        await session.expect("resolve", within=0)

    assert [event.sequence for event in found] == [*backwards]


async def test_the_failure_shows_what_was_nearly_it_and_what_came_instead(
    session: AsyncSession, peer: Listen
) -> None:
    listener = peer()
    await session.connect(listener.host, listener.port, indications=DISCONNECT)
    second = await session.connect(listener.host, listener.port, indications=DISCONNECT)
    for connection in listener.connections:
        connection.finish()
        await session.expect("peer_disconnected")
    before = asyncio.all_tasks()
    with pytest.raises(EventExpected) as raised:
        await session.expect(
            "peer_disconnected",
            within=0.02,
            socket=second,
            where=lambda event: int(event.peer_disconnected.status) == Status.CONNECTION_RESET,
            after=2,
        )

    await nothing_is_left(before)
    assert isinstance(raised.value, AssertionError)
    ways = [f"127.0.0.1:{each.remote[1]} → 127.0.0.1:{listener.port}" for each in listener.connections]
    assert without_times(str(raised.value)).splitlines() == [
        "no peer disconnected on socket 2 that `where` takes within 0.02 s",
        "nearly, but `where` says no to 1:",
        "  #4   TIME  socket 2  peer disconnected  graceful: it sends no more",
        "      peer_disconnected { kind: PEER_DISCONNECT_KIND_GRACEFUL }",
        "what came instead:",
        "  #3   TIME  socket 1  peer disconnected  graceful: it sends no more   ← on another socket",
        "  #4   TIME  socket 2  peer disconnected  graceful: it sends no more",
        "before that, up to #2:",
        f"  #1   TIME  socket 1  connect 1          SUCCESS {ways[0]}",
        f"  #2   TIME  socket 2  connect 2          SUCCESS {ways[1]}",
    ]
    assert [event.sequence for event in raised.value.nearly] == [4]


async def test_the_failure_tells_of_one_that_came_before_those_that_count(session: AsyncSession) -> None:
    await session.create_socket()
    await session.resolve("127.0.0.1")
    await session.expect("resolve")
    with pytest.raises(EventExpected) as raised:
        await session.expect("create_socket", within=0)

    assert without_times(str(raised.value)).splitlines() == [
        "no completion of a create socket by now",
        "nothing came behind event 2",
        "before that, up to #2:",
        "  #1   TIME  socket 1  create socket 1    SUCCESS",
        "  #2   TIME            resolve 2          SUCCESS 127.0.0.1",
        "#1 would have been it, but only events behind #2 count: that is the last one expected; "
        "after=0 begins before it",
    ]


async def test_where_nothing_came_that_is_all_that_is_said(session: AsyncSession) -> None:
    with pytest.raises(EventExpected) as raised:
        await session.expect("draining", within=0.01)

    assert str(raised.value) == "no draining within 0.01 s\nnothing came"


async def test_events_that_are_gone_at_the_agent_are_told_of(
    start_agent: StartAgent,
) -> None:
    agent = await start_agent(limits=Limits(journal_events=64))
    async with AsyncClient(agent.address) as client, client.session() as session:
        for _ in range(200):
            await session.resolve("127.0.0.1")
        with pytest.raises(EventExpected) as raised:
            await session.expect("create_socket", within=0.05)

    lines = str(raised.value).splitlines()
    gap = re.fullmatch(r"events 1 to (\d+) are gone at the agent, .*: nobody could look at them", lines[-1])
    assert gap is not None
    assert 100 <= int(gap[1]) < 200


async def test_a_session_that_is_closed_meanwhile_is_told(client: AsyncClient) -> None:
    async with client.session() as session:
        await session.create_socket()
        expecting = asyncio.ensure_future(session.expect("peer_disconnected", within=30))
        await session.expect("create_socket")
    with pytest.raises(EventExpected, match=r"no peer disconnected after \S+ of 30 s: .*closed") as raised:
        await expecting
    with pytest.raises(EventExpected, match="this program has left session") as again:
        await session.expect("peer_disconnected")

    assert [type(each.value.__cause__) for each in (raised, again)] == [SessionClosed, SessionClosed]


async def test_a_session_that_is_lost_meanwhile_is_told(
    start_agent_process: Callable[..., Awaitable[AgentProcess]],
) -> None:
    process = await start_agent_process()
    async with AsyncClient(process.address) as client, client.session(lease=1.0) as session:
        expecting = asyncio.ensure_future(session.expect("peer_disconnected", within=30))
        await session.create_socket()
        process.kill()
        with pytest.raises(EventExpected, match=r"no peer disconnected after .* of 30 s: ") as raised:
            await expecting

    assert isinstance(raised.value.__cause__, SessionLost)


async def test_an_agent_that_does_not_answer_is_told(
    agent: RunningAgent, relay: Callable[[str], Awaitable[Relay]]
) -> None:
    way = await relay(agent.address)
    async with AsyncClient(way.address) as client, client.session() as session:
        await session.create_socket()
        way.block()
        with pytest.raises(EventExpected) as raised:
            await session.expect("peer_disconnected", within=0.3)
        await way.unblock()

    assert str(raised.value).startswith("no peer disconnected within 0.3 s: the agent does not answer")


async def test_what_where_raises_is_raised_and_nothing_is_left(session: AsyncSession) -> None:
    await session.create_socket()
    before = asyncio.all_tasks()

    def where(event: Event) -> bool:
        raise LookupError(f"no such field in {event.sequence}")

    with pytest.raises(LookupError, match="no such field in 1"):
        await session.expect("create_socket", where=where)
    await nothing_is_left(before)


async def test_a_task_that_is_cancelled_expects_no_longer_and_leaves_nothing(session: AsyncSession) -> None:
    await session.create_socket()
    before = asyncio.all_tasks()
    looked = asyncio.Event()

    def where(_: Event) -> bool:
        looked.set()
        return False

    expecting = asyncio.ensure_future(session.expect("create_socket", where=where))
    await looked.wait()
    expecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await expecting
    await nothing_is_left(before)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"event_kind": "peer_disconected"},
            "there is no event or operation 'peer_disconected'; there is peer_dis",
        ),
        ({"event_kind": "draining", "within": -1}, "within=-1: it is seconds, 0 or more"),
    ],
)
async def test_mistakes_are_told_at_once(session: AsyncSession, wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        await session.expect(**wrong)  # type: ignore[arg-type]  # that is the mistake
