"""A client that is killed, or stopped, or whose agent is stopped, again and again: what it has seen and what it did.

`run_lives` kills it with SIGKILL and starts it anew from what it had stored, `run_pauses` stops it, or the agent, with
SIGSTOP for a while; both with cuts of the channel meanwhile. Raise Violation when anything is lost or doubled.
"""

import asyncio
import contextlib
import json
import random
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

from tests.agents import AgentProcess, agent_process
from tests.cutting.numbered import CheckingPeer
from tests.cutting.stored_client import data_of, digest
from tests.cutting.story import Completions, Violation
from tests.cutting.ways import Ways, cutting, environment

from telesock.client import AsyncClient, AsyncSession
from telesock.v1.events_pb2 import Event
from telesock.v1.types_pb2 import STATUS_SUCCESS

_LONGEST_LIFE = 0.5  # seconds, from the moment at which it is up
_LONGEST_PAUSE = 0.4


class Lived(NamedTuple):
    """What a run has seen. That it has ended at all says that nothing was wrong."""

    interruptions: int
    cuts: int
    operations: int
    events: int
    seen_again: int
    """Events that a life had seen and not stored, so that the next one saw them too."""
    bytes: int

    def __str__(self) -> str:
        """Return it for people."""
        return (
            f"{self.interruptions} interruptions, {self.cuts} cuts, {self.operations} operations, {self.events} events "
            f"({self.seen_again} seen again behind the stored cursor), {self.bytes} bytes there and back"
        )


class _Scene(NamedTuple):
    agent: AgentProcess
    peer: CheckingPeer
    way: Ways
    folder: Path
    chance: random.Random


@contextlib.asynccontextmanager
async def _scene(folder: Path, seed: int, cuts: int, deadline: float) -> AsyncIterator[_Scene]:
    async with (
        asyncio.timeout(deadline),
        agent_process() as agent,
        CheckingPeer() as peer,
        cutting(agent.address, seed=seed, cuts=cuts, ways=1) as way,
    ):
        yield _Scene(agent, peer, way, folder, random.Random(seed))


async def run_lives(folder: Path, lives: int, seed: int, deadline: float) -> Lived:
    """Kill the client so often."""
    async with _scene(folder, seed, 4 * lives, deadline) as scene:
        for life in range(lives):
            async with _client(scene, life) as process:
                await _until_up(process)
                await asyncio.sleep(scene.chance.uniform(0, _LONGEST_LIFE))
        return await _finish(scene, lives)


async def run_pauses(folder: Path, pauses: int, seed: int, deadline: float) -> Lived:
    """Stop the client, or the agent, so often."""
    async with _scene(folder, seed, pauses // 2, deadline) as scene:
        async with _client(scene, 0) as process:
            await _until_up(process)
            for _ in range(pauses):
                stopped = scene.chance.choice((process, scene.agent.process))
                stopped.send_signal(signal.SIGSTOP)
                await asyncio.sleep(scene.chance.uniform(0, _LONGEST_PAUSE))
                stopped.send_signal(signal.SIGCONT)
                await asyncio.sleep(scene.chance.uniform(0, _LONGEST_PAUSE))
        return await _finish(scene, pauses)


@contextlib.asynccontextmanager
async def _client(scene: _Scene, life: int, *last: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run one life; it is killed where the block is left, unless it has ended."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.cutting.stored_client", scene.way.addresses[0], str(scene.peer.port)),
        *(str(scene.folder), str(life), *last),
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
        if process.returncode not in (None, 0):
            raise Violation(f"life {life} has ended with status {process.returncode}")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _until_up(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None, "it was asked for"
    line = await process.stdout.readline()
    if line != b"up\n":
        raise Violation(f"a client has failed: {line.decode()}")


# Afterwards


async def _finish(scene: _Scene, interruptions: int) -> Lived:
    """Let a last life do what is left, then compare what all have seen with what there was."""
    async with _client(scene, interruptions, "last") as process:
        await _until_up(process)
        if await process.wait():
            raise Violation("the last life has failed")
    known = json.loads((scene.folder / "cursor.json").read_text())
    known["start_after"] = 0
    async with AsyncClient(scene.agent.address) as client, client.attach_session(**known) as session:
        return await _compare(scene, session, interruptions)


async def _compare(scene: _Scene, session: AsyncSession, interruptions: int) -> Lived:
    view = await session.get_session()
    if view.sockets or view.pending_operations:
        raise Violation(f"something is left: {view}")
    events = await _story(session, view.last_sequence)
    story = Completions()
    for event in events:
        story.take(event)
    story.check(view.highest_operation_id)
    seen = _check_seen(scene.folder, events)
    moved = await _check_bytes(scene.peer, events)
    return Lived(
        interruptions, len(scene.way.hits), len(story.completed), len(events), seen - len(events), moved
    )


async def _story(session: AsyncSession, last: int) -> list[Event]:
    events: list[Event] = []
    async for event in session.events():
        if not isinstance(event, Event):
            raise Violation(f"events are gone: {event}")
        events.append(event)
        if event.sequence == last:
            break
    return events


def _check_seen(folder: Path, events: list[Event]) -> int:
    """Every life has seen events in order, none left out; together all of them, and the same. Return how many in all."""
    truth = {event.sequence: digest(event) for event in events}
    lines = [json.loads(line) for line in (folder / "seen.jsonl").read_text().splitlines()]
    before, cursor = -1, 0
    for life, sequence, told in lines:
        again = life != before and sequence <= cursor + 1
        if not (again or sequence == cursor + 1) or truth.get(sequence) != told:
            raise Violation(f"life {life} saw event {sequence} ({told}) behind {cursor}")
        before, cursor = life, sequence
    if {sequence for _, sequence, _ in lines} != set(truth):
        raise Violation(f"{len(truth)} events, and not all were seen")
    return len(lines)


async def _check_bytes(peer: CheckingPeer, events: list[Event]) -> int:
    """Every connection has carried its stream once, both ways. Return the bytes."""
    echoed: dict[int, bytes] = {}
    for event in events:
        if event.completion.HasField("connect") and event.completion.status == STATUS_SUCCESS:
            echoed[event.socket_id] = b""
        if event.HasField("data_received"):
            echoed[event.socket_id] += event.data_received.data
    for socket_id, echo in echoed.items():
        data = data_of(socket_id)
        arrived = await peer.take(socket_id)
        if (arrived, echo) != (data, data):
            raise Violation(
                f"socket {socket_id}: {len(data)} bytes, {len(arrived)} at the peer, {len(echo)} back"
            )
    if peer.connections != dict.fromkeys(echoed, 1):
        raise Violation("the peer has seen other connections than the client has made")
    return sum(map(len, echoed.values()))
