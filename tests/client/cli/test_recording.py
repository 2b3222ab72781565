"""`telesock recording`: the story of a session that is gone, from a file; without an agent."""

import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.agents import RunningAgent
from tests.programs import Ended, RunningProgram, run_on_terminal

from telesock.v1.events_pb2 import DataReceived, Draining, Event
from telesock.v1.recordings_pb2 import SessionRecording
from telesock.v1.sessions_pb2 import Session

Telesock = Callable[..., Awaitable[Ended]]
StartTelesock = Callable[..., Awaitable[RunningProgram]]

RECORDING = SessionRecording(
    session=Session(
        session_id="s-1", label="mine", identity="team-a", last_sequence=3, acknowledged_sequence=1
    ),
    agent_id="lab-a",
    boot_id="b-1",
    version="1.2.3",
    cause="LEASE_EXPIRED",
    wall_ns=1_773_480_413_000_000_000,
    events=[
        Event(sequence=2, socket_id=7, data_received=DataReceived(data=b"hello")),
        Event(sequence=3, draining=Draining()),
    ],
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A whole recording."""
    path = tmp_path / "one.telesock"
    path.write_bytes(RECORDING.SerializeToString())
    return path


@pytest.fixture
def cut_file(file: Path) -> Path:
    """The same without its last byte."""
    file.write_bytes(file.read_bytes()[:-1])
    return file


def told(stdout: str) -> list[tuple[str, object]]:
    """What each line is, and the number or numbers of it."""
    lines = [json.loads(line) for line in stdout.splitlines()]
    return [("event", line["sequence"]) if "sequence" in line else next(iter(line.items())) for line in lines]


async def test_on_a_pipe_the_header_is_a_line_and_every_event_one_as_events_prints_it(
    telesock: Telesock, file: Path
) -> None:
    ended = await telesock("recording", str(file))

    assert (ended.status, ended.stderr) == (0, "")
    header, *rest = told(ended.stdout)
    assert header[0] == "recording"
    recording = json.loads(ended.stdout.splitlines()[0])["recording"]
    assert (recording["session"]["session_id"], recording["cause"]) == ("s-1", "LEASE_EXPIRED")
    assert rest == [
        ("gap", {"first_sequence": "1", "last_sequence": "1"}),
        ("event", "2"),
        ("event", "3"),
    ]


async def test_on_a_terminal_it_is_two_lines_and_a_table(file: Path) -> None:
    lines = (await run_on_terminal("recording", str(file), columns=120)).splitlines()

    assert lines[0] == "session s-1 'mine', of team-a, on the agent lab-a"
    assert lines[1].startswith("ended 2026-03-14 ")
    assert lines[1].endswith(", LEASE_EXPIRED; 3 events, 1 acknowledged; boot b-1, version 1.2.3")
    assert lines[2].split()[:3] == ["time", "seq", "socket"]
    assert lines[3] == "gap: events 1 to 1 are gone"
    assert [line.split()[1:4] for line in lines[4:]] == [["2", "7", "data"], ["3", "draining", "the"]]


async def test_a_file_that_was_cut_off_is_shown_as_far_as_it_goes_and_that_is_said(
    telesock: Telesock, cut_file: Path
) -> None:
    ended = await telesock("recording", str(cut_file))

    assert ended.status == 1
    assert [line for line, _ in told(ended.stdout)] == ["recording", "gap", "event"]
    assert ended.stderr == f"telesock: {cut_file} was cut off: events 3 to 3 are missing\n"


async def test_stdin_is_read_where_it_is_named(start_telesock: StartTelesock) -> None:
    program = await start_telesock("recording", "-")

    ended = await program.ended(RECORDING.SerializeToString())

    assert ended.status == 0
    assert len(ended.stdout.splitlines()) == 4


async def test_what_is_no_recording_or_is_not_there_is_told_in_one_line(
    telesock: Telesock, tmp_path: Path
) -> None:
    for content in (b"", b"no recording", RECORDING.SerializeToString()[:9]):
        other = tmp_path / "other"
        other.write_bytes(content)
        message = f"telesock: {other}: it is no recording of a session, or cut off before its first event\n"
        assert await telesock("recording", str(other)) == Ended(1, "", message)

    missing = tmp_path / "missing"
    assert await telesock("recording", str(missing)) == Ended(
        1, "", f"telesock: {missing}: No such file or directory\n"
    )


async def test_a_session_that_is_opened_to_be_recorded_is(telesock: Telesock, agent: RunningAgent) -> None:
    refused = await telesock("session", "open", "--record", agent=agent.address)
    agent.engine.sessions.record = lambda session, end: None

    opened = await telesock("session", "open", "--record", agent=agent.address)
    silent = await telesock("session", "open", agent=agent.address)

    assert (refused.status, opened.status, silent.status) == (1, 0, 0)
    assert "--recordings DIRECTORY" in refused.stderr
    assert [session.recorded for session in agent.engine.sessions] == [True, False]


async def test_a_reader_that_goes_away_ends_it_without_a_word(
    start_telesock: StartTelesock, file: Path
) -> None:
    ours, theirs = os.pipe()
    os.close(ours)

    program = await start_telesock("recording", str(file), stdout=theirs)
    os.close(theirs)

    assert await program.ended() == Ended(1, "", "")
