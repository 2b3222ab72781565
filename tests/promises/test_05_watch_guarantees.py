"""What etcd promises of its watches, promised of a session's events: one property each.

- *Ordered*: events come by ascending sequence, within a batch and from batch to batch.
- *Unique*: no event comes twice, cuts and resumes included; no operation completes twice.
- *Reliable*: a subsequence has no hole. What a subscriber does not get is told to it as a gap, and nothing else is.
- *Atomic*: what etcd does with the keys of one revision, one event does with all that an operation brought: it comes
  whole, the same bytes for everybody, and it is the same completion that the operation itself shows. A batch holds
  everything between the mark before it and its own mark; a chain is told complete after each of its links.
- *Resumable*: from every sequence that is retained the very events come that followed it; from an older one a gap comes
  first that ends where these begin.
- *Bookmarkable*: a mark promises that nothing up to it is still to come, filtered or not; whoever goes on from any mark
  misses nothing and sees nothing twice.

Subscribers read at their own pace, journals are small, and some keep the latest only, others are trimmed by
acknowledging.
"""

from collections.abc import AsyncIterator
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import example, given
from tests.agents import RunningAgent
from tests.promises.owners import Listen, Open, Owner
from tests.promises.watching import PROPERTY, STEPS, Step, Watched, Watcher

from telesock.server.core.limits import Limits
from telesock.v1.events_pb2 import EVENT_KIND_COMPLETION, EVENT_KIND_CREDIT_STALLED, EVENT_KIND_DRAINING, Gap
from telesock.v1.operations_pb2 import GetOperationRequest
from telesock.v1.sessions_pb2 import RETENTION_LATEST, RETENTION_UNTIL_ACKNOWLEDGED, CloseSessionRequest

EVENTS: dict[int, int] = {RETENTION_UNTIL_ACKNOWLEDGED: 700, RETENTION_LATEST: 64}
"""How many a journal keeps here."""
TRIMMED = 170
"""The same, where room is needed of what was acknowledged."""
RETENTIONS = st.sampled_from([RETENTION_UNTIL_ACKNOWLEDGED, RETENTION_LATEST])
FAR_BEHIND = 100
"""Large events: more than a journal that keeps the latest and a stream that nobody reads hold together."""
PACES = st.lists(st.integers(0, 3), min_size=1, max_size=6)
"""Batches read between two steps, again and again."""
SHARES = st.floats(0, 1)


class Stage:
    """Makes a session for each example, and ends it."""

    def __init__(self, start_agent: Any, open_owner: Open, peer: Listen) -> None:
        self._start_agent = start_agent
        self._agents: dict[int, RunningAgent] = {}
        self._open = open_owner
        self._peer = peer
        self._owners: list[Owner] = []

    async def begin(self, retention: int = RETENTION_UNTIL_ACKNOWLEDGED, events: int = 0) -> Watched:
        await self.end()
        agent = await self._agent(events or EVENTS[retention])
        self._owners.append(await self._open(agent.address, retention=retention))
        return await Watched.begin(self._owners[-1], self._peer)

    async def _agent(self, events: int) -> RunningAgent:
        if events not in self._agents:
            self._agents[events] = await self._start_agent(limits=Limits(journal_events=events))
        return self._agents[events]

    async def end(self) -> None:
        while self._owners:
            await self._owners.pop().ask(CloseSessionRequest())


@pytest.fixture
async def stage(start_agent: Any, open_owner: Open, peer: Listen) -> AsyncIterator[Stage]:
    stage = Stage(start_agent, open_owner, peer)
    yield stage
    await stage.end()


async def watch_meanwhile(watched: Watched, steps: list[Step], watcher: Watcher, paces: list[int]) -> None:
    """Play, and let the watcher read some batches between the steps, as far as there is anything; then all."""
    for number, step in enumerate(steps):
        await watched.play([step])
        for _ in range(paces[number % len(paces)]):
            if watcher.mark < await watched.last():
                await watcher.read()
    await watcher.until(await watched.last())


@PROPERTY
@given(STEPS, RETENTIONS, PACES)
async def test_ordered(stage: Stage, steps: list[Step], retention: int, paces: list[int]) -> None:
    watched = await stage.begin(retention)
    everything, completions = (
        Watcher(watched.owner),
        Watcher(watched.owner, kinds=[EVENT_KIND_COMPLETION]),
    )

    await watch_meanwhile(watched, steps, everything, paces)
    await completions.until(await watched.last())

    for watcher in (everything, completions):
        marks = [batch.last_sequence for batch in watcher.batches]
        assert watcher.sequences == sorted(watcher.sequences)
        assert marks == sorted(marks)
        assert all(
            event.sequence <= batch.last_sequence for batch in watcher.batches for event in batch.events
        )
        watcher.cut()


@PROPERTY
@given(STEPS, st.lists(STEPS, min_size=1, max_size=4))
async def test_unique(stage: Stage, before: list[Step], rounds: list[list[Step]]) -> None:
    watched = await stage.begin()
    await watched.play(before)
    seen: list[int] = []
    completed: list[int] = []
    cursor = 0
    for steps in rounds:  # in each a stream that is cut after its first events
        watcher = Watcher(watched.owner, cursor)
        await watched.play(steps)
        await watcher.until(cursor + 1)
        watcher.cut()
        seen += watcher.sequences
        completed += [event.operation_id for event in watcher.events if event.HasField("completion")]
        cursor = watcher.mark
        await watched.acknowledge(cursor)  # which trims what is behind

    assert seen == list(range(1, cursor + 1))
    assert len(set(completed)) == len(completed)


@PROPERTY
@given(STEPS, RETENTIONS, PACES, st.integers(0, 20))
@example([Step("talk", 1)], RETENTION_LATEST, [1], FAR_BEHIND)
async def test_reliable(
    stage: Stage, steps: list[Step], retention: int, paces: list[int], unread: int
) -> None:
    watched = await stage.begin(retention)
    slow, quick = Watcher(watched.owner), Watcher(watched.owner)
    if retention == RETENTION_LATEST:
        for _ in range(unread // 10):
            await watched.play([Step("talk", 10)])
            await quick.until(await watched.last())
    await watch_meanwhile(watched, steps, slow, paces)
    last = await watched.last()
    await quick.until(last)

    for watcher in (slow, quick):
        told = watcher.sequences + watcher.missing
        assert sorted(told) == list(range(1, last + 1))
        for gap in watcher.gaps:
            assert gap.first_sequence <= gap.last_sequence
            assert not set(watcher.sequences) & set(range(gap.first_sequence, gap.last_sequence + 1))
        watcher.cut()
    if retention == RETENTION_UNTIL_ACKNOWLEDGED:
        assert slow.gaps == quick.gaps == []
    if retention == RETENTION_LATEST and unread >= FAR_BEHIND:
        assert slow.gaps


@PROPERTY
@given(STEPS, PACES)
async def test_atomic(stage: Stage, steps: list[Step], paces: list[int]) -> None:
    watched = await stage.begin()
    watcher, cursor = Watcher(watched.owner), 0
    await watch_meanwhile(watched, steps, watcher, paces)
    watcher.cut()

    assert watcher.events == await watched.retained()
    for batch in watcher.batches:  # all of it, from mark to mark
        assert [event.sequence for event in batch.events] == list(range(cursor + 1, batch.last_sequence + 1))
        cursor = batch.last_sequence
    told = {event.operation_id: event for event in watcher.events if event.HasField("completion")}
    for operation in watched.operations:  # one and the same completion, wherever one asks
        request = GetOperationRequest(operation_id=operation.operation_id)
        now = (await watched.owner.ask(request)).operation
        event = told[operation.operation_id]
        assert (event.completion, event.sequence) == (now.completion, now.completion_sequence)
    for chain, *links in watched.chains:
        assert all(told[link.operation_id].sequence < told[chain.operation_id].sequence for link in links)


@PROPERTY
@given(STEPS, RETENTIONS, SHARES, st.integers(0, 130))
@example([Step("tell", 20)], RETENTION_UNTIL_ACKNOWLEDGED, 1.0, 160)
async def test_resumable(
    stage: Stage, steps: list[Step], retention: int, acknowledged: float, further: int
) -> None:
    watched = await stage.begin(retention, TRIMMED)
    await watched.play(steps)
    read = int(await watched.last() * acknowledged)
    await watched.acknowledge(read)
    room = TRIMMED - (await watched.last() - read) - 1
    await watched.play([Step("tell", min(further, room))])  # for which what was acknowledged may make room
    session = await watched.owner.view()
    first, last = session.first_retained_sequence, session.last_sequence
    assert (first > 1) == (last > TRIMMED)
    retained = await watched.retained()
    assert [event.sequence for event in retained] == list(range(first, last + 1))

    for start_after in range(last + 1):
        watcher = Watcher(watched.owner, start_after)
        await watcher.until(last)
        watcher.cut()
        gone = (
            [Gap(first_sequence=start_after + 1, last_sequence=first - 1)] if start_after + 1 < first else []
        )
        assert watcher.gaps == gone
        assert watcher.events == [event for event in retained if event.sequence > start_after]


@PROPERTY
@given(
    STEPS,
    PACES,
    st.sampled_from([[EVENT_KIND_COMPLETION], [EVENT_KIND_DRAINING, EVENT_KIND_CREDIT_STALLED], []]),
    SHARES,
)
async def test_bookmarkable(
    stage: Stage, steps: list[Step], paces: list[int], kinds: list[int], share: float
) -> None:
    watched = await stage.begin()
    watcher = Watcher(watched.owner, kinds=kinds)  # type: ignore[arg-type]  # the numbers are the enumeration's
    await watch_meanwhile(watched, steps, watcher, paces)
    watcher.cut()
    wanted = [
        event
        for event in await watched.retained()
        if not kinds or (EVENT_KIND_COMPLETION in kinds and event.HasField("completion"))
    ]

    before: list[object] = []
    for batch in watcher.batches:  # at every mark all that was due is here
        before += batch.events
        assert before == [event for event in wanted if event.sequence <= batch.last_sequence]
    mark = watcher.batches[int(share * (len(watcher.batches) - 1))].last_sequence
    follower = Watcher(watched.owner, mark, kinds)  # type: ignore[arg-type]  # as above
    await follower.until(await watched.last())
    follower.cut()
    assert follower.events == [event for event in wanted if event.sequence > mark]
