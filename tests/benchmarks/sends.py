"""How many small sends a client makes a second, every one completed and looked at, beside floors and a peer.

The floors carry the same bytes over gRPC in batches: one only sends the batch back, the others make the same real sends
first, and nothing else, of plain bytes or of the contract's messages. RPyC makes one call after the other, as its users do.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import grpc
import rpyc
from tests.benchmarks import processes
from tests.benchmarks.programs.bare import SERVICE
from tests.benchmarks.programs.sink import SELDOM
from tests.benchmarks.results import Figure, Goal, Result, Scale
from tests.benchmarks.rounds import interleaved, rate, ratio

from telesock.client import AsyncClient, AsyncSession, AsyncSocket
from telesock.v1.sessions_pb2 import AttachRequest, Command
from telesock.v1.sockets_pb2 import SendRequest

SOCKETS = 64
PAYLOAD = b"x" * 64
SENDS = 60_000
RPYC_SENDS = 5_000
BATCH = 256
BATCHES_UNDER_WAY = 3
AT_A_TIME = 4_096
OF_EACH = 16
MESSAGE = AttachRequest(
    commands=[Command(send=SendRequest(operation_id=1, socket_id=1, data=PAYLOAD, stream_offset=0))] * BATCH
).SerializeToString()

CLIENT = "client sends, a task a socket"
AT_ONCE = "client sends, thousands at once"
GATHERED = "the same, by asyncio.gather"
SENDING = "floor: batched echo, real sends"
MESSAGES = "floor: the same, items in protobuf"
ECHO = "floor: batched echo"
RPYC = "RPyC sends"


async def measure(scale: Scale) -> list[Result]:
    """Measure all of them in turn."""
    with processes.program("sink", SELDOM) as sink:
        async with telesock_sockets(int(sink)) as sockets, floors(sink) as (echo, sending, messages):
            with rpyc_sockets(int(sink)) as remote:
                full = SOCKETS * OF_EACH
                count, calls = scale.of(SENDS // full) * full, scale.of(RPYC_SENDS)
                contestants: dict[str, Callable[[], Awaitable[float]]] = {
                    CLIENT: lambda: rate(count, send_from_tasks(sockets, count)),
                    AT_ONCE: lambda: rate(count, send_at_once(sockets, count)),
                    GATHERED: lambda: rate(count, send_gathered(sockets, count)),
                    SENDING: lambda: rate(count, send_batches(sending, count)),
                    MESSAGES: lambda: rate(count, send_batches(messages, count, MESSAGE)),
                    ECHO: lambda: rate(count, send_batches(echo, count)),
                    RPYC: lambda: rate(calls, asyncio.to_thread(send_by_calls, remote, calls)),
                }
                return [judged(await interleaved(contestants, scale.rounds))]


def judged(found: dict[str, tuple[float, ...]]) -> Result:
    """Hold the client to its goals."""
    return Result(
        f"64-byte sends over {SOCKETS} sockets",
        tuple(Figure(name, "sends/s", values) for name, values in found.items()),
        (
            Goal("client / batched echo with real sends", ratio(found[CLIENT], found[SENDING]), 1.0, True),
            Goal("client / the same in protobuf", ratio(found[CLIENT], found[MESSAGES]), 1.0, True),
            Goal("client / RPyC", ratio(found[CLIENT], found[RPYC]), 20, True),
        ),
        f"Each task asks for {OF_EACH} sends and awaits each of them, then for the next; at once are {AT_A_TIME:,}. "
        f"Floors: batches of {BATCH}, {BATCHES_UNDER_WAY} under way.",
    )


async def send_from_tasks(sockets: Sequence[AsyncSocket], count: int) -> None:
    """Let each socket have a task, as programs with many connections do."""
    turns = count // (len(sockets) * OF_EACH)
    await asyncio.gather(*(send_in_turns(socket, turns) for socket in sockets))


async def send_in_turns(socket: AsyncSocket, turns: int) -> None:
    """Ask for some sends, await each of them, and so on."""
    for _ in range(turns):
        operations = [socket.send(PAYLOAD) for _ in range(OF_EACH)]
        for operation in operations:
            await operation


async def send_at_once(sockets: Sequence[AsyncSocket], count: int) -> None:
    """Ask for thousands of sends, then await each of them."""
    for start in range(0, count, AT_A_TIME):
        numbers = range(start, min(start + AT_A_TIME, count))
        operations = [sockets[number % SOCKETS].send(PAYLOAD) for number in numbers]
        for operation in operations:
            await operation


async def send_gathered(sockets: Sequence[AsyncSocket], count: int) -> None:
    """Ask for many sends, and let asyncio await them."""
    for start in range(0, count, AT_A_TIME):
        numbers = range(start, min(start + AT_A_TIME, count))
        await asyncio.gather(*(sockets[number % SOCKETS].send(PAYLOAD) for number in numbers))


async def send_batches(method: Any, count: int, message: bytes = PAYLOAD * BATCH) -> None:
    """Send items in batches on one stream, a few of them under way."""
    call = method()
    batches = max(BATCHES_UNDER_WAY, count // BATCH)
    for _ in range(BATCHES_UNDER_WAY):
        await call.write(message)
    for _ in range(batches - BATCHES_UNDER_WAY):
        await call.read()
        await call.write(message)
    for _ in range(BATCHES_UNDER_WAY):
        await call.read()
    call.cancel()


def send_by_calls(sockets: Sequence[Any], count: int) -> None:
    """Make one remote call after the other."""
    for each in itertools.islice(itertools.cycle(sockets), count):
        each.send(PAYLOAD)


async def connect_all(session: AsyncSession, port: int, count: int) -> list[AsyncSocket]:
    """Connect `count` sockets."""
    operations = [session.connect("127.0.0.1", port) for _ in range(count)]
    return [await operation for operation in operations]


@contextlib.asynccontextmanager
async def telesock_sockets(port: int) -> AsyncIterator[list[AsyncSocket]]:
    """Sockets of an agent."""
    with processes.agent() as (address, _):
        async with AsyncClient(address) as client, client.session() as session:
            yield await connect_all(session, port, SOCKETS)


@contextlib.asynccontextmanager
async def floors(sink: str) -> AsyncIterator[tuple[Any, Any, Any]]:
    """The methods of the floors: the one that only echoes, and the two that send."""
    arguments = sink, str(SOCKETS), str(len(PAYLOAD))
    with (
        processes.program("echo_server") as echo,
        processes.program("sending_server", *arguments) as sending,
    ):
        async with (
            grpc.aio.insecure_channel(echo) as echo_channel,
            grpc.aio.insecure_channel(sending) as sending_channel,
        ):
            yield (
                echo_channel.stream_stream(f"/{SERVICE}/Stream"),
                sending_channel.stream_stream(f"/{SERVICE}/Sends"),
                sending_channel.stream_stream(f"/{SERVICE}/Messages"),
            )


@contextlib.contextmanager
def rpyc_sockets(port: int) -> Any:
    """Sockets of another Python process, held through RPyC."""
    with processes.program("rpyc_server") as server:
        connection = rpyc.classic.connect("127.0.0.1", int(server))
        try:
            socket = connection.modules.socket
            yield [socket.create_connection(("127.0.0.1", port)) for _ in range(SOCKETS)]
        finally:
            connection.close()
