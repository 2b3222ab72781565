"""Files of the flight recorder: whole or not at all, for their owner alone, and never more bytes than there may be."""

import contextlib
import os
import resource
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from telesock.server.recording_files import file_name, make_room, prepare_directory, share, write_file

KIB = 1024


@contextlib.contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Let the kernel refuse to write more into a file, as a full disk does (EFBIG, see setrlimit(2))."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def files(directory: Path) -> dict[str, int]:
    """What there is, with its size."""
    return {path.name: path.stat().st_size for path in directory.iterdir()}


def put(path: Path, size: int, moment: int) -> Path:
    """Make a file of a size, last changed at a moment."""
    path.write_bytes(bytes(size))
    os.utime(path, ns=(moment, moment))
    return path


def test_a_name_says_when_and_which_session_and_sorts_by_time() -> None:
    moments = [0, 1_773_480_413_589_793_238, 1_773_480_413_590_000_000, 1_800_000_000_000_000_000]

    names = [file_name(moment, "s-1") for moment in moments]

    assert names[:2] == ["19700101T000000.000Z-s-1.telesock", "20260314T092653.589Z-s-1.telesock"]
    assert names == sorted(names)


def test_a_file_is_there_under_its_name_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "one.telesock"
    before = os.umask(0)
    try:
        write_file(path, [b"head", memoryview(b"-events")[1:]])
    finally:
        os.umask(before)

    assert path.read_bytes() == b"headevents"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(files(tmp_path)) == ["one.telesock"]


def test_a_file_that_cannot_be_written_whole_is_not_there_at_all(tmp_path: Path) -> None:
    with no_file_larger_than(64 * KIB), pytest.raises(OSError, match="too large"):
        write_file(tmp_path / "one.telesock", [bytes(48 * KIB)] * 100)

    assert files(tmp_path) == {}


def test_a_file_that_another_writes_at_the_moment_is_left_alone(tmp_path: Path) -> None:
    put(tmp_path / "one.telesock.partial", 3, 0)

    with pytest.raises(FileExistsError):
        write_file(tmp_path / "one.telesock", [b"mine"])

    assert files(tmp_path) == {"one.telesock.partial": 3}


def test_the_oldest_go_until_there_is_room_and_what_is_no_recording_stays(tmp_path: Path) -> None:
    third = put(tmp_path / "a.telesock", 100, 3)
    first = put(tmp_path / "c.telesock", 100, 1)
    second = put(tmp_path / "b.telesock.partial", 100, 2)
    other = put(tmp_path / "notes.txt", 1000, 0)

    assert make_room(tmp_path, "new.telesock", 100, 400) == []
    assert make_room(tmp_path, "new.telesock", 101, 400) == [first]
    assert make_room(tmp_path, "new.telesock", 300, 400) == [second]
    assert set(tmp_path.iterdir()) == {third, other}
    assert make_room(tmp_path, "new.telesock", 400, 400) == [third]
    assert set(tmp_path.iterdir()) == {other}


def test_a_directory_is_made_for_the_agent_alone_where_its_parent_is_there(tmp_path: Path) -> None:
    directory = tmp_path / "recordings"

    prepare_directory(directory)
    prepare_directory(directory)  # it may be there already

    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    with pytest.raises(FileNotFoundError):
        prepare_directory(tmp_path / "no" / "parent")


def test_what_is_no_directory_is_refused(tmp_path: Path) -> None:
    file = put(tmp_path / "file", 1, 0)

    with pytest.raises(NotADirectoryError):
        prepare_directory(file)


def test_a_directory_where_nothing_can_be_written_is_refused() -> None:
    with pytest.raises(PermissionError):
        prepare_directory(Path("/proc/sys/kernel"))


def test_a_name_says_whose_it_is_in_letters_that_a_file_may_have() -> None:
    assert [file_name(0, "s-1a", whose) for whose in ("ann", "spiffe://lab/ann", "")] == [
        "19700101T000000.000Z-s-1a-ann.telesock",
        "19700101T000000.000Z-s-1a-spiffe___lab_ann.telesock",
        "19700101T000000.000Z-s-1a.telesock",
    ]


def test_who_takes_most_makes_room_and_nobody_pushes_out_what_another_has_within_its_share(
    tmp_path: Path,
) -> None:
    hers = put(tmp_path / file_name(0, "s-1", "ann"), 100, 1)
    his = [put(tmp_path / file_name(0, f"s-{number}", "eve"), 100, number) for number in range(2, 5)]
    new = file_name(0, "s-9", "eve")

    assert share(tmp_path, new, 400) == 300
    assert make_room(tmp_path, new, 300, 400) == his
    assert set(tmp_path.iterdir()) == {hers}
    assert share(tmp_path, file_name(0, "s-9", "bob"), 150) == 75
