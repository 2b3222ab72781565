"""Other bytes, and places that are hit."""

from collections.abc import Iterator

import pytest

from telesock.server.core.faults.chance import Key, Lane, draw
from telesock.server.core.faults.mangling import Unit, mangled, places

KEY = Key(7, "f", 1, Lane.SEND)
SIZE = 100_000


def drawn(rate: float, size: int = SIZE) -> list[int]:
    return [*places(rate, size, lambda count: draw(KEY, count))]


def test_a_bit_is_flipped_each_of_the_eight_by_some_draw() -> None:
    assert {
        byte: {byte ^ mangled(byte, Unit.BIT, number) for number in range(64)} for byte in range(256)
    } == {byte: {1, 2, 4, 8, 16, 32, 64, 128} for byte in range(256)}


def test_a_byte_becomes_each_of_the_others_by_some_draw_and_never_itself() -> None:
    found = {byte: {mangled(byte, Unit.BYTE, number) for number in range(255)} for byte in range(256)}

    assert found == {byte: set(range(256)) - {byte} for byte in range(256)}


@pytest.mark.parametrize("rate", [0.001, 0.05, 0.5])
def test_each_place_is_hit_with_the_rate(rate: float) -> None:
    deviation = (SIZE * rate * (1 - rate)) ** 0.5

    assert len(drawn(rate)) == pytest.approx(SIZE * rate, abs=4 * deviation)


def test_places_are_spread_over_all_bytes() -> None:
    found = drawn(0.05)
    halves = [sum(place // (SIZE // 2) == half for place in found) for half in range(2)]

    assert found == sorted(set(found))
    assert halves == pytest.approx([2500, 2500], abs=220)


def test_a_rate_of_1_hits_every_place() -> None:
    assert drawn(1.0, 10) == [*range(10)]


def test_a_draw_of_0_hits_the_next_place_and_the_last_draw_hits_none() -> None:
    draws: Iterator[float] = iter([0.0, 0.0, 1 - 2.0**-53])

    assert [*places(0.01, 1000, lambda _: next(draws))] == [0, 1]
