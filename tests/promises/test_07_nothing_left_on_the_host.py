"""No descriptor, no task and no object of a session is left in the agent when the session is over."""

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable

from tests.agents import AgentProcess, RunningAgent
from tests.promises.connections import STATES
from tests.promises.owners import Caller, Listen, Open, Owner
from tests.promises.stories import PATIENCE

from telesock.server.engine.connection import Connection
from telesock.server.engine.sessions import HeldSession
from telesock.v1.sessions_pb2 import (
    CloseSessionRequest,
    OpenSessionRequest,
)
from telesock.v1.sockets_pb2 import (
    CreateSocketRequest,
)


def descriptors(agent: AgentProcess) -> int:
    return len(os.listdir(f"/proc/{agent.process.pid}/fd"))


async def test_an_agent_holds_no_descriptor_more_than_before_a_session(
    start_agent_process: Callable[..., Awaitable[AgentProcess]], open_owner: Open, peer: Listen
) -> None:
    agent = await start_agent_process()
    owner = await open_owner(agent.address)
    before = descriptors(agent)
    doomed = Owner(owner.channel, await Caller(owner.channel).ask(OpenSessionRequest()))
    for state in STATES:
        await state(doomed, peer)
    await doomed.start(CreateSocketRequest())
    assert descriptors(agent) == before + 5

    await doomed.ask(CloseSessionRequest())

    assert descriptors(agent) == before


async def test_no_task_and_no_object_of_a_session_is_left_when_it_is_over(
    agent: RunningAgent, owner: Owner, peer: Listen
) -> None:
    tasks = len(asyncio.all_tasks())
    stories = [await owner.read(), await owner.attach()]
    for state in STATES:
        await state(owner, peer)
    await owner.ask(CloseSessionRequest())
    for story in stories:
        await story.until_ended()

    async with asyncio.timeout(PATIENCE):
        while len(asyncio.all_tasks()) > tasks:  # noqa: ASYNC110 - nobody tells when gRPC's tasks end
            await asyncio.sleep(0)
    gc.collect()
    objects = gc.get_objects()
    assert [each for each in objects if isinstance(each, Connection) and each.engine is agent.engine] == []
    sessions = [each for each in objects if isinstance(each, HeldSession)]
    assert [each for each in sessions if each.session_id == owner.session_id] == []
