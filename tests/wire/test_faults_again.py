"""The same run twice: for each fault and socket the same firings, however the bytes were chunked; another seed, others.

What a fault decides is compared as FaultFired tells it, its times aside.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest
from tests.agents import RunningAgent
from tests.peers import Peer
from tests.wire.caller import Caller
from tests.wire.conftest import Dial, StartCaller
from tests.wire.faults import Fired, create_fault, end_fault, fault_message, fired
from tests.wire.paths import Opener, Path, Seen, Way
from tests.wire.story import completions

DATA = random.Random(11).randbytes(200_000)
EACH, HALF = {"decided_per": 2}, {"probability": 0.4}
CHUNKS = {"whole": [len(DATA)], "pieces": [1, 999, 40_000, 7, 100_000], "small": [3001] * 100}

EFFECTS: dict[str, dict[str, Any]] = {
    "latency": {"latency": {"delay": 0.001, "jitter": 0.001, "distribution": 3}, "timing": EACH},
    "stall": {"stall": {"duration": 0.001}, "timing": {**EACH, **HALF}},
    "corruption": {"corruption": {"per_million": 200}, "timing": {**EACH, **HALF, "correlation": 0.5}},
    "slices": {"slices": {"size_bytes": 5000, "size_variation_bytes": 2000}, "timing": {**EACH, **HALF}},
    "duplicated": {"duplicate_bytes": {"length": 9}, "timing": {**EACH, "burst": {"bad": 0.2, "good": 0.5}}},
}

Told = dict[tuple[str, int], list[Fired]]


async def told(caller: Caller) -> Told:
    """All firings, by fault and direction."""
    found: Told = defaultdict(list)
    for event in await caller.events():
        if event.HasField("fault_fired"):
            each = fired(event)
            found[event.fault_fired.fault, each.direction].append(each._replace(socket_id=0))
    return found


async def write(path: Path, sizes: Sequence[int]) -> None:
    """Send everything in chunks of these sizes and a last one."""
    start = 0
    for size in [*sizes, len(DATA)]:
        await path.write(DATA[start : start + size])
        start += size
        await asyncio.sleep(0)
    await path.finish()


class Runs:
    """Runs of one scenario, each in a session of its own."""

    def __init__(self, agent: RunningAgent, start: StartCaller, listen: Any, dial: Dial) -> None:
        self._agent = agent
        self._start = start
        self._listen = listen
        self._dial = dial

    async def run(self, way: Way, seed: int, sizes: Sequence[int]) -> tuple[Seen, Told]:
        caller = await self._start(self._agent)
        path = await Opener(caller, self._listen, self._dial).open(way)
        for name, fault in EFFECTS.items():
            await create_fault(caller, name=name, seed=seed, target=path.target, **fault)
        writing = asyncio.ensure_future(write(path, sizes))
        seen = await path.until_end()
        await writing
        for name in EFFECTS:
            await end_fault(caller, name)  # what was summed up is told by then
        return seen, await told(caller)


@pytest.fixture
def runs(agent: RunningAgent, start_caller: StartCaller, peer: Any, dial: Dial) -> Runs:
    return Runs(agent, start_caller, peer, dial)


WAYS = [Way.OPERATIONS_SEND, Way.OPERATIONS_RECEIVE, Way.RELAY_TO_UPSTREAM]


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_one_seed_gives_one_run_however_the_bytes_were_chunked(runs: Runs, way: Way) -> None:
    first, *others = [await runs.run(way, 7, sizes) for sizes in CHUNKS.values()]

    assert {name for name, _ in first[1]} == set(EFFECTS)
    for other in others:
        assert other == first


async def test_another_seed_gives_another_run(runs: Runs) -> None:
    (seen, one), (seen_by_other, other) = [
        await runs.run(Way.OPERATIONS_SEND, seed, CHUNKS["whole"]) for seed in (7, 8)
    ]

    assert seen != seen_by_other
    assert one.keys() == other.keys()
    assert all(one[key] != other[key] for key in one if key[0] != "latency")


async def test_a_recorded_run_is_run_again_by_its_decisions(runs: Runs, caller: Caller, peer: Any) -> None:
    """With a replay it fires at these decisions, and the probability is not asked."""
    seen, recorded = await runs.run(Way.OPERATIONS_SEND, 7, CHUNKS["whole"])
    connection, far = await caller.meet(peer())
    for name, fault in EFFECTS.items():
        decisions = [
            {"socket_id": connection, "direction": 1, "number": each.decision} for each in recorded[name, 1]
        ]
        timing = {**fault["timing"], "probability": 0.0} if "burst" not in fault["timing"] else EACH
        timing.pop("correlation", None)
        fields = {**fault, "timing": timing, "replay": {"decisions": decisions}}
        await create_fault(caller, name=name, seed=7, target={"socket_id": connection}, **fields)

    await caller.send(connection, DATA)
    await caller.disconnect(connection)

    await far.until_end()
    assert bytes(far.received) == seen.data


async def test_operations_that_fail_are_the_same_ones_each_time(
    agent: RunningAgent, start_caller: StartCaller, peer: Any
) -> None:
    async def run(seed: int) -> list[str]:
        caller = await start_caller(agent)
        born = fault_message(name="no", seed=seed, timing=HALF, operation_failure={})
        connection, _ = await caller.meet(peer(), faults=[born])
        sends = [await caller.send(connection, b"x") for _ in range(40)]
        for each in sends:
            await caller.wait(each)
        return [status for _, status in completions(await caller.events(), *sends)]

    first, again, other = await run(1), await run(1), await run(2)

    assert first == again
    assert first != other
    assert set(first) == {"SUCCESS", "INSUFFICIENT_RESOURCES"}


async def test_sockets_decide_each_for_itself(caller: Caller, peer: Any) -> None:
    listener: Peer = peer()
    await create_fault(
        caller, name="no", seed=3, timing={"probability": 0.5}, target={"phases": [4]}, operation_failure={}
    )

    async def statuses() -> list[str]:
        connection, _ = await caller.meet(listener)
        return [await caller.status(await caller.send(connection, b"x")) for _ in range(30)]

    assert await statuses() != await statuses()
