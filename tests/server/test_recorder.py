"""The flight recorder writes in its own thread: nobody waits for the disk, and its trouble is a line in the log."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from telesock.server.recorder import FlightRecorder
from telesock.server.recording_files import file_name
from telesock.server.service.wire.recordings import Recording

HEADER, EVENT = b"header", b"\x0a\x03one"
NO_BOUND = 1 << 40


class Slow(Recording):
    """A recording that comes to the disk only when it is let."""

    def parts(self) -> Iterator[bytes]:
        """Wait to be let."""
        BEGUN.set()
        assert LET.wait(50)
        yield self.header


BEGUN, LET = threading.Event(), threading.Event()


@pytest.fixture(autouse=True)
def slow_ones_wait() -> Iterator[None]:
    BEGUN.clear()
    LET.clear()
    yield
    LET.set()


def recording(number: int, events: int = 1, kind: type[Recording] = Recording, whose: str = "") -> Recording:
    return kind(f"s-{number}", whose, number * 1_000_000, HEADER, [EVENT] * events)


def path_of(directory: Path, recording: Recording) -> Path:
    return directory / file_name(recording.wall_ns, recording.session_id, recording.identity)


def test_what_is_given_is_on_the_disk_when_the_recorder_is_closed(tmp_path: Path) -> None:
    recorder = FlightRecorder(tmp_path, NO_BOUND, NO_BOUND)
    given = [recording(number, events=number) for number in range(3)]

    with capture_logs() as logs:
        for each in given:
            recorder.write(each)
        recorder.close()

    paths = [path_of(tmp_path, each) for each in given]
    assert [path.read_bytes() for path in paths] == [HEADER + b"\x42\x03one" * count for count in range(3)]
    assert logs == [
        {
            "event": "recording_written",
            "log_level": "info",
            "path": str(path),
            "session_id": f"s-{count}",
            "events": count,
            "bytes": len(HEADER) + count * len(EVENT),
        }
        for count, path in enumerate(paths)
    ]


def test_older_recordings_give_way_and_the_bound_holds(tmp_path: Path) -> None:
    recorder = FlightRecorder(tmp_path, 2 * recording(0).size, NO_BOUND)
    given = [recording(number) for number in range(4)]

    with capture_logs() as logs:
        for each in given:
            recorder.write(each)
        recorder.close()

    assert set(tmp_path.iterdir()) == {path_of(tmp_path, each) for each in given[2:]}
    removed = [entry["path"] for entry in logs if entry["event"] == "recording_removed"]
    assert removed == [str(path_of(tmp_path, each)) for each in given[:2]]


def test_one_that_is_larger_than_all_of_them_may_be_keeps_its_newest_events(tmp_path: Path) -> None:
    recorder = FlightRecorder(tmp_path, len(HEADER) + 2 * len(EVENT), NO_BOUND)

    with capture_logs() as logs:
        recorder.write(recording(1, events=5))
        recorder.close()

    assert path_of(tmp_path, recording(1)).read_bytes() == HEADER + b"\x42\x03one" * 2
    assert [(entry["event"], entry["events_left_out"]) for entry in logs] == [("recording_written", 3)]


def test_where_nothing_at_all_fits_that_is_told(tmp_path: Path) -> None:
    recorder = FlightRecorder(tmp_path, 1, NO_BOUND)

    with capture_logs() as logs:
        recorder.write(recording(1))
        recorder.close()

    reason = "recording_bytes, 1, is too little for any recording"
    assert logs == [failed(tmp_path, recording(1), reason)]
    assert list(tmp_path.iterdir()) == []


def failed(directory: Path, recording: Recording, reason: str) -> dict[str, str]:
    path = str(path_of(directory, recording))
    return {"event": "recording_failed", "log_level": "error", "path": path, "reason": reason}


def test_one_that_cannot_be_written_is_told_of_and_the_next_one_is_written(tmp_path: Path) -> None:
    recorder = FlightRecorder(tmp_path, NO_BOUND, NO_BOUND)
    in_its_way = path_of(tmp_path, recording(1)).with_suffix(".telesock.partial")
    in_its_way.mkdir()

    with capture_logs() as logs:
        recorder.write(recording(1))
        recorder.write(recording(2))
        recorder.close()

    assert logs[0] == failed(tmp_path, recording(1), "File exists")
    assert set(tmp_path.iterdir()) == {in_its_way, path_of(tmp_path, recording(2))}


def test_a_directory_that_is_gone_is_told_of(tmp_path: Path) -> None:
    recorder = FlightRecorder(tmp_path / "gone", NO_BOUND, NO_BOUND)

    with capture_logs() as logs:
        recorder.write(recording(1))
        recorder.close()

    assert logs == [failed(tmp_path / "gone", recording(1), "No such file or directory")]


def test_nobody_waits_for_a_slow_disk_and_what_waits_is_bounded(tmp_path: Path) -> None:
    recorder = FlightRecorder(tmp_path, NO_BOUND, 2 * recording(0).size)

    with capture_logs() as logs:
        recorder.write(recording(1, kind=Slow))
        assert BEGUN.wait(50)
        recorder.write(recording(2))
        recorder.write(recording(3))
        assert logs == [
            failed(tmp_path, recording(3), "the disk is slow: too much waits to be written"),
        ]
        LET.set()
        recorder.close()

    assert set(tmp_path.iterdir()) == {path_of(tmp_path, recording(number)) for number in (1, 2)}


def test_one_that_is_larger_than_what_may_wait_is_written_where_nothing_else_waits(tmp_path: Path) -> None:
    recorder = FlightRecorder(tmp_path, NO_BOUND, 1)

    recorder.write(recording(1))
    recorder.close()

    assert list(tmp_path.iterdir()) == [path_of(tmp_path, recording(1))]


def test_the_end_of_the_agent_does_not_wait_for_ever(tmp_path: Path) -> None:
    recorder = FlightRecorder(tmp_path, NO_BOUND, NO_BOUND)

    with capture_logs() as logs:
        recorder.write(recording(1, kind=Slow))
        recorder.write(recording(2))
        recorder.close(0.05)

    reason = "the disk is slow: it was not written within 0.05 s"
    assert logs == [failed(tmp_path, recording(number), reason) for number in (1, 2)]
