"""What only asyncio can be asked: many at once that are cancelled together, and what fails beside the program."""

import asyncio

import pytest

from telesock.client.lab.aio.together import Outcome, Repeating, Sign, on_each


async def test_what_came_of_each_is_told_in_order(shell: str) -> None:
    error = ValueError("no")

    async def work(number: int) -> int:
        if number == 1:
            raise error
        return number

    assert await on_each(work, range(3)) == [Outcome(0, None), Outcome(None, error), Outcome(2, None)]


async def test_cancelling_it_cancels_all_and_waits_for_them(shell: str) -> None:
    begun, ended = asyncio.Event(), []

    async def work(number: int) -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    task = asyncio.ensure_future(on_each(work, range(3)))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert ended == [0, 1, 2]


async def test_a_sign_is_waited_for_so_long_at_most(shell: str) -> None:
    sign = Sign()
    assert not await sign.wait(0)
    sign.give()

    assert await sign.wait(None)


async def test_what_repeats_tells_what_it_has_failed_with(shell: str) -> None:
    async def fail() -> None:
        raise ValueError("a mistake of ours")

    repeating = Repeating(fail, 0)
    with pytest.raises(ValueError, match="a mistake of ours"):
        await repeating.ended()
