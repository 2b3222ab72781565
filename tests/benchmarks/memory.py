"""How far an agent's memory grows under those who take no part in bounding it, against the limit that bounds it.

Each case has an agent of its own, whose memory (PSS) is looked at again and again until it stands still: the figure is
the highest above that of the agent with an empty session.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple

from tests.benchmarks import processes
from tests.benchmarks.failures import CannotRun
from tests.benchmarks.raw_session import RawSession, indicating_connects, raw_session, sends
from tests.benchmarks.results import Figure, Goal, Result, Scale
from tests.benchmarks.waiting import within

from telesock.v1.sessions_pb2 import AttachResponse

MIB = 1 << 20
JOURNAL_BYTES = 64 * MIB
EVENT_COST = 512
PENDING_BYTES = 8 * MIB
FLAGS = ("--limit", f"journal_events={JOURNAL_BYTES // EVENT_COST}")
"""The default limits, but for the number of events: as many as may cost journal_bytes, which then is what bounds."""
CREDIT = 16 * MIB
SOCKETS = 8
MOST_GROWTH = 1.25

_BATCH = 1_024
_LARGE = 16  # sends of 64 KiB in one message
_STILL = 1.5  # seconds without growth or progress after which nothing more is to come
_REFUSED = 200  # batches after the first that was refused
_LOOK = 0.02


class Sample(NamedTuple):
    """One case in one round, bytes."""

    growth: int
    limit: int


class Memory:
    """The memory of a process as it was when it was looked at."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.first = self.highest = processes.own_memory(pid)

    async def look(self) -> None:
        """Look again and again, for ever."""
        while True:
            self.highest = max(self.highest, processes.own_memory(self._pid))
            await asyncio.sleep(_LOOK)

    async def until_still(self) -> None:
        """Wait until it grows no more."""
        known = 0
        while self.highest > known + MIB // 4:
            known = self.highest
            await asyncio.sleep(_STILL)


Load = Callable[[RawSession, str], Awaitable[None]]


async def measure(scale: Scale) -> list[Result]:
    """Run every case at its full size, in half of the rounds: memory has no moods."""
    cases: dict[str, tuple[str, Load, int]] = {
        "a flood, read but not acknowledged": ("sink", flood, JOURNAL_BYTES),
        "a flood, neither read nor acknowledged": ("sink", flood_unread, JOURNAL_BYTES),
        "a peer that floods, nothing released": ("flood_peer", receive, JOURNAL_BYTES),
        "a peer that reads nothing": ("silent_peer", stall, SOCKETS * PENDING_BYTES),
    }
    found: dict[str, list[Sample]] = {name: [] for name in cases}
    for _ in range(max(1, scale.rounds // 2)):
        for name, (peer, load, limit) in cases.items():
            found[name].append(Sample(await growth(peer, load), limit))
    return [_result(found)]


async def growth(peer: str, load: Load) -> int:
    """Return by how many bytes an agent grows under a load."""
    with processes.agent(*FLAGS) as (address, pid), processes.program(peer) as port:
        async with raw_session(address) as session, watched(pid) as memory:
            await within("a load on an agent", load(session, port))
            await within("the end of growing", memory.until_still())
            return memory.highest - memory.first


@contextlib.asynccontextmanager
async def watched(pid: int) -> AsyncIterator[Memory]:
    """Look at a process's memory all the time."""
    memory = Memory(pid)
    looking = asyncio.create_task(memory.look())
    try:
        yield memory
    finally:
        looking.cancel()


async def flood(session: RawSession, port: str) -> None:
    """Send until the journal is full and for a while beyond, reading everything and acknowledging nothing."""
    batch = sends([await session.connect(int(port)) for _ in range(SOCKETS)], _BATCH, b"x" * 64)
    call = await session.attach()
    writing = asyncio.create_task(_write_for_ever(call, batch))
    refused = 0
    try:
        while refused < _REFUSED * _BATCH:
            refused += len((await _response(call)).refusals)
    finally:
        writing.cancel()


async def _write_for_ever(call: Any, message: bytes) -> None:
    while True:
        await call.write(message)


async def flood_unread(session: RawSession, port: str) -> None:
    """Send until nothing more is taken, reading and acknowledging nothing."""
    batch = sends([await session.connect(int(port)) for _ in range(SOCKETS)], _BATCH, b"x" * 64)
    call = await session.attach()
    with contextlib.suppress(TimeoutError):
        while True:
            async with asyncio.timeout(_STILL):
                await call.write(batch)


async def receive(session: RawSession, port: str) -> None:
    """Let data come, reading the events and releasing and acknowledging nothing."""
    call = await session.attach()
    await call.write(indicating_connects(int(port), SOCKETS, CREDIT))
    with contextlib.suppress(TimeoutError):
        while True:
            async with asyncio.timeout(_STILL):
                await _response(call)


async def stall(session: RawSession, port: str) -> None:
    """Send on every socket until the agent refuses more."""
    call, written = await session.attach(), 1
    for socket in [await session.connect(int(port)) for _ in range(SOCKETS)]:
        refused = False
        while not refused:
            await call.write(sends([socket], _LARGE, bytes(1 << 16)))
            await call.write(b"")  # is answered, whatever became of the sends
            written += 2
            refused = await _refuses(call, written)


async def _refuses(call: Any, messages: int) -> bool:
    """Read until so many messages have been taken in; return whether anything was refused."""
    refused = False
    while True:
        response = await _response(call)
        refused = refused or bool(response.refusals)
        if response.handled_requests >= messages:
            return refused


async def _response(call: Any) -> AttachResponse:
    data = await call.read()
    if not isinstance(data, bytes):
        raise CannotRun(f"the agent ended the stream: {await call.details()}")
    return AttachResponse.FromString(data)


def _result(found: dict[str, list[Sample]]) -> Result:
    figures, goals = [], []
    for name, samples in found.items():
        figure = Figure(name, "MiB", tuple(sample.growth / MIB for sample in samples))
        figures.append(figure)
        limit = samples[0].limit / MIB
        goals.append(Goal(f"{name}: of the limit, {limit:.0f} MiB", figure.median / limit, MOST_GROWTH))
    note = (
        f"highest growth of PSS, default limits: {JOURNAL_BYTES // MIB} MiB of the journal (journal_events raised to "
        f"what that holds), {PENDING_BYTES // MIB} MiB pending on each of {SOCKETS} sockets"
    )
    return Result("Growth of the agent's memory under abuse", tuple(figures), tuple(goals), note)
