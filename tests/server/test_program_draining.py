"""A drain ends in time, whatever peers, subscribers and owners do or leave undone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from tests.agents import AgentProcess
from tests.peers import Peer
from tests.promises.conftest import unanswered
from tests.promises.owners import MIB, STALLING, Caller, Owner, connect_to

from telesock.v1.agent_pb2 import DrainRequest
from telesock.v1.faults_pb2 import CreateFaultRequest, Fault
from telesock.v1.sessions_pb2 import OpenSessionRequest
from telesock.v1.sockets_pb2 import (
    CloseRequest,
    DisconnectRequest,
    ReceiveRequest,
    ResolveRequest,
    SendRequest,
)

StartProcess = Callable[..., Awaitable[AgentProcess]]
Listen = Callable[..., Peer]

__all__ = ["unanswered"]

GRACE, LAST_WRITES = 0.5, 5.0  # seconds
SLACK = 15.0  # seconds, of a machine that has other things to do
EVENTS = 16  # of a megabyte, more than streams and sockets take in


async def test_neither_peers_nor_readers_nor_lookups_nor_hanging_ends_keep_an_agent_from_stopping(
    start_agent_process: StartProcess, peer: Listen, unanswered: int
) -> None:
    process = await start_agent_process("--grace", str(GRACE))
    async with grpc.aio.insecure_channel(process.address) as channel:
        owner = Owner(channel, await Caller(channel).ask(OpenSessionRequest()))
        unread = await leave_unread(owner, peer())
        await leave_pending(owner, peer, unanswered)

        process.terminate()

        async with asyncio.timeout(GRACE + LAST_WRITES + SLACK):
            assert await process.exited() == 0
        unread.cancel()
        await owner.close()


async def leave_unread(owner: Owner, listener: Peer) -> Any:
    """Have more events than a stream takes in, an attachment that reads none of them, and a subscriber, returned."""
    socket_id, far = await owner.connect(listener)
    far.send(bytes(EVENTS * MIB))
    for _ in range(EVENTS):
        await owner.run(ReceiveRequest(socket_id=socket_id, length=MIB, wait_all=True))
    await owner.attach(reading=False)
    return owner.stream()


async def leave_pending(owner: Owner, peer: Listen, unanswered: int) -> None:
    """Have operations pending that nothing will ever end but the agent."""
    for ending in ([], [DisconnectRequest()], [CloseRequest(graceful=True)]):
        stalled, _ = await owner.connect(peer(**STALLING))
        for request in [SendRequest(data=bytes(MIB))] * 4 + ending:
            request.socket_id = stalled
            await owner.start(request)
    silent, _ = await owner.connect(peer())
    await owner.start(ReceiveRequest(socket_id=silent, length=1))
    await owner.start(connect_to("127.0.0.1", unanswered))
    slow = Fault(name="slow", resolve_delay={"delay": {"seconds": 3600}})
    await owner.ask(CreateFaultRequest(fault=slow))
    await owner.start(ResolveRequest(name="localhost"))


async def test_a_signal_shortens_a_drain_that_somebody_wanted_to_be_long(
    start_agent_process: StartProcess, peer: Listen
) -> None:
    process = await start_agent_process("--grace", "0")
    async with grpc.aio.insecure_channel(process.address) as channel:
        owner = Owner(channel, await Caller(channel).ask(OpenSessionRequest()))
        socket_id, _ = await owner.connect(peer())
        await owner.start(ReceiveRequest(socket_id=socket_id, length=1))
        await owner.ask(DrainRequest(grace_period={"seconds": 3600}))
        await process.logged("agent_draining")

        process.terminate()

        async with asyncio.timeout(LAST_WRITES + SLACK):
            assert await process.exited() == 0
        await owner.close()
