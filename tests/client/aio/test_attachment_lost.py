"""The end of an agent, and of an ownership: every session is told, once, and what was asked gets an answer."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest
from tests.agents import AgentProcess, RunningAgent
from tests.client.aio.streams import LEASE, SOON, outcome, until_closed
from tests.peers import Peer
from tests.relays import Relay

from telesock.client import (
    AsyncClient,
    AsyncSession,
    Operation,
    SessionClosed,
    SessionLost,
    SessionReplaced,
)
from telesock.client.aio.session import Entry
from telesock.v1.events_pb2 import Event
from telesock.v1.sessions_pb2 import CloseSessionRequest
from telesock.v1.sessions_pb2_grpc import SessionServiceStub

Listen = Callable[..., Peer]
StartAgent = Callable[..., Awaitable[RunningAgent]]
StartProcess = Callable[..., Awaitable[AgentProcess]]
StartRelay = Callable[[str], Awaitable[Relay]]


# The agent's end


async def test_a_killed_agent_loses_the_session_within_a_lease(
    start_agent_process: StartProcess, peer: Listen
) -> None:
    process = await start_agent_process()
    listener = peer()
    async with AsyncClient(process.address) as client, client.session(lease=LEASE) as session:
        socket = await session.connect(listener.host, listener.port)
        operations: list[Operation[Any]] = [socket.receive(10), socket.send(b"x"), session.create_socket()]
        process.kill()
        await process.exited()
        for operation in operations[:1]:
            with pytest.raises(SessionLost) as raised:
                await asyncio.wait_for(outcome(operation), LEASE + SOON)

        assert raised.value.cause == "LEASE_EXPIRED"
        assert all(operation.done() for operation in operations)


async def test_an_agent_that_stands_still_loses_the_session_within_a_lease(
    start_agent_process: StartProcess,
) -> None:
    process = await start_agent_process()
    async with AsyncClient(process.address) as client, client.session(lease=LEASE) as session:
        created = await session.create_socket()
        process.pause()
        with pytest.raises(SessionLost) as raised:
            await asyncio.wait_for(outcome(created.bind()), LEASE + SOON)
        process.resume()

        assert raised.value.cause == "LEASE_EXPIRED"


async def test_a_restarted_agent_is_told_as_such(
    start_agent_process: StartProcess, held_address: str
) -> None:
    process = await start_agent_process(listen=held_address)
    async with AsyncClient(process.address) as client, client.session() as session:
        created = await session.create_socket()
        pending = asyncio.create_task(until_closed(session))
        process.kill()
        await process.exited()
        await start_agent_process(listen=held_address)
        with pytest.raises(SessionLost) as raised:
            await created.bind()

        assert (raised.value.cause, "\n" in str(raised.value)) == ("AGENT_RESTARTED", False)
        with pytest.raises(SessionLost) as told:
            await pending
        assert told.value.cause == "AGENT_RESTARTED"


async def test_a_drained_agent_tells_how_everything_ended(
    start_agent_process: StartProcess, peer: Listen
) -> None:
    process = await start_agent_process("--grace", "0")
    listener = peer()
    async with AsyncClient(process.address) as client, client.session() as session:
        socket = await session.connect(listener.host, listener.port)
        pending = socket.receive(10)
        await session.resolve("127.0.0.1")  # asked behind it: what was asked before has begun
        process.terminate()
        await process.exited()
        with pytest.raises(Exception, match="CANCELLED"):
            await pending
        with pytest.raises(SessionLost) as raised:
            await session.create_socket()

        assert raised.value.cause == "AGENT_DRAINED"


async def test_a_session_that_is_closed_elsewhere_is_told_as_closed(
    agent: RunningAgent, client: AsyncClient
) -> None:
    async with client.session() as session, grpc.aio.insecure_channel(agent.address) as channel:
        await session.create_socket()
        await SessionServiceStub(channel).CloseSession(
            CloseSessionRequest(session_id=session.session_id),
            metadata=(("telesock-session-token", session.session_token),),
        )
        with pytest.raises(SessionClosed) as raised:
            await session.create_socket()

    assert raised.value.cause == "CLOSED"


# Taking up


async def test_the_newest_owner_wins_and_the_older_one_is_told(
    client: AsyncClient, agent: RunningAgent
) -> None:
    async with client.session() as session:
        created = await session.create_socket()
        async with client.attach_session(session.session_id, session.session_token) as newer:
            with pytest.raises(SessionReplaced):
                await created.bind()
            socket = await newer.take_up_socket(created.socket_id)
            assert (await socket.bind("127.0.0.1")).host == "127.0.0.1"

        assert len(agent.engine.sessions) == 1


async def test_whoever_was_replaced_leaves_the_session_open(client: AsyncClient, agent: RunningAgent) -> None:
    async with contextlib.AsyncExitStack() as newer:
        async with client.session() as session:
            created = await session.create_socket()
            taken = client.attach_session(session.session_id, session.session_token)
            await newer.enter_async_context(taken)
            with pytest.raises(SessionReplaced):
                await created.bind()

        assert await taken.create_socket() is not None
        assert len(agent.engine.sessions) == 1


async def test_leaving_a_session_that_was_taken_up_leaves_it_and_its_operations_alone(
    client: AsyncClient, agent: RunningAgent, peer: Listen
) -> None:
    listener = peer()
    async with client.session() as session:
        socket = await session.connect(listener.host, listener.port)
        far = await listener.accepted()
        async with client.attach_session(session.session_id, session.session_token) as first:
            taken = await first.take_up_socket(socket.socket_id)
            assert await taken.send(b"one") == 3
            receiving = taken.receive(10)
            await first.resolve("127.0.0.1")  # asked behind it: what was asked before has begun
        with pytest.raises(SessionClosed):
            await receiving
        far.send(b"reply")
        async with client.attach_session(
            session.session_id, session.session_token, session.boot_id, start_after=0
        ) as second:
            again = await second.take_up_socket(socket.socket_id)
            assert await again.send(b"two") == 3
            events = second.events(start_after=0, socket_ids=[socket.socket_id])
            story = [await anext(events) for _ in range(4)]

    await far.until_received(b"onetwo")
    received = [
        event.completion.receive.data
        for event in story
        if isinstance(event, Event) and event.operation_id == receiving.operation_id
    ]
    assert received == [b"reply"]


async def test_a_session_that_is_not_there_cannot_be_taken_up(client: AsyncClient) -> None:
    with pytest.raises(SessionLost) as raised:
        async with client.attach_session("s-nobody", "secret"):
            pytest.fail("there is none")

    assert raised.value.cause == "SESSION_UNKNOWN"


async def test_a_session_that_went_with_an_earlier_life_of_the_agent_is_told_as_such(
    start_agent_process: StartProcess, held_address: str
) -> None:
    process = await start_agent_process(listen=held_address)
    async with AsyncClient(process.address) as client, client.session() as session:
        cursor = (session.session_id, session.session_token, session.boot_id, session.last_sequence)
        process.kill()
        await process.exited()
    following = await start_agent_process(listen=held_address)
    async with AsyncClient(following.address) as client:
        with pytest.raises(SessionLost) as raised:
            async with client.attach_session(*cursor):
                pytest.fail("it is gone")

    assert raised.value.cause == "AGENT_RESTARTED"


async def test_what_the_owner_before_had_on_its_way_does_not_use_up_the_ids_of_the_next(
    client: AsyncClient, agent: RunningAgent
) -> None:
    async with client.session() as session:
        found = await client._take_up(session.session_id, session.session_token, session.boot_id, None)
        late = await session.create_socket()  # looked at already, and not yet replaced

        async def enter() -> Entry:
            return found

        async with AsyncSession(client._calls, enter) as newer:
            socket = await newer.create_socket()

    assert (late.socket_id, socket.socket_id) == (1, 2)
