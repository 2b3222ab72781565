"""How fast bytes go through an agent, down and up, beside bare gRPC streams of the same bytes and an SSH channel.

A download comes as data indications with a credit window; its floor is a bare stream with the same window, for without
one the client could not hold the peer back. An upload is sends of one size; its floor is a stream of messages of it.
"""

import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import grpc
from tests.benchmarks import processes, ssh
from tests.benchmarks.programs.bare import SERVICE
from tests.benchmarks.programs.source import REQUEST_BYTES
from tests.benchmarks.programs.transfer_server import ACKNOWLEDGE, DOWNLOAD
from tests.benchmarks.results import Figure, Goal, Result, Scale
from tests.benchmarks.rounds import interleaved, rate, ratio

from telesock.client import AsyncClient, AsyncSession, AsyncSocket, IndicationKind, SendLevel
from telesock.v1.events_pb2 import Event

KIB = 1024
MIB = 1024 * KIB
WINDOWS = {"64 KiB": 64 * KIB, "256 KiB": 256 * KIB, "1 MiB": MIB, "4 MiB": 4 * MIB, "16 MiB": 16 * MIB}
SIZES = {"64 KiB": 64 * KIB, "256 KiB": 256 * KIB, "1 MiB": MIB}
MESSAGE = 64 * KIB
IN_FLIGHT = 4 * MIB  # of the 8 MiB that an agent takes for one socket
COUNT = 64  # MiB
SSH_COUNT = 16  # MiB
SHARE = 0.8

UNBOUNDED = "floor: bare stream, no window"
SSH = "asyncssh"

Transfer = Callable[[int], Awaitable[None]]


async def measure(scale: Scale) -> list[Result]:
    """Measure the downloads in turn, then the uploads."""
    async with ssh.connected() as through, bare_channel() as bare:
        with processes.agent() as (address, _):
            async with AsyncClient(address) as client, client.session() as session:
                return [
                    await downloads(scale, session, bare, through),
                    await uploads(scale, session, bare, through),
                ]


async def downloads(scale: Scale, session: AsyncSession, bare: grpc.aio.Channel, through: Any) -> Result:
    """Measure each window, and what has none."""
    with processes.program("source") as source:
        port = int(source)
        transfers: dict[str, Transfer] = {}
        for text, window in WINDOWS.items():
            transfers[ours(text)] = await downloading(session, port, window)
            transfers[floor(text)] = partial(bare_download, bare, window)
        transfers[UNBOUNDED] = partial(bare_download, bare, 0)
        transfers[SSH] = partial(ssh_download, through, port)
        found = await measured(scale, transfers)
        shares = [f"{text} {ratio(found[ours(text)], found[UNBOUNDED]):.2f}" for text in WINDOWS]
        note = f"By credit window. Beside the stream without a window: {', '.join(shares)}."
        return judged("Download through data indications", WINDOWS, found, note)


async def uploads(scale: Scale, session: AsyncSession, bare: grpc.aio.Channel, through: Any) -> Result:
    """Measure each size of a send."""
    with processes.program("sink") as sink:
        connection = await session.connect("127.0.0.1", int(sink))
        transfers: dict[str, Transfer] = {}
        for text, size in SIZES.items():
            transfers[ours(text)] = partial(upload, connection, size)
            transfers[floor(text)] = partial(bare_upload, bare, size)
        transfers[SSH] = partial(ssh_upload, through, int(sink))
        found = await measured(scale, transfers)
        note = f"By size of a send, {IN_FLIGHT // MIB} MiB under way; the last is acknowledged by the peer's TCP."
        return judged("Upload through sends", SIZES, found, note)


def ours(text: str) -> str:
    """Name the client's figure for a window or size."""
    return f"client, {text}"


def floor(text: str) -> str:
    """Name the floor's figure for a window or size."""
    return f"floor: bare stream, {text}"


async def measured(scale: Scale, transfers: dict[str, Transfer]) -> dict[str, tuple[float, ...]]:
    """Let each move its bytes in turn; return millions of bytes a second."""

    async def run(name: str) -> float:
        count = scale.of(SSH_COUNT if name == SSH else COUNT) * MIB
        return await rate(count / 1e6, transfers[name](count))

    return await interleaved({name: partial(run, name) for name in transfers}, scale.rounds)


def judged(title: str, texts: dict[str, int], found: dict[str, tuple[float, ...]], note: str) -> Result:
    """Hold every window or size to its own floor."""
    figures = tuple(Figure(name, "MB/s", values) for name, values in found.items())
    goals = (
        Goal(f"{text}: client / floor", ratio(found[ours(text)], found[floor(text)]), SHARE, True)
        for text in texts
    )
    return Result(title, figures, tuple(goals), note)


@contextlib.asynccontextmanager
async def bare_channel() -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the floor's server."""
    with processes.program("transfer_server") as address:
        async with grpc.aio.insecure_channel(address) as channel:
            yield channel


async def downloading(session: AsyncSession, port: int, window: int) -> Transfer:
    """Connect with a credit window; return how to ask the peer for bytes and take them as they come."""
    connection = await session.connect(
        "127.0.0.1", port, indications=[IndicationKind.DATA], credit_bytes=window
    )
    indications = connection.indications()

    async def download(count: int) -> None:
        connection.send(count.to_bytes(REQUEST_BYTES))
        while count:
            indication = await anext(indications)
            assert isinstance(indication, Event), "the session loses none"
            count -= len(indication.data_received.data)

    return download


async def bare_download(channel: grpc.aio.Channel, window: int, count: int) -> None:
    """Take a stream of messages; with a window, acknowledge each quarter of it."""
    call: Any = channel.stream_stream(f"/{SERVICE}/Download")()
    await call.write(DOWNLOAD.pack(count, MESSAGE, window))
    taken = 0
    while count:
        size = len(await call.read())
        count, taken = count - size, taken + size
        if window and taken * 4 >= window:
            await call.write(ACKNOWLEDGE.pack(taken))
            taken = 0
    await call.done_writing()
    assert await call.code() == grpc.StatusCode.OK


async def ssh_download(connection: Any, port: int, count: int) -> None:
    """Take what comes through a channel of its own."""
    reader, writer = await connection.open_connection("127.0.0.1", port, encoding=None)
    writer.write(count.to_bytes(REQUEST_BYTES))
    while count:
        count -= len(await reader.read(MESSAGE))
    writer.close()


async def upload(connection: AsyncSocket, size: int, count: int) -> None:
    """Send with a bounded number of bytes under way, until the peer's TCP has all."""
    data = bytes(size)
    under_way = deque([connection.send(data) for _ in range(min(count, IN_FLIGHT) // size)])
    for _ in range((count - IN_FLIGHT) // size):
        await under_way.popleft()
        under_way.append(connection.send(data))
    under_way.append(connection.send(b"", level=SendLevel.ACKNOWLEDGED))
    for operation in under_way:
        await operation


async def bare_upload(channel: grpc.aio.Channel, size: int, count: int) -> None:
    """Stream messages until the server says that it has all."""
    call: Any = channel.stream_unary(f"/{SERVICE}/Upload")()
    data = bytes(size)
    for _ in range(count // size):
        await call.write(data)
    await call.done_writing()
    assert ACKNOWLEDGE.unpack(await call) == (count,)


async def ssh_upload(connection: Any, port: int, count: int) -> None:
    """Write through a channel of its own, until the peer has seen our end."""
    reader, writer = await connection.open_connection("127.0.0.1", port, encoding=None)
    data = bytes(MESSAGE)
    for _ in range(count // MESSAGE):
        writer.write(data)
        await writer.drain()
    writer.write_eof()
    await reader.read()
    writer.close()
