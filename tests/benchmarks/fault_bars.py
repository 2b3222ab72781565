"""When operations begin and complete under effects on them, measured: connects, lookups and accepts, and sends.

Each case is a fault as one types it; times are seconds from the beginning of its story.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable
from typing import Any, NamedTuple

from tests.benchmarks.fault_traces import listening

from telesock.client import AsyncSession, Fault, OperationFailed, Status
from telesock.client.cli.fault_specs import parse_fault

_BETWEEN = 0.05  # seconds from one send to the next
_SENDS = 4
_PIECE = bytes(100)


class Mark(NamedTuple):
    """Something that the peer saw: "arrived", "connected" or "RST"."""

    at: float
    what: str


class Bar(NamedTuple):
    """An operation from its beginning to its completion."""

    name: str
    begin: float
    end: float
    status: str = ""
    injected: bool = False
    marks: tuple[Mark, ...] = ()


class MakingCase(NamedTuple):
    """A fault on a connect, a lookup or an accept."""

    spec: str
    kind: str
    timeout: float | None = None
    clients: tuple[float, ...] = ()
    """When clients connect, where it is an accept."""


MAKING = (
    MakingCase("connect-failure=refused,delay=100ms", "connect"),
    MakingCase("connect-failure=blackhole", "connect", timeout=0.4),
    MakingCase("connect-delay=200ms,jitter=50ms,seed=7", "connect"),
    MakingCase("resolve-failure", "resolve"),
    MakingCase("resolve-delay=200ms", "resolve"),
    MakingCase("accept-delay=200ms", "accept", clients=(0.05,)),
    MakingCase("never-accept,expires-after=300ms", "accept", clients=(0.05,)),
    MakingCase("accept-reset,times=1", "accept", clients=(0.05, 0.25)),
)
OPERATIONS = (
    "operation-failure,operation=send,nth=2",
    "operation-hang,operation=send,nth=2,expires-after=250ms",
    "operation-delay=200ms,operation=send,nth=2",
    "operation-false-failure,operation=send,nth=2",
)


async def making_bar(session: AsyncSession, case: MakingCase, *, faulted: bool) -> Bar:
    """Run one operation."""
    faults = [parse_fault(case.spec)] if faulted else []
    if case.kind == "accept":
        return await _accept(session, case, faults)
    if case.kind == "resolve":
        async with contextlib.AsyncExitStack() as stack:
            for fault in faults:
                await stack.enter_async_context(session.fault(fault))
            return await _timed("resolve", session.resolve("localhost"))
    with listening() as (_, place):
        return await _timed(
            "connect", session.connect(*place, faults=faults, timeout=case.timeout), close=True
        )


async def _timed(name: str, operation: Any, began: float | None = None, *, close: bool = False) -> Bar:
    """Wait for an operation."""
    begin = time.perf_counter()
    began = begin if began is None else began
    status, injected = "SUCCESS", False
    try:
        result = await operation
    except OperationFailed as failed:
        status, injected = Status(failed.status).name, failed.injected
    end = time.perf_counter()
    if close and status == "SUCCESS":
        await result.abort()
    return Bar(name, begin - began, end - began, status, injected)


async def _accept(session: AsyncSession, case: MakingCase, faults: list[Fault]) -> Bar:
    async with await session.listen("127.0.0.1", 0, faults=faults) as listener:
        assert listener.local is not None, "it is bound"
        place, began = (listener.local.host, listener.local.port), time.perf_counter()
        accepting = asyncio.ensure_future(_timed("accept", listener.accept(), close=True))
        clients = [asyncio.ensure_future(_client(place, began, after, accepting)) for after in case.clients]
        bar = await accepting
        seen = await asyncio.gather(*clients)
        marks = tuple(
            mark for each in seen for mark in each if mark.at < bar.end
        )  # not what comes of our end
        return bar._replace(marks=marks)


async def _client(
    place: tuple[str, int], began: float, after: float, accepting: Awaitable[Bar]
) -> list[Mark]:
    """Connect after a time, and note what comes of it."""
    await asyncio.sleep(after)
    loop, marks = asyncio.get_running_loop(), []
    with socket.socket() as client:
        client.setblocking(False)
        try:
            await loop.sock_connect(client, place)
        except ConnectionResetError:  # so soon that connect(2) tells of it
            return [Mark(time.perf_counter() - began, "RST")]
        marks.append(Mark(time.perf_counter() - began, "connected"))
        reading = asyncio.ensure_future(loop.sock_recv(client, 1))
        await asyncio.wait((reading, asyncio.ensure_future(accepting)), return_when=asyncio.FIRST_COMPLETED)
        if reading.done() and isinstance(reading.exception(), ConnectionResetError):
            marks.append(Mark(time.perf_counter() - began, "RST"))
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    return marks


async def sends(session: AsyncSession, spec: str) -> tuple[Bar, ...]:
    """Ask for some sends one after the other, the fault acting on the second, and note what arrives."""
    with listening() as (listener, place):
        accepting = asyncio.ensure_future(asyncio.get_running_loop().sock_accept(listener))
        connection = await session.connect(*place)
        peer, _ = await accepting
        with peer:
            async with connection.fault(parse_fault(spec)):
                began = time.perf_counter()
                arriving = asyncio.ensure_future(_arrivals(peer, began))
                waiting = []
                for number in range(_SENDS):
                    await asyncio.sleep(max(0.0, began + number * _BETWEEN - time.perf_counter()))
                    operation = connection.send(bytes([number]) + _PIECE[1:])
                    waiting.append(asyncio.ensure_future(_timed(f"send {number + 1}", operation, began)))
                bars = await asyncio.gather(*waiting)
            await connection.disconnect()
            arrived = await arriving
            await connection.close()
    return tuple(
        bar._replace(marks=tuple(Mark(at, "arrived") for at in arrived.get(number, ())))
        for number, bar in enumerate(bars)
    )


async def _arrivals(peer: socket.socket, began: float) -> dict[int, tuple[float, ...]]:
    """When each send's bytes were there, by the number in their first byte."""
    found: dict[int, tuple[float, ...]] = {}
    rest = b""
    while data := await asyncio.get_running_loop().sock_recv(peer, 65_536):
        rest += data
        while len(rest) >= len(_PIECE):
            found[rest[0]] = (time.perf_counter() - began,)
            rest = rest[len(_PIECE) :]
    return found
