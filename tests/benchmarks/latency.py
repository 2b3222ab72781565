"""How long one operation on an idle session takes until its outcome is in the program, beside floors and a peer.

Half of all round trips take less (p50). The contestants take turns in short blocks within each round, because what
disturbs a machine lasts longer than a block.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import grpc
from tests.benchmarks import processes, ssh
from tests.benchmarks.programs.bare import SERVICE
from tests.benchmarks.programs.sink import SELDOM
from tests.benchmarks.results import Figure, Goal, Result, Scale
from tests.benchmarks.round_trips import OPERATIONS, RoundTrip, one_round
from tests.benchmarks.rounds import ratio

from telesock.client import AsyncClient, AsyncSession, IndicationKind
from telesock.v1 import operations_pb2, sessions_pb2, sessions_pb2_grpc, sockets_pb2, sockets_pb2_grpc
from telesock.v1.events_pb2 import Event
from telesock.v1.types_pb2 import Endpoint

PAYLOAD = b"x" * 64
BLOCKS = 20
READ_BYTES = 65_536

SEND = "one send, awaited"
UNARY_SEND = "unary Send"
ECHO = "echo: send, data indication"
STREAM = "floor: stream, one message back and forth"
RELAY = "floor: stream, echoed by the peer behind it"
UNARY = "floor: unary call"
SSH = "asyncssh echo"


async def measure(scale: Scale) -> list[Result]:
    """Measure all of them, block by block."""
    async with (
        floors() as (unary, stream, relay),
        telesock() as (send, unary_send, echo),
        ssh_echo() as through_ssh,
    ):
        trips = {
            SEND: send,
            STREAM: stream,
            ECHO: echo,
            RELAY: relay,
            SSH: through_ssh,
            UNARY_SEND: unary_send,
            UNARY: unary,
        }
        rounds = [await one_round(trips, scale.of(BLOCKS)) for _ in range(scale.rounds)]
        return [judged({name: tuple(each[name] for each in rounds) for name in trips})]


def judged(found: dict[str, tuple[float, ...]]) -> Result:
    """Hold each operation to its goal."""
    return Result(
        "Latency of one operation, idle session (p50)",
        tuple(Figure(name, "µs", values) for name, values in found.items()),
        (
            Goal("one send / stream floor", ratio(found[SEND], found[STREAM]), 1.25),
            Goal("unary Send / unary floor", ratio(found[UNARY_SEND], found[UNARY]), 1.25),
            Goal("echo / stream floor", ratio(found[ECHO], found[STREAM]), 1.45),
            Goal("echo / floor with the peer", ratio(found[ECHO], found[RELAY]), 1.45),
            Goal("echo / asyncssh echo", ratio(found[ECHO], found[SSH]), 0.333),
        ),
        f"{len(PAYLOAD)} bytes, one operation at a time, blocks of {OPERATIONS}.",
    )


@contextlib.asynccontextmanager
async def floors() -> AsyncIterator[tuple[RoundTrip, RoundTrip, RoundTrip]]:
    """The round trips of bare gRPC: a unary call, a message on a stream that stands, and one that a peer echoes."""
    with (
        processes.program("echo_server") as address,
        processes.program("echo_peer") as peer,
        processes.program("relaying_server", peer) as relaying,
    ):
        async with (
            grpc.aio.insecure_channel(address) as channel,
            back_and_forth(address, "Stream") as stream,
            back_and_forth(relaying, "Echo") as relay,
        ):
            unary: Any = channel.unary_unary(f"/{SERVICE}/Unary")
            yield lambda: unary(PAYLOAD), stream, relay


@contextlib.asynccontextmanager
async def back_and_forth(address: str, method: str) -> AsyncIterator[RoundTrip]:
    """A message and its answer on one stream of a bare server."""
    async with grpc.aio.insecure_channel(address) as channel:
        stream: Any = channel.stream_stream(f"/{SERVICE}/{method}")()

        async def trip() -> None:
            await stream.write(PAYLOAD)
            await stream.read()

        yield trip
        stream.cancel()


@contextlib.asynccontextmanager
async def telesock() -> AsyncIterator[tuple[RoundTrip, RoundTrip, RoundTrip]]:
    """The round trips through an agent: a send, a unary Send, and an echo."""
    with (
        processes.agent() as (address, _),
        processes.program("sink", SELDOM) as sink,
        processes.program("echo_peer") as echo,
    ):
        async with (
            AsyncClient(address) as client,
            client.session() as session,
            grpc.aio.insecure_channel(address) as channel,
        ):
            connection = await session.connect("127.0.0.1", int(sink))
            unary_send = await connected_by_calls(channel, int(sink))
            yield lambda: connection.send(PAYLOAD), unary_send, await echoing(session, int(echo))


async def echoing(session: AsyncSession, port: int) -> RoundTrip:
    """Connect to a peer that echoes."""
    connection = await session.connect("127.0.0.1", port, indications=[IndicationKind.DATA])
    indications = connection.indications()

    async def echo() -> None:
        connection.send(PAYLOAD)
        left = len(PAYLOAD)
        while left:
            indication = await anext(indications)
            assert isinstance(indication, Event), "the session loses none"
            left -= len(indication.data_received.data)

    return echo


async def connected_by_calls(channel: grpc.aio.Channel, port: int) -> RoundTrip:
    """Connect with the stubs, as any language could do it, in a session of its own that keeps the latest events."""
    sessions, sockets = (
        sessions_pb2_grpc.SessionServiceStub(channel),
        sockets_pb2_grpc.SocketServiceStub(channel),
    )
    opened = await sessions.OpenSession(
        sessions_pb2.OpenSessionRequest(retention=sessions_pb2.RETENTION_LATEST)
    )
    metadata = (("telesock-session-token", opened.session_token),)
    connect = sockets_pb2.ConnectRequest(
        session_id=opened.session_id,
        socket_id=1,
        spec=sockets_pb2.SocketSpec(),
        remote=Endpoint(host="127.0.0.1", port=port),
    )
    await sockets.Connect(connect, metadata=metadata)
    request = sockets_pb2.SendRequest(session_id=opened.session_id, socket_id=1, data=PAYLOAD)

    async def send() -> None:
        answer = await sockets.Send(request, metadata=metadata)
        assert answer.operation.state == operations_pb2.OPERATION_STATE_COMPLETED

    return send


@contextlib.asynccontextmanager
async def ssh_echo() -> AsyncIterator[RoundTrip]:
    """An echo through asyncssh."""
    with processes.program("echo_peer") as port:
        async with ssh.connected() as connection:
            reader, writer = await connection.open_connection("127.0.0.1", int(port), encoding=None)

            async def echo() -> None:
                writer.write(PAYLOAD)
                await reader.readexactly(len(PAYLOAD))

            yield echo
            writer.close()
