"""One run: an agent, a proxy that cuts, and clients that must not notice. Sums up what was cut and what was done."""

import asyncio
import contextlib
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import NamedTuple

from tests.agents import AgentProcess, agent_process
from tests.cutting.conversations import Speaker
from tests.cutting.numbered import CheckingPeer
from tests.cutting.passing import Hit
from tests.cutting.story import Completions, Violation
from tests.cutting.ways import Ways, cutting

from telesock.client import AgentUnavailable, AsyncClient, AsyncSession

_LEASE = 120.0  # seconds: longer than any cut
_VOICES = 2  # conversations of a session at once
_WAYS = 32


class Summary(NamedTuple):
    """What a run has seen. That it has ended at all says that nothing was wrong."""

    hits: list[Hit]
    conversations: int
    operations: int
    events: int
    bytes: int
    seconds: float

    def __str__(self) -> str:
        """Return it for people."""
        within = sum(hit.place not in ("between frames", "preface") for hit in self.hits)
        return (
            f"{len(self.hits)} cuts in {self.seconds:.1f} s, {within} of them in the middle of a frame\n"
            f"  by phase  {_counted(hit.phase for hit in self.hits)}\n"
            f"  by kind   {_counted(hit.kind for hit in self.hits)}\n"
            f"  by place  {_counted(hit.place for hit in self.hits)}\n"
            f"  {self.conversations} conversations, {self.operations} operations, {self.events} events, "
            f"{self.bytes} bytes there and back"
        )


def _counted(words: Iterable[str]) -> str:
    return ", ".join(f"{word} {count}" for word, count in Counter(words).most_common())


async def run(cuts: int, seed: int, deadline: float) -> Summary:
    """Cut so often. Raises Violation, TimeoutError, or what the client raised."""
    async with asyncio.timeout(deadline), agent_process() as agent, CheckingPeer() as peer:
        ways = min(_WAYS, cuts)
        async with cutting(agent.address, seed=seed, cuts=cuts, ways=ways) as way:
            try:
                return await _talk(way, peer, seed)
            finally:
                _say_bugs(agent)


def _say_bugs(agent: AgentProcess) -> None:
    """What the agent has to say of itself helps where it was at fault."""
    print(*(line for line in agent.log if '"level": "error"' in line), sep="", end="", file=sys.stderr)


async def _talk(way: Ways, peer: CheckingPeer, seed: int) -> Summary:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with _stray_errors():
        async with asyncio.TaskGroup() as group:
            talks = [
                group.create_task(_Client(way, peer, f"{seed} {address}").live(address))
                for address in way.addresses
            ]
    told = [talk.result() for talk in talks]
    conversations, operations, events, moved = (sum(column) for column in zip(*told, strict=True))
    return Summary(way.hits, conversations, operations, events, moved, loop.time() - begun)


@contextlib.contextmanager
def _stray_errors() -> Iterator[None]:
    """Whatever fails unnoticed is a violation."""
    loop = asyncio.get_running_loop()
    before, stray = loop.get_exception_handler(), []
    loop.set_exception_handler(lambda _, context: stray.append(context))
    try:
        yield
    finally:
        loop.set_exception_handler(before)
    if stray:
        raise Violation(f"errors that nobody has noticed: {stray}")


class _Client:
    """One session whose way is cut."""

    def __init__(self, way: Ways, peer: CheckingPeer, seed: str) -> None:
        self._way = way
        self._peer = peer
        self._chance = random.Random(seed)

    async def live(self, address: str) -> tuple[int, int, int, int]:
        """Talk until there are enough cuts; return conversations, operations, events, bytes."""
        story = Completions()
        async with (
            AsyncClient(address) as client,
            asyncio.TaskGroup() as following,
            _opened(client, f"{address} {self._chance.random()}") as session,
        ):
            following.create_task(story.follow(session.events()))
            speaker = Speaker(session, self._peer, self._chance)
            async with asyncio.TaskGroup() as voices:
                for _ in range(_VOICES):
                    voices.create_task(self._speak(speaker))
            view = await session.get_session()
            await story.until(view.last_sequence)
        if view.pending_operations or view.sockets:
            raise Violation(f"something is left: {view}")
        story.check(view.highest_operation_id)
        return speaker.conversations, len(story.completed), story.events, speaker.bytes

    async def _speak(self, speaker: Speaker) -> None:
        while not self._way.done.is_set():
            await speaker.speak()


@contextlib.asynccontextmanager
async def _opened(client: AsyncClient, request_id: str) -> AsyncIterator[AsyncSession]:
    """Open a session; a single call that was cut is told to the caller, who asks again."""
    while True:
        session = client.session(lease=_LEASE, request_id=request_id)
        try:
            await session.__aenter__()
            break
        except AgentUnavailable:
            pass
    try:
        yield session
    finally:
        await session.close()
