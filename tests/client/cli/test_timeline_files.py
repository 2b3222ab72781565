"""Files that a timeline can be made of, and what is said of those that are none."""

from dataclasses import replace
from pathlib import Path

import pytest

from telesock.client.cli.failures import CommandFailed
from telesock.client.cli.timeline_files import Found, read_timeline
from telesock.client.timeline import Entry, Timeline
from telesock.v1.events_pb2 import DataReceived, Draining, Event
from telesock.v1.recordings_pb2 import SessionRecording
from telesock.v1.sessions_pb2 import Session


def recording(agent: str, boot_ns: int) -> SessionRecording:
    """What an agent wrote whose clock began then."""
    return SessionRecording(
        session=Session(session_id="s-1", last_sequence=3),
        agent_id=agent,
        cause="LEASE_EXPIRED",
        monotonic_ns=5_000,
        wall_ns=5_000 + boot_ns,
        events=[
            Event(sequence=2, monotonic_ns=3_000, socket_id=7, data_received=DataReceived(data=b"hello")),
            Event(sequence=3, monotonic_ns=4_000, draining=Draining()),
        ],
    )


def entries(agent: str, boot_ns: int = 0, uncertainty_ns: int | None = 0) -> list[Entry]:
    base = Entry(boot_ns + 3_000, "gap", "gap", agent, uncertainty_ns, session="s-1")
    stops = "the agent stops; pending operations have 0 s"
    return [
        replace(base, status="MISSING", details="events 1 to 1 are gone for good"),
        replace(
            base, kind="indication", what="data received", sequence=2, socket_id=7, details="5 bytes, 'hello'"
        ),
        replace(base, at_ns=boot_ns + 4_000, kind="agent", what="draining", sequence=3, details=stops),
        replace(base, at_ns=boot_ns + 5_000, kind="agent", what="session ended", details="LEASE_EXPIRED"),
    ]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Recordings of two agents; the clock of the second began 500 ns earlier."""
    paths = [tmp_path / "a.telesock", tmp_path / "b.telesock"]
    paths[0].write_bytes(recording("a", 1_000_000).SerializeToString())
    paths[1].write_bytes(recording("b", 999_500).SerializeToString())
    return paths


def test_a_recording_is_told_by_its_agents_own_clock(files: list[Path]) -> None:
    assert read_timeline(files[:1]) == Found(Timeline(tuple(entries("a")), ("a",), 1_000_000))


def test_recordings_of_several_agents_are_put_together_by_wall_clocks_that_nobody_vouches_for(
    files: list[Path],
) -> None:
    both = [*entries("a", 1_000_000, None), *entries("b", 999_500, None)]

    found = read_timeline(files)

    assert found == Found(Timeline(tuple(sorted(both, key=lambda entry: entry.at_ns)), ("a", "b"), 0))


def test_one_that_was_cut_off_is_told_as_far_as_it_goes(files: list[Path]) -> None:
    files[0].write_bytes(files[0].read_bytes()[:-1])

    assert read_timeline(files[:1]) == Found(
        Timeline(tuple(entries("a")[:2]), ("a",), 1_000_000),
        f"{files[0]} was cut off: events 3 to 3 are missing",
    )


def test_lines_of_json_are_read_as_they_are(tmp_path: Path) -> None:
    timeline = Timeline((Entry(1, "note", "now"),), title="t")
    timeline.write_jsonl(tmp_path / "t.jsonl")

    assert read_timeline([tmp_path / "t.jsonl"]) == Found(timeline)


def test_what_is_no_timeline_is_refused_by_name(tmp_path: Path, files: list[Path]) -> None:
    lines, none, cut = tmp_path / "t.jsonl", tmp_path / "none", tmp_path / "cut"
    Timeline().write_jsonl(lines)
    cut.write_bytes(b"\n\x05ab")
    said = []
    for paths in ([none], [cut], [files[0], lines], [tmp_path]):
        with pytest.raises(CommandFailed) as failed:
            read_timeline(paths)
        said.append((str(failed.value), failed.value.exit_status))

    assert said == [
        (f"{none}: No such file or directory", 1),
        (f"{cut}: it is no recording of a session, or cut off before its first event", 1),
        (f"{lines}: several files are put together only where all are recordings of agents", 2),
        (f"{tmp_path}: Is a directory", 1),
    ]
