"""Bytes change where they are hit, and nothing else does."""

import pytest
from tests.server.core.faults.driving import Drive, driven
from tests.server.core.faults.stories import some_bytes

from telesock.server.core.faults.acting import Firing
from telesock.server.core.faults.corruption import Corruption
from telesock.server.core.faults.inserting import InsertBytes
from telesock.server.core.faults.mangling import Unit
from telesock.server.core.faults.segments import BLOCK, End, How
from telesock.server.core.faults.values import Scope, Timing

EACH = Timing(scope=Scope.EACH)

# Promises, as the draws are in test_chance.py.
GOLDEN_BYTES = {"BIT": {3: 64, 50: 2}, "BYTE": {3: 139, 50: 41}}
GOLDEN_PLACES = [238, 2201, 2659, 3910, 4187, 4534, 4861, 8207, 9585, 10083, 15594, 17729, 18198, 18864]


def changed(drive: Drive) -> dict[int, int]:
    """The offsets that differ, with the bits that do."""
    return {
        offset: before ^ after
        for offset, (before, after) in enumerate(zip(some_bytes(0, drive.put_in), drive.data, strict=True))
        if before != after
    }


def test_one_bit_of_each_byte_at_the_offsets_flips() -> None:
    found = changed(driven(Corruption((3, 50, 4096)), some_bytes(0, 5000)))

    assert set(found) == {3, 50, 4096}
    assert all(bits.bit_count() == 1 for bits in found.values())


def test_another_byte_stands_at_the_offsets() -> None:
    assert set(changed(driven(Corruption((3, 50), unit=Unit.BYTE), some_bytes(0, 100)))) == {3, 50}


def test_changed_bytes_are_those_of_all_versions() -> None:
    assert {
        unit.name: changed(driven(Corruption((3, 50), unit=unit), some_bytes(0, 100))) for unit in Unit
    } == GOLDEN_BYTES


def test_drawn_places_are_those_of_all_versions() -> None:
    assert [*changed(driven(Corruption(per_million=500), some_bytes(0, 20_000)))] == GOLDEN_PLACES


def test_each_place_is_told_with_its_offset_and_how_many_bytes() -> None:
    assert driven(Corruption((50, 3, 3)), bytes(100)).told.firings == [
        ("f", Firing(0, 3, size=1)),
        ("f", Firing(0, 50, size=1)),
    ]


@pytest.mark.parametrize("chunk", [1, 3, 4, 100])
def test_a_pattern_is_put_there_however_bytes_come(chunk: int) -> None:
    drive = driven(Corruption((2, 8), pattern=b"XYZ"), b"0123456789", chunk=chunk)

    assert drive.data == b"01XYZ567XY"
    assert drive.told.firings == [("f", Firing(0, 2, size=3)), ("f", Firing(0, 8, size=3))]


def test_a_pattern_that_hits_into_another_goes_over_it() -> None:
    assert driven(Corruption((1, 3), pattern=b"abcd"), b"0123456789", chunk=2).data == b"0ababcd789"


def test_a_pattern_reaches_from_one_block_into_the_next() -> None:
    drive = driven(Corruption((BLOCK - 1,), pattern=b"XY"), bytes(BLOCK + 5), EACH)

    assert drive.data == bytes(BLOCK - 1) + b"XY" + bytes(4)


def test_offsets_are_counted_from_where_the_fault_came() -> None:
    drive = Drive()
    drive.put(b"0123")
    drive.run()
    drive.add(Corruption((1,), pattern=b"X"))
    drive.put(b"4567")
    drive.run()

    assert drive.data == b"01234X67"
    assert drive.told.firings == [("f", Firing(0, 5, size=1))]


def test_a_rate_is_that_part_of_all_bytes() -> None:
    drive = driven(Corruption(per_million=2000), bytes(1_000_000))
    hits = [offset for offset, byte in enumerate(drive.data) if byte]

    # 2,000 of them, give or take 4.5 standard deviations.
    assert len(hits) == pytest.approx(2000, abs=200)
    assert len(drive.data) == 1_000_000
    assert [firing.stream_offset for _, firing in drive.told.firings[:64]] == hits[:64]
    assert sum(count for _, _, count in drive.told) <= len(hits)


def test_a_rate_of_a_million_changes_every_byte() -> None:
    assert len(changed(driven(Corruption(per_million=1_000_000), some_bytes(0, 5000)))) == 5000


def test_drawn_places_are_the_same_however_bytes_come() -> None:
    drives = [driven(Corruption(per_million=1000), bytes(20_000), chunk=chunk) for chunk in (1, 999, 20_000)]

    assert len({drive.data for drive in drives}) == 1
    assert drives[0].told == drives[1].told == drives[2].told


def test_only_blocks_that_are_chosen_change() -> None:
    found = changed(driven(Corruption(per_million=1_000_000), some_bytes(0, 3 * BLOCK), EACH._replace(nth=2)))

    assert [*found] == [*range(BLOCK, 2 * BLOCK)]


def test_bytes_of_a_chosen_block_that_come_when_time_forbids_it_do_not_change() -> None:
    drive = Drive()
    drive.add(Corruption((1, 5), pattern=b"X"), EACH._replace(window_end=1.0))
    drive.put(b"0123")
    drive.put(b"4567", at=1.0)
    drive.run()

    assert drive.data == b"0X234567"


def test_what_another_fault_added_has_no_place_and_does_not_change() -> None:
    drive = Drive()
    drive.add(InsertBytes(2, b"----"), name="added")
    drive.add(Corruption(per_million=1_000_000, pattern=b"X"))
    drive.put(b"0123")
    drive.run()

    assert drive.data == b"XX----XX"


def test_a_probability_of_0_changes_nothing() -> None:
    drive = driven(Corruption(per_million=1_000_000), b"abc", Timing(probability=0.0))

    assert (drive.data, drive.ends, drive.told) == (b"abc", [End(How.FIN)], [])


def test_what_is_told_is_done_also_where_the_fault_ends_before_the_bytes_could_leave() -> None:
    drive = Drive()
    drive.add(Corruption((1, BLOCK + 1), pattern=b"X"))
    drive.put(bytes(2 * BLOCK))
    first = drive.pipe.take(0.0)
    planned = drive.pipe.due

    drive.lift()
    drive.take()

    assert first is not None
    assert planned == 0.0
    assert [firing.stream_offset for _, firing in drive.told.firings] == [1, BLOCK + 1]
    assert drive.data == b"\0X" + bytes(BLOCK - 2)


def test_what_did_not_wait_for_the_fault_does_not_name_it_when_it_ends() -> None:
    drive = Drive()
    drive.add(Corruption((1,), pattern=b"X"))
    drive.put(b"ab")
    drive.put(b"cd")
    planned = drive.pipe.due

    drive.lift()
    drive.run()

    assert planned == 0.0
    assert [segment.faults for _, segment in drive.came] == [("f",), ()]
