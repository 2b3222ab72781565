"""Ten thousand steps of sessions over the wire, each held to the reference model; see sessions.py for what that means.

Seeds are fixed. `python -m tests.modelling --seconds N` walks on.
"""

from collections.abc import Awaitable, Callable

import grpc
import pytest
from tests.agents import AgentProcess
from tests.modelling.walk import Walk

STEPS, WALKS = 200, 10


@pytest.mark.parametrize("first_seed", range(0, 50, WALKS))
async def test_each_step_of_any_session_comes_to_what_the_model_says(
    first_seed: int, start_agent_process: Callable[..., Awaitable[AgentProcess]]
) -> None:
    agent = await start_agent_process()
    async with grpc.aio.insecure_channel(agent.address) as channel:
        steps = [await Walk(channel, seed).run(STEPS) for seed in range(first_seed, first_seed + WALKS)]

    assert sum(steps) >= STEPS * WALKS
    assert [line for line in agent.log if '"level": "error"' in line] == []
