"""What is left when something is cancelled in the middle, with an agent that is away just then."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import pytest
from tests.client.lab.aio.conftest import Members, OpenLab
from tests.client.lab.aio.test_partition import fault_names
from tests.relays import Relay

from telesock.client.lab import AsyncLab, Member

NONE: dict[str, list[str]] = {"a": [], "b": []}


class Away(NamedTuple):
    """A lab of two, and the way to the second."""

    lab: AsyncLab
    way: Relay


@pytest.fixture
async def away(members: Members, open_lab: OpenLab, relay: Callable[[str], Awaitable[Relay]]) -> Away:
    near, far = await members("a", "b")
    way = await relay(far.target)
    return Away(await open_lab((near, Member("b", way.address, addresses=far.addresses))), way)


async def cancelled(task: asyncio.Task[object]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def cut_at_a(lab: AsyncLab) -> None:
    """Wait until a partition is there as far as the agent goes that is not away."""
    while len(await lab["a"].session.faults()) < 3:  # noqa: ASYNC110  # it is the agent that is asked
        await asyncio.sleep(0.01)


async def test_a_cut_that_is_cancelled_leaves_nothing(away: Away) -> None:
    lab, way = away
    partition = lab.partition(lab.group("a"), lab.group("b"))
    way.block()
    cutting = asyncio.create_task(partition.__aenter__())
    await cut_at_a(lab)
    cutting.cancel()
    await way.unblock()
    with pytest.raises(asyncio.CancelledError):
        await cutting

    assert (partition.healed, await fault_names(lab)) == (True, NONE)


async def test_a_healing_that_is_cancelled_can_be_done_again(away: Away) -> None:
    lab, way = away
    partition = await lab.partition(lab.group("a"), lab.group("b"))
    way.block()
    healing = asyncio.create_task(partition.heal())
    while await lab["a"].session.faults():  # noqa: ASYNC110  # it is the agent that is asked
        await asyncio.sleep(0.01)
    await cancelled(healing)
    assert not partition.healed
    await way.unblock()
    await partition.heal()

    assert (partition.healed, await fault_names(lab)) == (True, NONE)


async def test_a_reset_that_is_cancelled_forgets_no_partition_and_can_be_done_again(away: Away) -> None:
    lab, way = away
    partition = await lab.partition(lab.group("a"), lab.group("b"))
    first = lab["a"].session
    way.block()
    resetting = asyncio.create_task(lab.reset())
    while lab["a"].session is first:  # noqa: ASYNC110  # nothing tells of it
        await asyncio.sleep(0.01)
    await cancelled(resetting)
    assert (partition.healed, lab.lost) == (False, {})
    await way.unblock()
    await lab.reset()

    assert (partition.healed, lab.lost, await fault_names(lab)) == (True, {}, NONE)


async def test_a_cut_that_a_reset_comes_into_leaves_nothing_and_says_so(away: Away) -> None:
    lab, way = away
    way.block()
    cutting = asyncio.create_task(lab.partition(lab.group("a"), lab.group("b")).__aenter__())
    await cut_at_a(lab)
    resetting = asyncio.create_task(lab.reset())
    await asyncio.sleep(0)
    await way.unblock()
    await resetting
    with pytest.raises(RuntimeError, match="partition-1 is over"):
        await cutting

    assert await fault_names(lab) == NONE


async def test_whoever_gives_up_at_a_barrier_is_named_and_not_the_time(away: Away) -> None:
    barrier = away.lab.barrier()
    waiting = asyncio.create_task(barrier.wait(away.lab["a"]))
    await asyncio.sleep(0)
    await cancelled(waiting)

    assert barrier.broken == "agent a has given up"
