"""What a send costs in things that can be counted: system calls, messages, Python functions, calls of sendmsg.

These do not depend on how fast the machine is, only a little on how work falls into batches.
"""

import asyncio

from tests.benchmarks import processes, system_calls
from tests.benchmarks.calls import counted
from tests.benchmarks.messages import count_messages
from tests.benchmarks.raw_session import RawSession, raw_session, sends
from tests.benchmarks.results import Figure, Goal, Result, Scale
from tests.benchmarks.system_calls import Trace
from tests.benchmarks.waiting import within
from tests.benchmarks.workload import IN_FLIGHT, PAYLOAD, SOCKETS, open_sockets, send_many

from telesock.client import AsyncClient
from telesock.v1.sessions_pb2 import AttachResponse

SENDS = 30_000
QUEUED = 32
"""Sends on one socket in one batch, which are to leave in one system call."""


async def measure(scale: Scale) -> list[Result]:
    """Count everything."""
    messages, functions = await count_functions(scale), await count_system_calls(scale)
    return [messages, functions, await count_sendmsg(scale)]


async def count_functions(scale: Scale) -> Result:
    """Messages, and Python functions in the agent and in the client."""
    sent, received, agent, client = [], [], [], []
    with processes.program("counted_agent") as said, processes.program("sink") as sink:
        address, _, port = said.partition(" ")
        async with AsyncClient(address) as connected, connected.session() as session:
            sockets, count = await open_sockets(session, int(sink), SOCKETS), scale.of(SENDS)
            await send_many(sockets, IN_FLIGHT)
            for _ in range(scale.rounds):
                messages, functions = count_messages(address), await agent_calls(port)
                with counted() as calls:
                    await send_many(sockets, count)
                carried = count_messages(address).since(messages)
                sent.append(1_000 * carried.sent / count)
                received.append(1_000 * carried.received / count)
                client.append(calls["all"] / count)
                agent.append((await agent_calls(port) - functions) / count)
    figures = (
        Figure("gRPC messages up", "of 1,000 sends", tuple(sent)),
        Figure("gRPC messages down", "of 1,000 sends", tuple(received)),
        Figure("Python functions called in the agent", "a send", tuple(agent)),
        Figure("Python functions called in the client", "a send", tuple(client)),
    )
    note = f"{SOCKETS} sockets, {IN_FLIGHT:,} under way; functions include those of asyncio and gRPC"
    return Result("Messages and functions of one 64-byte send", figures, note=note)


async def agent_calls(port: str) -> int:
    """Ask the counting agent how many functions it has called."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    told = await within("the count of an agent", reader.read())
    writer.close()
    return int(told)


async def count_system_calls(scale: Scale) -> Result:
    """System calls of the agent, as strace counts them."""
    title = "System calls of one 64-byte send"
    counts: list[dict[str, int]] = []
    with processes.agent() as (address, pid), processes.program("sink") as sink:
        missing = await system_calls.why_not(pid)
        if missing:
            return Result(title, (), note=missing)
        async with AsyncClient(address) as client, client.session() as session:
            sockets, count = await open_sockets(session, int(sink), SOCKETS), scale.of(SENDS)
            await send_many(sockets, IN_FLIGHT)
            for _ in range(scale.rounds):
                async with Trace(pid, "-c", "-f") as trace:
                    await send_many(sockets, count)
                counts.append(system_calls.read_summary(trace.written))
    total = Figure("all, in the agent", "a send", tuple(sum(each.values()) / count for each in counts))
    names = sorted(counts[0], key=lambda name: -counts[0][name])[:5]
    figures = [Figure(name, "a send", tuple(each.get(name, 0) / count for each in counts)) for name in names]
    return Result(title, (total, *figures), note="by strace, which slows the agent; gRPC's own included")


async def count_sendmsg(scale: Scale) -> Result:
    """Calls of sendmsg for sends that are queued on one socket in one batch."""
    found = []
    with processes.agent() as (address, pid), processes.program("sink") as sink:
        missing = await system_calls.why_not(pid)
        if missing:
            return Result(_QUEUED_TITLE, (), note=missing)
        async with raw_session(address) as session:
            batch = sends([await session.connect(int(sink))], QUEUED, PAYLOAD)
            for _ in range(scale.rounds):
                async with Trace(pid, "-f", "-e", "trace=sendmsg") as trace:
                    await complete_batch(session, batch, QUEUED)
                found.append(float(system_calls.count_carrying(trace.written, PAYLOAD)))
    figure = Figure("sendmsg", "calls", tuple(found))
    return Result(_QUEUED_TITLE, (figure,), (Goal("calls of sendmsg", figure.highest, 1),), "by strace")


_QUEUED_TITLE = f"{QUEUED} sends queued on one socket in one batch"


async def complete_batch(session: RawSession, batch: bytes, count: int) -> None:
    """Send one message with so many commands, and wait until the last of them has completed."""
    await within("a batch of sends", _complete(session, batch, count))


async def _complete(session: RawSession, batch: bytes, count: int) -> None:
    call = await session.attach()
    seen = AttachResponse.FromString(await call.read()).session.last_sequence
    await call.write(batch)
    reached = 0
    while reached < seen + count:
        reached = AttachResponse.FromString(await call.read()).batch.last_sequence
    call.cancel()
