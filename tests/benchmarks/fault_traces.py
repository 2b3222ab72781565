"""What effects do to a transfer, measured: a real agent sends to, or receives from, a peer of this process.

Each case is a fault as one types it, and is run without and with it; times are seconds from the beginning of the transfer.
"""

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

from tests.benchmarks.failures import CannotRun

from telesock.client import AsyncSession, AsyncSocket, Operation, Rejected, TelesockError
from telesock.client.cli.fault_specs import parse_fault

_PATIENCE = 1.0  # seconds without a byte that are taken for silence
_BUFFER = 16_384  # bytes of the kernel's buffers where a window has to close soon


class Transfer(NamedTuple):
    """Pieces, one every so many seconds, and then the end."""

    piece: int = 1000
    pieces: int = 40
    every: float = 0.01

    @property
    def data(self) -> bytes:
        """All of it."""
        return random.Random(5).randbytes(self.piece * self.pieces)


class StreamCase(NamedTuple):
    """A fault on one transfer: what the agent's socket sends, unless it is to receive."""

    spec: str
    transfer: Transfer = Transfer()
    receiving: bool = False
    counts_sent: bool = False
    """Whether what the peer could send is looked at, instead of what arrives."""


class Trace(NamedTuple):
    """How many bytes had come when, how it ended, and which of them were others than those sent."""

    points: tuple[tuple[float, int], ...]
    end: str = ""
    changed: tuple[tuple[float, int], ...] = ()


class Arrival(NamedTuple):
    """A datagram that arrived: when, which, and whether it is as it was sent."""

    at: float
    number: int
    whole: bool


STREAMS = (
    StreamCase("latency=150ms,jitter=50ms,seed=7"),
    StreamCase("bandwidth=50KB/s"),
    StreamCase("slices=3000,gap=60ms"),
    StreamCase("drip=20ms", Transfer(piece=1)),
    StreamCase("stall=200ms,after-bytes=15000"),
    StreamCase("slow-close=300ms"),
    StreamCase("never-read,expires-after=250ms", Transfer(4000, 50), receiving=True, counts_sent=True),
    StreamCase("packet-loss@15%", receiving=True),
    StreamCase("limit=20000"),
    StreamCase("half-close,after=200ms"),
    StreamCase("reset,after=200ms"),
    StreamCase("short-write=300,nth=20"),
    StreamCase("corruption=300/million,seed=7"),
    StreamCase("duplicate-bytes=2000,decided-per=each,seed=7@50%"),
    StreamCase("insert-bytes,offset=20000,data=" + 20_000 * "x"),
)
DATAGRAMS = (
    "datagram-loss,seed=7@20%",
    "datagram-duplication=2,seed=7@20%",
    "datagram-reordering=6,seed=7@10%",
    "datagram-delay=50ms,jitter=25ms,seed=7",
    "datagram-truncation=20,seed=7@20%",
    "datagram-corruption=3,seed=7@20%",
)
_DATAGRAMS = Transfer(piece=100, pieces=32, every=0.005)


async def stream_trace(session: AsyncSession, case: StreamCase, *, faulted: bool) -> Trace:
    """Run one transfer."""
    faults = [parse_fault(case.spec)] if faulted else []
    options = {"receive_buffer_bytes": _BUFFER} if case.counts_sent else {}
    with listening(_BUFFER if case.counts_sent else None) as (listener, place):
        accepting = asyncio.ensure_future(asyncio.get_running_loop().sock_accept(listener))
        try:
            connection = await session.connect(*place, faults=faults, options=options)
        except Rejected as refused:
            raise CannotRun(f"{case.spec}: {refused}") from None
        peer, _ = await accepting
        with peer:
            try:
                return await _run(connection, peer, case)
            finally:
                await connection.close()


async def _run(connection: AsyncSocket, peer: socket.socket, case: StreamCase) -> Trace:
    began = time.perf_counter()
    if not case.receiving:
        sending = asyncio.ensure_future(_send(connection, case.transfer))
        trace = await _seen(_arriving(peer), case.transfer, began)
        await sending
        return trace
    sent: list[tuple[float, int]] = [(0.0, 0)]
    writing = asyncio.ensure_future(_write(peer, case.transfer, began, sent))
    trace = await _seen(_received(connection), case.transfer, began)
    await writing
    return Trace(tuple(sent)) if case.counts_sent else trace


async def _send(connection: AsyncSocket, transfer: Transfer) -> None:
    """Ask for sends at their times, whatever becomes of them, and for the end."""
    operations: list[Operation[Any]] = []
    with contextlib.suppress(TelesockError):
        async for piece in _paced(transfer):
            operations.append(connection.send(piece))
        operations.append(connection.disconnect())
    for operation in operations:
        with contextlib.suppress(TelesockError):
            await operation


async def _write(
    peer: socket.socket, transfer: Transfer, began: float, sent: list[tuple[float, int]]
) -> None:
    async for piece in _paced(transfer):
        await asyncio.get_running_loop().sock_sendall(peer, piece)
        sent.append((time.perf_counter() - began, sent[-1][1] + len(piece)))
    peer.shutdown(socket.SHUT_WR)


async def _paced(transfer: Transfer) -> AsyncIterator[bytes]:
    """Pieces, each at its time."""
    data, began = transfer.data, time.perf_counter()
    for number in range(transfer.pieces):
        await asyncio.sleep(max(0.0, began + number * transfer.every - time.perf_counter()))
        yield data[number * transfer.piece : (number + 1) * transfer.piece]


async def _arriving(peer: socket.socket) -> AsyncIterator[bytes]:
    while data := await asyncio.wait_for(asyncio.get_running_loop().sock_recv(peer, 65_536), _PATIENCE):
        yield data


async def _received(connection: AsyncSocket) -> AsyncIterator[bytes]:
    while data := await connection.receive(65_536, timeout=_PATIENCE):
        yield data


async def _seen(reading: AsyncIterator[bytes], transfer: Transfer, began: float) -> Trace:
    """Note what comes until the end, or until nothing more comes."""
    sent, points, changed, end = transfer.data, [(0.0, 0)], [], "FIN"
    try:
        async for data in reading:
            now, before = time.perf_counter() - began, points[-1][1]
            wanted = sent[before : before + len(data)]
            changed += [
                (now, before + place)
                for place, (was, came) in enumerate(zip(wanted, data, strict=False))
                if was != came
            ]
            points.append((now, before + len(data)))
    except ConnectionResetError:
        end = "RST"
    except TimeoutError:
        return Trace(tuple(points), "", tuple(changed))
    points.append((time.perf_counter() - began, points[-1][1]))
    return Trace(tuple(points), end, tuple(changed))


async def datagram_trace(session: AsyncSession, spec: str, *, faulted: bool) -> tuple[Arrival, ...]:
    """Send datagrams, and note which arrive."""
    faults = [parse_fault(spec)] if faulted else []
    sent = [piece async for piece in _paced(_DATAGRAMS._replace(every=0.0))]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.setblocking(False)
        async with await session.datagram("127.0.0.1", remote=peer.getsockname(), faults=faults) as sending:
            began = time.perf_counter()
            arriving = asyncio.ensure_future(_arrivals(peer, sent, began))
            async for piece in _paced(_DATAGRAMS):
                sending.send_to([piece])
            return await arriving


async def _arrivals(peer: socket.socket, sent: list[bytes], began: float) -> tuple[Arrival, ...]:
    """Note datagrams until none have come for a while."""
    found = []
    with contextlib.suppress(TimeoutError):
        while True:
            data = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(peer, 65_536), 0.5)
            number = min(range(len(sent)), key=lambda each: _differences(sent[each], data))
            found.append(Arrival(time.perf_counter() - began, number, data == sent[number]))
    return tuple(found)


def _differences(sent: bytes, came: bytes) -> int:
    return sum(was != is_now for was, is_now in zip(sent, came, strict=False))


@contextlib.contextmanager
def listening(send_buffer: int | None = None) -> Iterator[tuple[socket.socket, tuple[str, int]]]:
    """A listener of this process, and its address."""
    with socket.socket() as listener:
        if send_buffer is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        yield listener, listener.getsockname()
