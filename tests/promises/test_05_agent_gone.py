"""An owner is told at the first contact with the agent's next life, at the latest one lease after the last renewal.

Nobody waits longer, whatever for; and calls that are about no session have a time limit of their own.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest
from tests.agents import AgentProcess
from tests.client.aio.streams import LEASE
from tests.promises.owners import Listen

from telesock.client import (
    AgentUnavailable,
    AsyncClient,
    AsyncSession,
    IndicationKind,
    Latency,
    SessionLost,
)
from telesock.client.channels import CALL_TIMEOUT

MARGIN = 1.0  # seconds that a loaded machine may add

Start = Callable[..., Awaitable[AgentProcess]]


async def wait_for(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


async def last_of(events: AsyncIterator[Any]) -> None:
    async for _ in events:
        pass


async def begin(session: AsyncSession, peer: Listen) -> dict[str, Awaitable[Any]]:
    """Whatever a program can wait for in a session, by name; each would take for ever."""
    listener = peer()
    socket = await session.connect(
        listener.host, listener.port, indications=[IndicationKind.DATA, IndicationKind.DISCONNECT]
    )
    receiving = await session.connect(listener.host, listener.port)
    accepting = await session.listen("127.0.0.1")
    datagrams = await session.datagram("127.0.0.1")
    relay = await session.relay(upstream=(listener.host, listener.port))
    await session.get_session()
    return {
        "operation": receiving.receive(10),
        "indications": last_of(socket.indications()),
        "connections": last_of(aiter(accepting)),
        "datagrams": datagrams.receive_from(),
        "relayed": last_of(relay.connections()),
        "events": last_of(session.events()),
    }


async def ask(session: AsyncSession) -> dict[str, Awaitable[Any]]:
    """What a program may ask for when the agent is gone already."""
    chain = session.chain()
    chain.connect("127.0.0.1", 1)
    operation = session.create_socket()
    return {"new operation": operation, "cancel": operation.cancel(), "chain": chain.submit()}


async def outcomes(waiting: Mapping[str, Awaitable[Any]], seconds: float) -> dict[str, object]:
    """How each has ended in that time."""
    async with asyncio.timeout(seconds):
        results = await asyncio.gather(*map(wait_for, waiting.values()), return_exceptions=True)
    return {
        name: (type(result), getattr(result, "cause", None))
        for name, result in zip(waiting, results, strict=True)
    }


def kill(agent: AgentProcess) -> None:
    agent.kill()


def pause(agent: AgentProcess) -> None:
    agent.pause()


@pytest.mark.parametrize("end", [kill, pause])
async def test_nobody_waits_longer_than_a_lease_for_an_agent_that_is_gone_for_good(
    end: Callable[[AgentProcess], None], start_agent_process: Start, peer: Listen
) -> None:
    agent = await start_agent_process()
    async with AsyncClient(agent.address) as client, client.session(lease=LEASE) as session:
        waiting = await begin(session, peer)
        end(agent)
        ended = await outcomes({**waiting, **await ask(session)}, LEASE + MARGIN)
        at_once = await outcomes(await ask(session), MARGIN)

    expected = (SessionLost, "LEASE_EXPIRED")
    assert ended == dict.fromkeys(ended, expected)
    assert at_once == dict.fromkeys(at_once, expected)


async def test_everybody_is_told_at_the_first_contact_with_an_agent_that_was_started_anew(
    start_agent_process: Start, held_address: str, peer: Listen
) -> None:
    agent = await start_agent_process(listen=held_address)
    async with AsyncClient(agent.address) as client, client.session(lease=600) as session:
        waiting = await begin(session, peer)
        agent.kill()
        await agent.exited()
        asked = await ask(session)
        await start_agent_process(listen=held_address)
        ended = await outcomes({**waiting, **asked}, 30)

    assert ended == dict.fromkeys(ended, (SessionLost, "AGENT_RESTARTED"))


async def test_single_calls_to_an_agent_that_stands_still_end_with_their_own_time_limit(
    start_agent_process: Start,
) -> None:
    agent = await start_agent_process()
    async with AsyncClient(agent.address) as client, client.session() as session:
        await session.create_socket()
        agent.pause()
        calls = {
            "agent": client.get_agent(),
            "session": session.get_session(),
            "sockets": session.list_sockets(),
            "fault": wait_for(session.fault(Latency(1.0))),
            "another session": client.session().__aenter__(),
            "taking up": client.attach_session(session.session_id, session.session_token).__aenter__(),
        }
        ended = await outcomes(calls, CALL_TIMEOUT + MARGIN)
        agent.kill()

    assert ended == dict.fromkeys(calls, (AgentUnavailable, None))
