"""Whatever arrives at an agent's port, it ends with a status, in time, and hurts nobody else on it; see victim.py.

Seeds are fixed: the same is said at every run. `python -m tests.fuzzing --seconds N` says more.
"""

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest
from tests.agents import RunningAgent
from tests.fuzzing import attaching, http2, oversizing, unary
from tests.fuzzing.victim import Victim, attacked

HALF_OPEN = 300


@pytest.fixture
async def victim() -> AsyncIterator[Victim]:
    async with attacked() as victim:
        yield victim


async def test_any_bytes_said_to_any_unary_method_by_anybody_end_with_a_status_and_hurt_nobody(
    victim: Victim,
) -> None:
    for seed in range(12):
        async with victim.unhurt():
            await unary.assault(victim.address, Random(seed))


async def test_attachments_whose_messages_come_in_any_order_and_shape_end_with_a_status_and_hurt_nobody(
    victim: Victim,
) -> None:
    for seed in range(20):
        async with victim.unhurt():
            await attaching.assault(victim.address, Random(seed))


async def test_bytes_that_are_no_call_at_all_hurt_nobody(victim: Victim) -> None:
    for attack in http2.ATTACKS:
        async with victim.unhurt(attack.__name__):
            await http2.assault(victim.address, Random(6), [attack] * 4)


async def test_a_call_whose_path_is_no_text_does_not_end_the_agent(victim: Victim) -> None:
    async with victim.unhurt():
        await http2.assault(victim.address, Random(6), [http2.a_path_that_is_no_text])


async def test_connections_that_never_say_what_they_want_hurt_nobody(victim: Victim) -> None:
    async with victim.unhurt(), http2.half_open(victim.address, HALF_OPEN):
        await victim.until_descriptors(HALF_OPEN)
        await victim.neighbour.until_rounds(victim.neighbour.rounds + 100)


async def test_whatever_is_too_large_is_refused_by_a_code_that_says_so_and_hurts_nobody(
    victim: Victim,
) -> None:
    async with victim.unhurt():
        assert await oversizing.assault(victim.address) == {}


async def test_attachments_of_any_shape_leave_no_task_behind(agent: RunningAgent) -> None:
    before = len(asyncio.all_tasks())

    for seed in range(5):
        await attaching.assault(agent.address, Random(seed))

    async with asyncio.timeout(10):
        while len(asyncio.all_tasks()) > before:  # noqa: ASYNC110 - gRPC tells nobody when its last ones end
            await asyncio.sleep(0)
    assert agent.engine.sockets == 0
    assert list(agent.engine.sessions) == []
