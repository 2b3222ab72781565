"""Log lines reach whoever reads; whoever does not read, has left, or has a full disk, costs lines and holds nobody up."""

import contextlib
import os
import resource
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from telesock.server.log_writer import LogWriter

ENOUGH = 1 << 20  # bytes, more than a pipe takes


class Told:
    """How many lines were lost, as it was told."""

    def __init__(self) -> None:
        self.counts: list[int] = []
        self._told = threading.Event()

    def __call__(self, lines: int) -> None:
        """It is told."""
        self.counts.append(lines)
        self._told.set()

    def wait(self) -> None:
        """Wait until it is."""
        assert self._told.wait(50)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """What is read from, and what is written to."""
    ours, theirs = os.pipe()
    yield ours, theirs
    for each in (ours, theirs):
        with contextlib.suppress(OSError):
            os.close(each)


def read(descriptor: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += os.read(descriptor, size - len(data))
    return data


def test_lines_are_written_in_their_order_before_the_writer_is_closed(
    pipe: tuple[int, int], told: Told
) -> None:
    writer = LogWriter(pipe[1], told)

    for number in range(100):
        writer.write(f"line {number} ☎\n")
        writer.flush()
    writer.close()

    wanted = "".join(f"line {number} ☎\n" for number in range(100)).encode()
    assert os.read(pipe[0], 2 * len(wanted)) == wanted
    assert told.counts == []


@pytest.mark.parametrize("blocking", [True, False])
def test_nobody_waits_for_a_reader_and_what_was_lost_is_told_when_there_is_one_again(
    blocking: bool, pipe: tuple[int, int], told: Told
) -> None:
    os.set_blocking(pipe[1], blocking)
    writer = LogWriter(pipe[1], told, most_waiting=ENOUGH)
    line = "x" * 1023 + "\n"

    for _ in range(3 * ENOUGH // len(line)):
        writer.write(line)
    kept = 3 * ENOUGH // len(line) - writer.lost
    data = read(pipe[0], kept * len(line))
    told.wait()

    assert data == line.encode() * kept
    assert told.counts == [3 * ENOUGH // len(line) - kept]
    assert kept >= ENOUGH // len(line)
    writer.write("again\n")
    assert read(pipe[0], 6) == b"again\n"
    writer.close()


def test_a_reader_that_has_left_costs_lines_and_nothing_else(pipe: tuple[int, int], told: Told) -> None:
    writer = LogWriter(pipe[1], told)
    os.close(pipe[0])

    for _ in range(100):
        writer.write("nobody reads this\n")
    writer.close()

    assert (writer.lost, told.counts) == (100, [])


def test_a_full_disk_costs_lines_and_nothing_else(told: Told) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    writer = LogWriter(full, told)

    for _ in range(100):
        writer.write("no room for this\n")
    writer.close()
    os.close(full)

    assert (writer.lost, told.counts) == (100, [])


def test_the_end_of_the_program_does_not_wait_for_ever(pipe: tuple[int, int], told: Told) -> None:
    writer = LogWriter(pipe[1], told)
    writer.write("x" * ENOUGH)

    writer.close(0.05)

    assert read(pipe[0], ENOUGH) == b"x" * ENOUGH  # the thread is let go


def test_a_line_that_was_cut_off_is_ended_before_the_next(told: Told, tmp_path: Path) -> None:
    file = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    writer = LogWriter(file, told)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (50, hard))  # as a disk on which no more fits
    try:
        writer.write("x" * 99 + "\n")
        while not writer.lost:
            time.sleep(0.001)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    writer.write("next\n")
    writer.close()
    os.close(file)

    assert (tmp_path / "log").read_text() == "x" * 50 + "\nnext\n"
    assert told.counts == [1]
