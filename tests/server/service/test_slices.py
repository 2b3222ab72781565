"""Large messages are taken in slices, one at a time on an agent, with turns of the loop for everybody else between."""

import asyncio
from collections.abc import Sequence

import pytest

from telesock.server.service.slices import SHARED_SLICE, SLICE, SMALL, Slices


class Taken:
    """Slices that were taken: in which turn of the loop, where they began, how many items they had."""

    def __init__(self) -> None:
        self.turn = 0
        self.slices: list[tuple[str, int, int]] = []
        self.turns: list[int] = []

    def by(self, name: str, items: Sequence[int], start: int, most: int = SLICE) -> int:
        assert list(items) == list(range(start, start + len(items)))
        count = min(len(items), most)
        self.slices.append((name, start, count))
        self.turns.append(self.turn)
        return count

    async def count_turns(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.turn += 1


async def take(slices: Slices, taken: Taken, **sizes: int) -> None:
    """Let everybody take that many items at once."""
    counting = asyncio.create_task(taken.count_turns())
    await asyncio.gather(
        *(
            slices.take(range(size), lambda items, start, name=name: taken.by(name, items, start))  # type: ignore[misc]  # mypy knows no lambda with a default here
            for name, size in sizes.items()
        )
    )
    counting.cancel()


@pytest.mark.parametrize("size", [SMALL + 1, SLICE, SLICE + 1, 4 * SLICE])
async def test_every_item_is_taken_once_in_order_and_never_more_than_a_slice_at_a_time(size: int) -> None:
    taken = Taken()

    await take(Slices(), taken, one=size)

    starts = range(0, size, SLICE)
    assert taken.slices == [("one", start, min(SLICE, size - start)) for start in starts]


async def test_between_two_slices_the_loop_turns_often_enough_to_answer_somebody_else() -> None:
    taken = Taken()

    await take(Slices(), taken, one=3 * SLICE)

    pauses = [after - before for before, after in zip(taken.turns, taken.turns[1:], strict=False)]
    assert min(pauses) >= 4


async def test_greedy_ones_take_a_slice_each_in_the_order_of_asking_and_never_two_at_once() -> None:
    taken = Taken()

    await take(Slices(), taken, one=3 * SLICE, other=3 * SLICE)

    # One asks for its second slice before the other asks for its first; from then on they alternate.
    assert [name for name, _, _ in taken.slices] == ["one", "one", "other", "one", "other", "other"]
    assert len(set(taken.turns)) == 6


async def test_what_is_small_is_taken_at_once_and_makes_the_slices_beside_it_small() -> None:
    taken = Taken()

    await take(Slices(), taken, greedy=SLICE + 2 * SHARED_SLICE, small=SMALL)

    assert taken.slices == [
        ("greedy", 0, SLICE),
        ("small", 0, SMALL),
        ("greedy", SLICE, SHARED_SLICE),
        ("greedy", SLICE + SHARED_SLICE, SHARED_SLICE),
    ]


async def test_slices_are_full_again_when_nothing_small_has_come_for_a_while() -> None:
    slices, taken = Slices(), Taken()
    await take(slices, taken, small=1)

    await take(slices, taken, greedy=16 * SHARED_SLICE + 2 * SLICE)

    sizes = [size for name, _, size in taken.slices if name == "greedy"]
    assert sizes == [SHARED_SLICE] * 16 + [SLICE] * 2


async def test_a_slice_that_fails_or_a_taker_that_leaves_holds_nobody_up() -> None:
    slices, taken = Slices(), Taken()

    def fail(items: Sequence[int], start: int) -> int:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await slices.take(range(SLICE), fail)
    leaving = asyncio.create_task(slices.take(range(SLICE), fail))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])

    await take(slices, taken, one=SLICE)
    assert taken.slices == [("one", 0, SLICE)]


@pytest.mark.parametrize("size", [SMALL, SLICE + 1])
async def test_what_a_taker_leaves_of_a_slice_is_taken_in_a_later_one(size: int) -> None:
    taken = Taken()

    await Slices().take(range(size), lambda items, start: taken.by("one", items, start, most=size - 1))

    assert [count for _, _, count in taken.slices] == ([size - 1, 1] if size <= SLICE else [SLICE, 1])
