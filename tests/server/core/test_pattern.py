"""Any piece of a pattern is what the whole has there, whatever was asked for before."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telesock.server.core.pattern import BLOCK, PatternData, PatternReader, block

WHOLE = b"".join(block(7, number) for number in range(4))
PLACES = st.integers(0, len(WHOLE))


def test_a_block_is_the_first_output_of_shake_128_over_the_seed_and_its_number() -> None:
    expected = hashlib.shake_128(bytes([7, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0])).digest(BLOCK)

    assert block(7, 258) == expected
    assert block(2**64 - 1, 0) != block(0, 0)


@given(st.lists(st.tuples(PLACES, st.integers(1, 2 * BLOCK)), max_size=8))
def test_a_piece_is_what_the_whole_has_there_up_to_the_end_of_its_block(asked: list[tuple[int, int]]) -> None:
    reader = PatternReader(7)
    for offset, length in asked:
        if offset < len(WHOLE):
            end = min(offset + length, (offset // BLOCK + 1) * BLOCK)
            assert reader.piece(offset, length) == WHOLE[offset:end]


@given(PLACES, st.integers(0, 2 * BLOCK), st.none() | st.integers(0, 2 * BLOCK))
def test_the_first_difference_is_found_wherever_it_is(offset: int, length: int, place: int | None) -> None:
    data = bytearray(WHOLE[offset : offset + length])
    wanted = None
    if place is not None and place < len(data):
        data[place] ^= 0x80
        wanted = place

    assert PatternReader(7).first_difference(offset, bytes(data)) == wanted


@pytest.mark.parametrize(("offset", "length"), [(0, 0), (0, 1), (BLOCK - 1, 2), (5, 2 * BLOCK)])
def test_data_of_a_pattern_is_its_pieces_in_a_row(offset: int, length: int) -> None:
    data = PatternData(7, offset, length)
    made = b""
    while len(made) < length:
        made += data.piece(len(made))

    assert len(data) == length
    assert made == WHOLE[offset : offset + length]
