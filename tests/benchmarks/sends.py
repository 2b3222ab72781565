"""How fast sends are, beside a bare gRPC echo in the same run, and how much memory a connection costs.

    python -m tests.benchmarks.sends

Every figure is the median of interleaved rounds. Compare within one run only: absolute figures move with the machine.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from rich.console import Console
from rich.table import Table
from tests.benchmarks import processes
from tests.benchmarks.echo_server import SERVICE

from telesock.client import AsyncClient, AsyncSession, AsyncSocket
from telesock.v1 import (
    operations_pb2,
    sessions_pb2,
    sessions_pb2_grpc,
    sockets_pb2,
    sockets_pb2_grpc,
    types_pb2,
)

ROUNDS = 5
SOCKETS = 64
PAYLOAD = b"x" * 64
UNARY_CALLS = 1_000
BATCH = 256
BATCHES = 60
SENDS = 30_000
IN_FLIGHT = 4_096

Round = Callable[[], Awaitable[float]]


async def timed(count: int, work: Awaitable[None]) -> float:
    """Return how many a second."""
    start = time.perf_counter()
    await work
    return count / (time.perf_counter() - start)


async def bare_unary(channel: grpc.aio.Channel) -> None:
    """One call after the other."""
    call: Any = channel.unary_unary(f"/{SERVICE}/Unary")
    for _ in range(UNARY_CALLS):
        await call(PAYLOAD)


async def bare_batches(channel: grpc.aio.Channel) -> None:
    """Batches of items on one stream, two under way at a time."""
    call: Any = channel.stream_stream(f"/{SERVICE}/Stream")()
    message = PAYLOAD * BATCH
    await call.write(message)
    for _ in range(BATCHES):
        await call.write(message)
        await call.read()
    await call.read()
    call.cancel()


class UnarySender:
    """One Send call after the other, as any language could do it."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._sessions = sessions_pb2_grpc.SessionServiceStub(channel)
        self._sockets = sockets_pb2_grpc.SocketServiceStub(channel)

    async def open(self, port: int) -> None:
        """Open a session with one connection."""
        opened = await self._sessions.OpenSession(sessions_pb2.OpenSessionRequest())
        self._session_id = opened.session_id
        self._metadata = (("telesock-session-token", opened.session_token),)
        connect = sockets_pb2.ConnectRequest(
            session_id=self._session_id,
            socket_id=1,
            spec=sockets_pb2.SocketSpec(),
            remote=types_pb2.Endpoint(host="127.0.0.1", port=port),
        )
        await self._sockets.Connect(connect, metadata=self._metadata)

    async def run(self) -> None:
        """Send, and look that each send is complete when the call returns."""
        request = sockets_pb2.SendRequest(session_id=self._session_id, socket_id=1, data=PAYLOAD)
        for _ in range(UNARY_CALLS):
            answer = await self._sockets.Send(request, metadata=self._metadata)
            assert answer.operation.state == operations_pb2.OPERATION_STATE_COMPLETED
        last = answer.operation.completion_sequence
        acknowledge = sessions_pb2.AcknowledgeEventsRequest(session_id=self._session_id, sequence=last)
        await self._sessions.AcknowledgeEvents(acknowledge, metadata=self._metadata)


async def client_sends(sockets: list[AsyncSocket]) -> None:
    """Sends over many sockets, a bounded number under way, every one of them awaited."""
    for start in range(0, SENDS, IN_FLIGHT):
        operations = [
            sockets[number % SOCKETS].send(PAYLOAD) for number in range(start, min(start + IN_FLIGHT, SENDS))
        ]
        for operation in operations:
            await operation


async def connect_all(session: AsyncSession, port: int, count: int) -> list[AsyncSocket]:
    """Connect `count` sockets."""
    operations = [session.connect("127.0.0.1", port) for _ in range(count)]
    return [await operation for operation in operations]


async def measure_rates() -> dict[str, list[float]]:
    """Measure all rates, round by round."""
    with (
        processes.agent() as (address, _),
        processes.program("sink") as sink,
        processes.program("echo_server") as echo,
    ):
        async with (
            grpc.aio.insecure_channel(echo) as bare,
            grpc.aio.insecure_channel(address) as channel,
            AsyncClient(address) as client,
            client.session() as session,
        ):
            sockets = await connect_all(session, int(sink), SOCKETS)
            unary = UnarySender(channel)
            await unary.open(int(sink))
            rounds: dict[str, Round] = {
                "bare gRPC echo, unary, one at a time": lambda: timed(UNARY_CALLS, bare_unary(bare)),
                "Send, unary, one at a time": lambda: timed(UNARY_CALLS, unary.run()),
                f"bare gRPC echo, batches of {BATCH}": lambda: timed(BATCH * BATCHES, bare_batches(bare)),
                f"client sends, {SOCKETS} sockets": lambda: timed(SENDS, client_sends(sockets)),
            }
            results: dict[str, list[float]] = {name: [] for name in rounds}
            for _ in range(ROUNDS):
                for name, run in rounds.items():
                    results[name].append(await run())
            return results


async def measure_memory(count: int) -> tuple[int, int]:
    """Return the agent's memory without and with `count` connected sockets."""
    with processes.agent() as (address, pid), processes.program("sink") as sink:
        async with AsyncClient(address) as client, client.session() as session:
            empty = processes.own_memory(pid)
            await connect_all(session, int(sink), count)
            return empty, processes.own_memory(pid)


async def main() -> None:
    """Measure and print."""
    console = Console()
    table = Table("64-byte sends", "a second (median)", "lowest", "highest")
    for name, rates in (await measure_rates()).items():
        table.add_row(name, f"{statistics.median(rates):,.0f}", f"{min(rates):,.0f}", f"{max(rates):,.0f}")
    console.print(table)
    empty, full = await measure_memory(1_000)
    each = (full - empty) / 1_000
    console.print(
        f"agent memory: {empty / 1e6:.1f} MB empty, {full / 1e6:.1f} MB with 1,000 sockets, {each:,.0f} bytes each"
    )


if __name__ == "__main__":
    asyncio.run(main())
