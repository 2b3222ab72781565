"""`telesock record`: a session, or a lab, into a file that is whole however it ends."""

import asyncio
import fcntl
import os
import sys
import termios
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.agents import AgentProcess, RunningAgent
from tests.identities import People, someone, token_of
from tests.peers import Peer
from tests.programs import Ended, RunningProgram, credential
from tests.relays import Relay

from telesock.client import AsyncClient, AsyncSession, Credentials
from telesock.client.timeline import BadTimeline, Entry, Timeline
from telesock.server.core.identity import Role

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]
MakePeer = Callable[..., Peer]

SMALL = 4096  # bytes, the smallest pipe


async def until(file: Path, happened: Callable[[Timeline], bool]) -> Timeline:
    """Wait for what a file tells; half a line is none yet."""
    while True:
        try:
            timeline = Timeline.read(file)
        except (BadTimeline, FileNotFoundError):
            pass
        else:
            if happened(timeline):
                return timeline
        await asyncio.sleep(0.02)


def lines(timeline: Timeline) -> list[tuple[str, str, str, str]]:
    return [(entry.agent, entry.kind, entry.what, entry.status) for entry in timeline.entries]


def has(what: str, agent: str = "") -> Callable[[Timeline], bool]:
    return lambda timeline: any(each.what == what and agent in ("", each.agent) for each in timeline.entries)


async def until_it_holds(pipe: int, size: int) -> None:
    """Wait until so many bytes are in a pipe, which nobody has read."""
    held = bytearray(4)
    while True:
        fcntl.ioctl(pipe, termios.FIONREAD, held)
        if int.from_bytes(held, sys.byteorder) == size:
            return
        await asyncio.sleep(0.02)


async def test_a_session_is_recorded_from_its_beginning_to_its_end(
    start_telesock: StartTelesock, agent: RunningAgent, client: AsyncClient, peer: MakePeer, tmp_path: Path
) -> None:
    file, listener = tmp_path / "run.jsonl", peer()
    async with client.session() as session:
        connection = await session.connect(listener.host, listener.port)
        command = ("record", "--output", str(file), "--title", "t")
        program = await start_telesock(*command, agent=agent.address, session=credential(session))
        await until(file, has("connect"))
        await connection.send(b"hello")
        await until(file, has("send"))
    ended = await program.ended()
    timeline = Timeline.read(file)

    said = (
        f"telesock: session {session.session_id} was closed; {len(timeline.entries)} entries are in {file}\n"
    )
    assert ended == Ended(0, "", said)
    assert (timeline.title, timeline.agents, list(timeline.clocks)) == (
        "t",
        (agent.address,),
        [agent.address],
    )
    assert lines(timeline)[:2] == [
        (agent.address, "operation", "connect", "SUCCESS"),
        (agent.address, "operation", "send", "SUCCESS"),
    ]
    assert lines(timeline)[-1] == (agent.address, "agent", "session closed", "")
    assert timeline.entries[1].peer == f"{listener.host}:{listener.port}"
    assert all(isinstance(entry.uncertainty_ns, int) for entry in timeline.entries)


@pytest.mark.parametrize("end", ["interrupt", "terminate"])
async def test_it_ends_well_when_it_is_told_to(
    start_telesock: StartTelesock, agent: RunningAgent, session: AsyncSession, tmp_path: Path, end: str
) -> None:
    file = tmp_path / "run.jsonl"
    program = await start_telesock(
        "record", "-o", str(file), agent=agent.address, session=credential(session)
    )
    await until(file, lambda timeline: bool(timeline.clocks))
    getattr(program, end)()

    assert await program.ended() == Ended(0, "", f"telesock: interrupted; 0 entries are in {file}\n")


async def test_all_sessions_of_a_lab_are_recorded_those_to_come_and_the_death_of_an_agent_included(
    start_telesock: StartTelesock,
    start_agent: Callable[..., Awaitable[RunningAgent]],
    start_agent_process: Callable[..., Awaitable[AgentProcess]],
    tmp_path: Path,
) -> None:
    people = People(someone("ann"), someone("eve", Role.OBSERVER))
    one = await start_agent(access=people.access)
    two = await start_agent_process()
    lab, token, file = tmp_path / "lab.toml", tmp_path / "token", tmp_path / "run.jsonl"
    token.write_text(token_of("eve"))
    lab.write_text(
        f'[agents.one]\ntarget = "{one.address}"\ntoken_file = "token"\n[agents.two]\ntarget = "{two.address}"\n'
    )
    program = await start_telesock("record", "--lab", str(lab), "--output", str(file))
    await until(file, lambda timeline: len(timeline.clocks) == 2)
    async with AsyncClient(one.address, credentials=Credentials(token=token_of("ann"))) as client:
        async with client.session() as session:
            await session.create_socket()
            await until(file, has("create socket"))
        await until(file, has("session closed"))
    two.kill()
    timeline = await until(file, has("agent lost"))
    program.interrupt()
    ended = await program.ended()

    assert ended == Ended(0, "", f"telesock: interrupted; {len(timeline.entries)} entries are in {file}\n")
    assert timeline.agents == ("one", "two")
    assert [each for each in lines(timeline) if each[0] == "one"] == [
        ("one", "operation", "create socket", "SUCCESS"),
        ("one", "indication", "socket closed", "CANCELLED"),
        ("one", "agent", "session closed", ""),
    ]
    assert lines(timeline)[-1] == ("two", "agent", "agent lost", "LOST")


async def test_a_lab_that_is_recorded_to_a_reader_who_has_left_ends_without_a_word(
    start_telesock: StartTelesock, start_agent: Callable[..., Awaitable[RunningAgent]], tmp_path: Path
) -> None:
    people = People(someone("ann"), someone("eve", Role.OBSERVER))
    agent, lab = await start_agent(access=people.access), tmp_path / "lab.toml"
    (tmp_path / "token").write_text(token_of("eve"))
    lab.write_text(f'[agents.one]\ntarget = "{agent.address}"\ntoken_file = "token"\n')
    reading, writing = os.pipe()
    program = await start_telesock("record", "--lab", str(lab), "-o", "-", stdout=writing)
    os.close(writing)
    ann = Credentials(token=token_of("ann"))
    async with AsyncClient(agent.address, credentials=ann) as client, client.session() as session:
        await session.create_socket()
        while b"create socket" not in await asyncio.to_thread(os.read, reading, 65536):
            pass
        os.close(reading)
        await asyncio.gather(*(session.create_socket() for _ in range(200)))  # more than is buffered

    assert await program.ended() == Ended(1, "", "")


@pytest.mark.parametrize("end", ["interrupt", "terminate"])
async def test_a_pipe_that_nobody_reads_does_not_keep_it_from_ending(
    start_telesock: StartTelesock, agent: RunningAgent, session: AsyncSession, end: str
) -> None:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, SMALL)
    arguments = ("record", "-o", "-", "--title", "t" * SMALL)
    program = await start_telesock(
        *arguments, agent=agent.address, session=credential(session), stdout=writing
    )
    os.close(writing)
    await until_it_holds(reading, SMALL)
    getattr(program, end)()
    ended = await program.ended()
    os.close(reading)

    said = "telesock: interrupted; nobody reads -: the end of the recording is missing there\n"
    assert ended == Ended(1, "", said)


async def test_a_reader_who_takes_one_line_ends_it_without_a_word_although_nothing_happens(
    start_telesock: StartTelesock, agent: RunningAgent, session: AsyncSession
) -> None:
    reading, writing = os.pipe()
    program = await start_telesock(
        "record", "-o", "-", agent=agent.address, session=credential(session), stdout=writing
    )
    os.close(writing)
    while b'"clock"' not in await asyncio.to_thread(os.read, reading, 65536):
        pass
    os.close(reading)

    assert await program.ended() == Ended(1, "", "")


async def test_a_file_whose_name_ends_as_that_of_another_form_is_refused_before_anything_is_read(
    telesock: Telesock, tmp_path: Path
) -> None:
    file = tmp_path / "run.html"
    ended = await telesock("record", "-o", str(file), "--lab", str(tmp_path / "none.toml"))

    said = f"telesock: {file}: it is recorded as lines of JSON, and their name ends with .jsonl\n"
    assert (ended, file.exists()) == (Ended(2, "", said), False)


async def test_an_agent_that_comes_back_is_read_from_where_it_was_left(
    start_telesock: StartTelesock,
    start_agent: Callable[..., Awaitable[RunningAgent]],
    relay: Callable[[str], Awaitable[Relay]],
    tmp_path: Path,
) -> None:
    people = People(someone("ann"), someone("eve", Role.OBSERVER))
    agent = await start_agent(access=people.access)
    between, lab, file = await relay(agent.address), tmp_path / "lab.toml", tmp_path / "run.jsonl"
    (tmp_path / "token").write_text(token_of("eve"))
    lab.write_text(f'[agents.one]\ntarget = "{between.address}"\ntoken_file = "token"\n')
    program = await start_telesock("record", "--lab", str(lab), "-o", str(file))
    ann = Credentials(token=token_of("ann"))
    async with AsyncClient(agent.address, credentials=ann) as client, client.session() as session:
        await session.create_socket()
        await until(file, has("create socket"))
        between.block()
        await until(file, has("agent lost"))
        await between.unblock()
        await session.resolve("127.0.0.1")
        timeline = await until(file, has("resolve"))
    program.interrupt()
    await program.ended()

    assert [entry.sequence for entry in timeline.entries if entry.sequence] == [1, 2]


async def test_sessions_that_others_own_are_said_to_be_missing_where_one_may_not_observe(
    start_telesock: StartTelesock, agent: RunningAgent, session: AsyncSession, tmp_path: Path
) -> None:
    lab, file = tmp_path / "lab.toml", tmp_path / "run.jsonl"
    lab.write_text(f'[agents.one]\ntarget = "{agent.address}"\n')
    program = await start_telesock("record", "--lab", str(lab), "--output", str(file))
    timeline = await until(file, has("session not read"))
    program.interrupt()
    ended = await program.ended()

    why = "it is gone, or others' sessions are only for an identity with the role observer"
    (entry,) = timeline.entries
    assert entry == Entry(
        entry.at_ns,
        "agent",
        "session not read",
        "one",
        session=session.session_id,
        status="LOST",
        details=why,
    )
    assert ended.stderr.splitlines()[0] == (
        f"telesock: agent one: session {session.session_id} cannot be read: {why}"
    )


async def test_what_cannot_be_recorded_is_said_in_one_line(
    telesock: Telesock, agent: RunningAgent, session: AsyncSession, tmp_path: Path
) -> None:
    nowhere, file, lab = tmp_path / "no" / "x.jsonl", str(tmp_path / "x.jsonl"), tmp_path / "lab.toml"
    named = {"agent": agent.address, "session": credential(session)}
    said = [
        await telesock("record", "-o", str(nowhere), **named),
        await telesock("record", "-o", file, agent=agent.address),
        await telesock("record", "-o", file, "--lab", str(lab)),
    ]

    assert said == [
        Ended(1, "", f"telesock: {nowhere}: No such file or directory\n"),
        Ended(
            2,
            "",
            "telesock: no session is named; say --session SESSION_ID.TOKEN, or set TELESOCK_SESSION to what "
            "`telesock session open` prints\n",
        ),
        Ended(
            1,
            "",
            f"telesock: {lab}: there is no such file; agents are found by a TOML file, compose:PROJECT, "
            "kubernetes:[NAMESPACE/]SELECTOR or dns:NAME[:PORT]\n",
        ),
    ]


async def test_a_session_that_is_not_there_is_a_failure(
    telesock: Telesock, agent: RunningAgent, tmp_path: Path
) -> None:
    file = tmp_path / "run.jsonl"

    ended = await telesock("record", "--output", str(file), agent=agent.address, session="s-nobody.s-secret")

    told = ended.stderr.removeprefix("telesock: session s-nobody is lost: ").splitlines()
    assert (ended.status, ended.stdout, len(told)) == (1, "", 1)
    assert told[0].endswith(f"; 1 entries are in {file}")
    assert lines(Timeline.read(file)) == [(agent.address, "agent", "session lost", "LOST")]
