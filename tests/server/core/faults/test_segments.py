"""Bytes that know which span of the stream they stand for."""

from telesock.server.core.faults.segments import Bytes


def halves(segment: Bytes, size: int) -> list[Bytes]:
    return [half._replace(data=bytes(half.data)) for half in segment.split(size)]


def test_both_parts_of_split_bytes_know_their_place_and_all_else() -> None:
    assert halves(Bytes(b"abcde", 10, 15, ("f",), alone=True), 2) == [
        Bytes(b"ab", 10, 12, ("f",), alone=True),
        Bytes(b"cde", 12, 15, ("f",), alone=True),
    ]


def test_parts_of_added_bytes_stand_for_nothing_either() -> None:
    assert halves(Bytes(b"abcde", 10, 10), 2) == [Bytes(b"ab", 10, 10), Bytes(b"cde", 10, 10)]


def test_bytes_are_split_without_a_copy() -> None:
    data = b"abcde"

    assert [
        half.data.obj is data for half in Bytes(data, 0, 5).split(2) if isinstance(half.data, memoryview)
    ] == [
        True,
        True,
    ]


def test_a_fault_that_had_a_part_in_bytes_is_named_once_and_in_order() -> None:
    segment = Bytes(b"a", 0, 1)

    assert segment.touched("one").touched("two").touched("one") == Bytes(b"a", 0, 1, ("one", "two"))
