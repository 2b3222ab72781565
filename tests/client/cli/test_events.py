"""`telesock events`: a session's story for programs and for people, to its end or for as long as it goes on."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from tests.agents import AgentProcess, RunningAgent
from tests.dialers import dial
from tests.peers import Peer
from tests.programs import Ended, RunningProgram, credential, run_on_terminal
from tests.relays import Relay

from telesock.client import AsyncClient, AsyncSession, AsyncSocket, IndicationKind, Latency, Repeat
from telesock.server.core.limits import Limits

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]
MakePeer = Callable[..., Peer]

KINDS = (
    "completion, data_received, peer_disconnected, socket_closed, credit_stalled, session_expiring, draining, "
    "datagram_received, connection_accepted, connection_inspect, connection_inspect_aborted, "
    "send_backlog_changed, chain_progress, fault_fired, fault_ended, relay_connected, relay_ended, "
    "policy_denied"
)


@pytest.fixture
async def story(session: AsyncSession, peer: MakePeer) -> AsyncSocket:
    """Five events: socket 1 connects, is told of 5 bytes, socket 2 connects, both are closed."""
    listener = peer()
    first = await session.connect(listener.host, listener.port, indications=[IndicationKind.DATA])
    (await listener.accepted()).send(b"hello")
    await anext(first.indications())
    second = await session.connect(listener.host, listener.port)
    await first.close()
    await second.close()
    return first


def read_lines(ended: Ended) -> list[dict[str, Any]]:
    assert (ended.status, ended.stderr) == (0, "")
    return [json.loads(line) for line in ended.stdout.splitlines()]


async def test_on_a_pipe_every_event_is_a_line_of_json(
    telesock: Telesock, agent: RunningAgent, session: AsyncSession, story: AsyncSocket
) -> None:
    told = read_lines(await telesock("events", agent=agent.address, session=credential(session)))

    assert [(event["sequence"], event["socket_id"], event["operation_id"]) for event in told] == [
        ("1", "1", "1"),
        ("2", "1", "0"),
        ("3", "2", "2"),
        ("4", "1", "3"),
        ("5", "2", "4"),
    ]
    head = {"sequence", "monotonic_ns", "wall_ns", "socket_id", "operation_id"}
    assert [event.keys() - head for event in told] == [
        {"completion"},
        {"data_received"},
        {"completion"},
        {"completion"},
        {"completion"},
    ]
    assert told[1]["data_received"] == {"data": "aGVsbG8=", "stream_offset": "0"}


@pytest.mark.parametrize(
    ("arguments", "sequences"),
    [
        (("--after", "3"), ["4", "5"]),
        (("--after", "5"), []),
        (("--kind", "data-received"), ["2"]),
        (("--kind", "completion", "--socket", "1"), ["1", "4"]),
        (("--socket", "1", "--socket", "2", "--kind", "data_received", "--kind", "draining"), ["2"]),
        (("--socket", "7"), []),
    ],
)
async def test_only_what_was_asked_for_is_told(
    telesock: Telesock,
    agent: RunningAgent,
    session: AsyncSession,
    story: AsyncSocket,
    arguments: tuple[str, ...],
    sequences: list[str],
) -> None:
    ended = await telesock("events", *arguments, agent=agent.address, session=credential(session))

    assert [event["sequence"] for event in read_lines(ended)] == sequences


async def test_a_session_without_a_story_is_told_at_once(
    telesock: Telesock, agent: RunningAgent, session: AsyncSession
) -> None:
    assert await telesock("events", agent=agent.address, session=credential(session)) == Ended(0, "", "")


@pytest.mark.parametrize("columns", [80, 120])
async def test_on_a_terminal_the_story_is_a_table_that_fits(
    agent: RunningAgent, session: AsyncSession, story: AsyncSocket, columns: int
) -> None:
    shown = await run_on_terminal("events", agent=agent.address, session=credential(session), columns=columns)

    lines = shown.splitlines()
    assert max(map(len, lines)) <= columns
    assert lines[0].split() == ["time", "seq", "socket", "operation", "kind", "what", "came", "of", "it"]
    rows = [line.split()[1:] for line in lines[1:] if not line.startswith(" " * 12)]
    assert [row[:6] for row in rows] == [
        ["1", "1", "1", "connect", "completion", "SUCCESS"],
        ["2", "1", "data", "received", "5", "bytes,"],
        ["3", "2", "2", "connect", "completion", "SUCCESS"],
        ["4", "1", "3", "close", "completion", "SUCCESS"],
        ["5", "2", "4", "close", "completion", "SUCCESS"],
    ]


async def test_following_tells_what_happens_until_the_session_is_closed(
    start_telesock: StartTelesock, agent: RunningAgent, client: AsyncClient, peer: MakePeer
) -> None:
    listener = peer()
    async with client.session() as session:
        program = await start_telesock("events", "-f", agent=agent.address, session=credential(session))
        connection = await session.connect(listener.host, listener.port)
        first = json.loads(await program.stdout.readline())
        await connection.close()
        second = json.loads(await program.stdout.readline())
        session_id = session.session_id

    assert (first["sequence"], second["sequence"]) == ("1", "2")
    assert await program.ended() == Ended(0, "", f"telesock: session {session_id} was closed\n")


async def test_following_leaves_the_session_to_its_owner(
    start_telesock: StartTelesock, agent: RunningAgent, session: AsyncSession, story: AsyncSocket
) -> None:
    program = await start_telesock("events", "-f", agent=agent.address, session=credential(session))
    await program.stdout.readline()

    with pytest.raises(ConnectionRefusedError):
        await session.connect("127.0.0.1", 1)

    assert session.lost is None


async def test_reading_acknowledges_nothing(
    telesock: Telesock, agent: RunningAgent, client: AsyncClient
) -> None:
    credentials = (await telesock("session", "open", agent=agent.address)).stdout.strip()
    (held,) = agent.engine.sessions
    async with client.attach_session(held.session_id, held.token) as session:
        with pytest.raises(ConnectionRefusedError):
            await session.connect("127.0.0.1", 1)

    told = read_lines(await telesock("events", agent=agent.address, session=credentials))

    assert (len(told), held.journal.acknowledged_sequence) == (1, 0)


async def test_following_outlives_a_broken_connection_without_missing_or_repeating_anything(
    start_telesock: StartTelesock,
    agent: RunningAgent,
    session: AsyncSession,
    story: AsyncSocket,
    peer: MakePeer,
    relay: Callable[[str], Awaitable[Relay]],
) -> None:
    way = await relay(agent.address)
    listener = peer()
    program = await start_telesock("events", "--follow", agent=way.address, session=credential(session))
    before = [json.loads(await program.stdout.readline())["sequence"] for _ in range(5)]

    way.cut()
    await session.connect(listener.host, listener.port)

    after = json.loads(await program.stdout.readline())["sequence"]
    assert (before, after) == (["1", "2", "3", "4", "5"], "6")


async def test_following_outlives_a_connection_that_breaks_again_and_again_while_it_is_made(
    start_telesock: StartTelesock,
    agent: RunningAgent,
    session: AsyncSession,
    story: AsyncSocket,
    peer: MakePeer,
    relay: Callable[[str], Awaitable[Relay]],
) -> None:
    way = await relay(agent.address)
    listener = peer()
    program = await start_telesock("events", "--follow", agent=way.address, session=credential(session))
    before = [json.loads(await program.stdout.readline())["sequence"] for _ in range(5)]

    for _ in range(4):
        way.cut()
        await way.taken()
    way.cut()
    await session.connect(listener.host, listener.port)

    after = json.loads(await program.stdout.readline())["sequence"]
    assert (before, after) == (["1", "2", "3", "4", "5"], "6")


async def test_following_an_agent_that_is_killed_is_a_failure(
    start_telesock: StartTelesock,
    telesock: Telesock,
    start_agent_process: Callable[..., Awaitable[AgentProcess]],
) -> None:
    process = await start_agent_process()
    async with AsyncClient(process.address) as client, client.session(lease=1.0) as session:
        program = await start_telesock(
            "events", "--follow", agent=process.address, session=credential(session)
        )
        with pytest.raises(ConnectionRefusedError):
            await session.connect("127.0.0.1", 1)
        await program.stdout.readline()

        process.kill()

        ended = await program.ended()
    assert (ended.status, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert ended.stderr.startswith(f"telesock: no events from the agent at {process.address} for 5 s: ")


async def test_following_a_session_whose_lease_expires_is_a_failure(
    telesock: Telesock, agent: RunningAgent
) -> None:
    opened = await telesock("session", "open", "--lease", "2s", agent=agent.address)

    ended = await telesock(
        "events", "--follow", "--kind", "completion", agent=agent.address, session=opened.stdout.strip()
    )

    session_id = opened.stdout.partition(".")[0]
    assert ended == Ended(
        1, "", f"telesock: session '{session_id}' is lost (LEASE_EXPIRED); open a new one\n"
    )


async def test_an_interrupt_ends_following(
    start_telesock: StartTelesock, agent: RunningAgent, session: AsyncSession, story: AsyncSocket
) -> None:
    program = await start_telesock("events", "--follow", agent=agent.address, session=credential(session))
    for _ in range(5):
        await program.stdout.readline()

    program.interrupt()

    assert await program.ended() == Ended(130, "", "")


@pytest.fixture
async def short_memory(
    start_agent: Callable[..., Awaitable[RunningAgent]],
) -> AsyncIterator[tuple[str, AsyncSession]]:
    """An agent's address, and a session on it whose journal keeps at most 8 of its 20 events."""
    agent = await start_agent(limits=Limits(journal_events=8))
    async with AsyncClient(agent.address) as client, client.session() as session:
        for _ in range(20):
            with pytest.raises(ConnectionRefusedError):
                await session.connect("127.0.0.1", 1)
        yield agent.address, session


async def test_what_is_gone_for_good_is_a_line_of_its_own(
    telesock: Telesock, short_memory: tuple[str, AsyncSession]
) -> None:
    address, session = short_memory

    gap, *told = read_lines(await telesock("events", agent=address, session=credential(session)))

    first = 21 - len(told)
    assert gap == {"gap": {"first_sequence": "1", "last_sequence": str(first - 1)}}
    assert [event["sequence"] for event in told] == [str(number) for number in range(first, 21)]


async def test_what_is_gone_for_good_is_told_to_a_person_too(
    short_memory: tuple[str, AsyncSession],
) -> None:
    address, session = short_memory

    shown = await run_on_terminal("events", agent=address, session=credential(session), columns=120)

    _, gap, first, *_ = shown.splitlines()
    assert gap == f"gap: events 1 to {int(first.split()[1]) - 1} are gone"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("--after", "1"), 1, "start_after: 1 is above the session's last event, 0"),
        (
            ("--kind", "death"),
            2,
            f"invalid value for '--kind': 'death' is none of {KINDS}; see telesock events --help",
        ),
        (
            ("--session", "s-0.x"),
            1,
            "no session 's-0' is open here under this token; open one with OpenSession",
        ),
    ],
)
async def test_what_cannot_be_told_is_one_line(
    telesock: Telesock,
    agent: RunningAgent,
    session: AsyncSession,
    arguments: tuple[str, ...],
    status: int,
    message: str,
) -> None:
    ended = await telesock("events", *arguments, agent=agent.address, session=credential(session))

    assert ended == Ended(status, "", f"telesock: {message}\n")


async def test_the_progress_of_a_chain_is_told_with_the_chain(
    agent: RunningAgent, session: AsyncSession, peer: MakePeer
) -> None:
    listener = peer()
    connection = await session.connect(listener.host, listener.port)
    chain = session.chain(repeat=Repeat(2, progress_every=1))
    chain.on(connection).send(b"ab")
    await chain.submit()

    shown = await run_on_terminal(
        *("events", "--kind", "chain-progress"),
        agent=agent.address,
        session=credential(session),
        columns=120,
    )

    assert "chain progress    1 rounds, 2 bytes" in shown
    assert " 2 chain " in shown


async def test_the_number_of_a_socket_that_the_agent_made_is_told_whole(
    agent: RunningAgent, session: AsyncSession, peer: MakePeer
) -> None:
    upstream = peer()
    async with session.relay((upstream.host, upstream.port), faults=[Latency(0.0)]) as relay:
        far = await dial(*relay.address)
        (await upstream.accepted()).send(b"hello")
        await far.until_bytes(5)
    far.close()

    shown = await run_on_terminal(
        *("events", "--kind", "fault-fired"), agent=agent.address, session=credential(session), columns=160
    )

    assert re.search(r"fault fired +socket 9223372036854775\d{3}, latency-1: decision 0, sending", shown)
