"""The load of a soak: what clients do all day, each checking that it got what it should have.

A load is a coroutine that goes on until it is cancelled, over and over, and raises when anything is lost, comes twice or
is not what was sent. All of them share one session, but for those whose session ends on purpose.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import grpc
from tests.relays import Relay

from telesock.client import (
    AsyncClient,
    AsyncSession,
    AsyncSocket,
    Cancelled,
    CancelOutcome,
    Latency,
    Slices,
)
from telesock.v1 import sessions_pb2, sessions_pb2_grpc, sockets_pb2, sockets_pb2_grpc
from telesock.v1.events_pb2 import Gap

HOST = "127.0.0.1"
WORD = bytes(range(256)) * 8
_LEASE = 1.0  # seconds of the sessions that are left alone
_CUT_LEASE = 10.0  # seconds: longer than any cut, and over before the end is looked at, where the end came into an opening
_CUT_EVERY = 25  # words


class Place(NamedTuple):
    """What loads need."""

    address: str
    session: AsyncSession
    echo: int
    """The port of a peer that says again what it hears, and ends when it is ended."""


async def talk(socket: AsyncSocket, words: int) -> None:
    """Say so many words, and hear each again."""
    for number in range(words):
        word = WORD[number:] + WORD[:number]
        sent = socket.send(word)
        assert await socket.receive(len(word), wait_all=True) == word
        assert await sent == len(word)


async def part(socket: AsyncSocket) -> None:
    """End a connection as friends do."""
    await socket.disconnect(timeout=10)
    assert await socket.receive(1) == b""
    await socket.close()


async def echoes(place: Place) -> None:
    """Connect, talk, end."""
    socket = await place.session.connect(HOST, place.echo)
    await talk(socket, 20)
    await part(socket)


async def accepts(place: Place) -> None:
    """Listen, be dialed, talk over what was accepted, close all: in one way or the other."""
    async with await place.session.listen() as listener:
        assert listener.local is not None, "it listens"
        for graceful in (True, False):
            accepting = listener.accept()
            dialing = await place.session.connect(HOST, listener.local.port, initial_data=WORD)
            accepted = await accepting
            assert await accepted.receive(len(WORD), wait_all=True) == WORD
            if graceful:
                await dialing.disconnect(final_data=b"bye", timeout=10)
                assert await accepted.receive(9, wait_all=True) == b"bye"
            await dialing.close()
            await accepted.close()


async def datagrams(place: Place) -> None:
    """Send datagrams to oneself."""
    one, other = await place.session.datagram(HOST), await place.session.datagram(HOST)
    assert other.local is not None, "it is bound"
    for number in range(20):
        receiving = other.receive_from()
        await one.send_to(b"%d" % number, (HOST, other.local.port))
        assert (await receiving).data == b"%d" % number
    await one.close()
    await other.close()


async def chains(place: Place) -> None:
    """Let the agent do all of it by itself."""
    chain = place.session.chain(timeout=10)
    connection = chain.connect(HOST, place.echo, initial_data=WORD)
    received = connection.receive(len(WORD), wait_all=True)
    connection.disconnect(timeout=10)
    closed = connection.close()
    await chain.submit()
    assert await received == WORD
    await closed


async def relays(place: Place) -> None:
    """Relay a program that knows nothing of us, through faults that come and go."""
    async with place.session.relay((HOST, place.echo)) as relay:
        reader, writer = await asyncio.open_connection(*relay.address)
        for fault in (Latency(0.002), Slices(100)):
            async with relay.fault(fault):
                writer.write(WORD)
                assert await reader.readexactly(len(WORD)) == WORD
        writer.close()
        await writer.wait_closed()


async def cancels(place: Place) -> None:
    """Ask for what does not come, and take it back."""
    socket = await place.session.connect(HOST, place.echo)
    waiting = [socket.receive(10) for _ in range(5)]
    for operation in reversed(waiting):
        assert await operation.cancel() is CancelOutcome.CANCELLED
    for operation in waiting:
        with contextlib.suppress(Cancelled):
            raise AssertionError(f"it was cancelled, and has {await operation!r}")
    await talk(socket, 1)  # nothing was taken by them
    await socket.close()


async def resumes(place: Place) -> None:
    """Talk over a way that is cut again and again."""
    async with (
        Relay(place.address) as way,
        AsyncClient(way.address) as client,
        client.session(lease=_CUT_LEASE) as session,
    ):
        socket = await session.connect(HOST, place.echo)
        for _ in range(4):
            talking = asyncio.create_task(talk(socket, _CUT_EVERY))
            await asyncio.sleep(0.01)
            way.cut()
            await talking
        await part(socket)


async def desertions(place: Place) -> None:
    """Open a session, do something, and never come back: the lease has to end it."""
    options = (("grpc.use_local_subchannel_pool", 1),)
    async with grpc.aio.insecure_channel(place.address, options) as channel:
        sessions = sessions_pb2_grpc.SessionServiceStub(channel)
        request = sessions_pb2.OpenSessionRequest(label="deserted")
        request.lease_duration.FromNanoseconds(int(_LEASE * 1e9))
        opened = await sessions.OpenSession(request)
        metadata = (("telesock-session-token", opened.session_token),)
        connect = sockets_pb2.ConnectRequest(session_id=opened.session_id, spec=sockets_pb2.SocketSpec())
        connect.remote.host, connect.remote.port = HOST, place.echo
        await sockets_pb2_grpc.SocketServiceStub(channel).Connect(connect, metadata=metadata)
        stream = sessions.StreamEvents(
            sessions_pb2.StreamEventsRequest(session_id=opened.session_id), metadata=metadata
        )
        with contextlib.suppress(grpc.aio.AioRpcError):  # SESSION_LOST, when the lease is over
            async with asyncio.timeout(_LEASE + 10):
                async for _ in stream:
                    pass


async def observing(place: Place) -> None:
    """Read the session's story for a while: every event once, in its order."""
    expected = place.session.last_sequence + 1
    async with contextlib.aclosing(place.session.events(expected - 1)) as events:
        async with asyncio.timeout(60):
            async for event in events:
                assert not isinstance(event, Gap), f"{event} although nobody was slow"
                assert event.sequence == expected, f"{event.sequence} came for {expected}"
                expected += 1
                if expected % 2_000 == 0:
                    return


LOADS: tuple[Callable[[Place], Awaitable[None]], ...] = (
    echoes,
    echoes,
    accepts,
    datagrams,
    chains,
    relays,
    cancels,
    resumes,
    desertions,
    observing,
)


async def over_and_over(load: Callable[[Place], Awaitable[None]], place: Place) -> None:
    """Carry a load until somebody cancels it."""
    while True:
        try:
            async with asyncio.timeout(90):
                await load(place)
        except Exception as error:
            raise AssertionError(f"{load.__name__}: {error!r}") from error
