"""Bytes that come twice, and bytes that nobody sent."""

import pytest
from tests.server.core.faults.driving import Drive, driven
from tests.server.core.faults.stories import some_bytes

from telesock.server.core.faults.acting import Firing
from telesock.server.core.faults.inserting import DuplicateBytes, InsertBytes
from telesock.server.core.faults.segments import BLOCK, Bytes, End, How
from telesock.server.core.faults.values import Scope, Timing

EACH = Timing(scope=Scope.EACH)
CHUNKS = pytest.mark.parametrize("chunk", [1, 3, 100_000])

# Duplicates


@CHUNKS
def test_the_first_bytes_of_each_block_come_twice_in_a_row(chunk: int) -> None:
    data = some_bytes(0, BLOCK + 100)

    drive = driven(DuplicateBytes(4), data, chunk=chunk)

    assert drive.data == data[:4] + data[:BLOCK] + data[BLOCK : BLOCK + 4] + data[BLOCK:]
    assert drive.told.firings == [("f", Firing(0, 0, size=4)), ("f", Firing(0, BLOCK, size=4))]


def test_copies_stand_for_nothing_and_come_behind_what_they_repeat() -> None:
    assert driven(DuplicateBytes(2), b"abcd", end=False).came == [
        (0.0, Bytes(b"ab", 0, 2, ("f",))),
        (0.0, Bytes(b"ab", 2, 2, ("f",))),
        (0.0, Bytes(b"cd", 2, 4)),
    ]


def test_a_whole_block_may_come_twice() -> None:
    data = some_bytes(0, BLOCK)

    assert driven(DuplicateBytes(BLOCK), data, chunk=999).data == data + data


def test_only_blocks_that_are_chosen_come_twice() -> None:
    data = some_bytes(0, 3 * BLOCK)

    drive = driven(DuplicateBytes(4), data, EACH._replace(nth=2))

    assert drive.data == data[: BLOCK + 4] + data[BLOCK:]
    assert drive.told.firings == [("f", Firing(1, BLOCK, size=4))]


def test_a_block_that_ends_before_its_copy_is_whole_is_not_repeated() -> None:
    drive = driven(DuplicateBytes(4), b"abc")

    assert (drive.data, drive.told) == (b"abc", [])


# Inserted bytes


@CHUNKS
@pytest.mark.parametrize("offset", [0, 1, 5, 9])
def test_bytes_come_at_the_offset_and_once(chunk: int, offset: int) -> None:
    data = b"0123456789"

    drive = driven(InsertBytes(offset, b"---"), data, chunk=chunk)

    assert drive.data == data[:offset] + b"---" + data[offset:]
    assert drive.told.firings == [("f", Firing(0, offset, size=3))]


def test_inserted_bytes_stand_for_nothing() -> None:
    assert driven(InsertBytes(2, b"-"), b"abcd", end=False).came == [
        (0.0, Bytes(b"ab", 0, 2)),
        (0.0, Bytes(b"-", 2, 2, ("f",))),
        (0.0, Bytes(b"cd", 2, 4, ("f",))),
    ]


@pytest.mark.parametrize("data", [b"", b"abcd"])
def test_a_stream_that_ends_at_the_offset_has_them_before_its_end(data: bytes) -> None:
    drive = driven(InsertBytes(len(data), b"---"), data)

    assert (drive.data, [end.how for end in drive.ends]) == (data + b"---", [How.FIN])
    assert drive.told.firings == [("f", Firing(0, len(data), size=3))]


def test_a_stream_that_ends_before_the_offset_has_none() -> None:
    drive = driven(InsertBytes(5, b"---"), b"abcd")

    assert (drive.data, drive.ends, drive.told) == (b"abcd", [End(How.FIN)], [])


def test_the_offset_is_counted_from_where_the_fault_came() -> None:
    drive = Drive()
    drive.put(b"0123")
    drive.run()
    drive.add(InsertBytes(2, b"---"))
    drive.put(b"4567")
    drive.run()

    assert drive.data == b"012345---67"


def test_where_time_forbids_it_at_the_offset_they_never_come() -> None:
    drive = Drive()
    drive.add(InsertBytes(2, b"---"), Timing(window_start=1.0))
    drive.put(b"0123")
    drive.put(b"4567", at=2.0)
    drive.run()

    assert (drive.data, drive.told) == (b"01234567", [])


@pytest.mark.parametrize("effect", [DuplicateBytes(1), InsertBytes(0, b"-"), InsertBytes(3, b"-")])
def test_a_probability_of_0_changes_nothing(effect: DuplicateBytes | InsertBytes) -> None:
    drive = driven(effect, b"abc", Timing(probability=0.0))

    assert (drive.data, drive.ends, drive.told) == (b"abc", [End(How.FIN)], [])


def test_they_come_once_also_where_what_was_behind_them_is_withdrawn() -> None:
    drive = Drive()
    drive.add(InsertBytes(2, b"---"))
    drive.put(b"ab")
    drive.take()
    drive.put(b"cd")
    planned = drive.pipe.due
    drive.pipe.cut(2, 4)
    drive.put(b"ef")
    drive.run()

    assert planned == 0.0
    assert drive.data == b"ab---ef"
    assert len(drive.told) == 1
