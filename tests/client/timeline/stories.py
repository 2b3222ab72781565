"""A real story to look at: three agents, one of them a server, two clients of it, and a peer outside; with faults.

    timeline = await record_story()

What it tells is the same every time, but for times, ports, and the names of sessions.
"""

import contextlib

from tests.agents import RunningAgent, start_agent
from tests.peers import Peer

from telesock.client import (
    AsyncClient,
    AsyncListener,
    AsyncSession,
    AsyncSocket,
    IndicationKind,
    Latency,
    OperationFailed,
    Reset,
)
from telesock.client.timeline import Timeline, TimelineRecorder

HOST = "127.0.0.1"
_SIZE = 65_536
AGENTS = ("server", "client-1", "client-2")


async def record_story() -> Timeline:
    """Play it and return its timeline."""
    recorder = TimelineRecorder(title="A server, two clients, and a slow way between")
    async with contextlib.AsyncExitStack() as everything:
        peer = Peer()
        everything.callback(peer.close)
        sessions = [await _session(everything, name, recorder) for name in AGENTS]
        await _play(recorder, peer, *sessions)
        return recorder.timeline()


async def _session(
    everything: contextlib.AsyncExitStack, name: str, recorder: TimelineRecorder
) -> AsyncSession:
    agent: RunningAgent = await start_agent()
    everything.push_async_callback(agent.stop)
    client = await everything.enter_async_context(AsyncClient(agent.address))
    session = await everything.enter_async_context(client.session(label=name))
    session.record_to(recorder, agent=name)
    return session


async def _play(
    recorder: TimelineRecorder, peer: Peer, server: AsyncSession, first: AsyncSession, second: AsyncSession
) -> None:
    recorder.note("the server listens")
    listener = await server.listen(HOST, options={"no_delay": True})
    recorder.note("both clients ask it")
    for client in (first, second):
        await _ask(listener, client, b"GET /orders HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n[]")
    recorder.note("the way to client-1 becomes slow", agent="client-1")
    async with first.fault(Latency(0.03), direction="receive", name="slow-way", seed=7):
        await _ask(listener, first, b"GET /slow HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n{}")
    recorder.note("client-2 is cut off in the middle")
    await _cut(listener, second)
    await _refused(first, peer)


async def _connected(listener: AsyncListener, client: AsyncSession) -> tuple[AsyncSocket, AsyncSocket]:
    accepting = listener.accept()
    assert listener.local is not None
    connection = await client.connect(
        HOST, listener.local.port, timeout=5, indications=[IndicationKind.DISCONNECT]
    )
    return connection, await accepting


async def _ask(listener: AsyncListener, client: AsyncSession, question: bytes, answer: bytes) -> None:
    connection, accepted = await _connected(listener, client)
    waiting = accepted.receive(_SIZE)
    await connection.send(question)
    await waiting
    answered = connection.receive(_SIZE)
    await accepted.send(answer)
    await answered
    await accepted.disconnect()
    await connection.disconnect()
    await connection.close()
    await accepted.close()


async def _cut(listener: AsyncListener, client: AsyncSession) -> None:
    connection, accepted = await _connected(listener, client)
    waiting = accepted.receive(_SIZE)
    async with connection.fault(Reset("next_operation"), name="cut"):
        with contextlib.suppress(ConnectionResetError):
            await connection.send(b"POST /orders HTTP/1.1\r\n\r\n")
    with contextlib.suppress(OperationFailed):
        await waiting
    await accepted.close()
    await connection.close()


async def _refused(client: AsyncSession, peer: Peer) -> None:
    outside = await client.connect(peer.host, peer.port)
    await outside.send(b"hello")
    outside.receive(_SIZE)  # nothing comes
    peer.close()
    with contextlib.suppress(OperationFailed):
        await client.connect(peer.host, peer.port)
