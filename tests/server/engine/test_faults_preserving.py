"""Whatever faults hold bytes back, in whatever order they come and go: both peers get exactly what was sent, in order.

Effects that preserve bytes, on a real connection in both directions at once; each operation completes once, with success.
"""

import asyncio
import random
from typing import NamedTuple

import hypothesis.strategies as st
from hypothesis import given, settings
from tests.peers import Peer
from tests.server.engine.agents import Agent
from tests.server.engine.driver import Driver

from telesock.server.core.events import Completion, FaultEnd
from telesock.server.core.faults.bandwidth import Bandwidth
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.closing import SlowClose
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.operating import OperationDelay, OperationHang
from telesock.server.core.faults.slicing import Slices
from telesock.server.core.faults.stalling import Stall
from telesock.server.core.faults.values import Effect, Fault, Scope, Target, Timing
from telesock.server.core.operations import Operation
from telesock.server.core.requests import Close, Disconnect, Receive, Send
from telesock.server.core.status import Status
from telesock.server.engine.faults import ActiveFault

SHORT = st.sampled_from([0.0, 0.001, 0.004])
EFFECTS: st.SearchStrategy[Effect] = st.one_of(
    st.builds(Latency, SHORT, SHORT),
    st.builds(Bandwidth, st.sampled_from([2_000_000, 50_000_000])),
    st.builds(
        Slices, st.sampled_from([700, 5000]), st.sampled_from([0, 600]), st.sampled_from([0.0, 0.0001])
    ),
    st.builds(Stall, st.sampled_from([None, 0.001, 0.004])),
    st.builds(SlowClose, st.sampled_from([None, 0.002])),
    st.just(OperationHang()),
    st.builds(OperationDelay, SHORT),
)


class Coming(NamedTuple):
    """A fault, after how many sends it comes, and after how many more it goes."""

    effect: Effect
    lane: Lane | None
    scope: Scope
    probability: float | None
    comes: int
    stays: int
    updated: Effect | None
    """Another effect that takes its place one step later."""

    def fault(self, name: str = "") -> Fault:
        stream = len(self.effect.lanes) > 1
        timing = Timing(probability=self.probability, scope=self.scope if stream else Scope.DEFAULT)
        return Fault(name, self.effect, 7, Target(direction=self.lane if stream else None), timing)


COMINGS = st.builds(
    Coming,
    EFFECTS,
    st.sampled_from([None, Lane.SEND, Lane.RECEIVE]),
    st.sampled_from(Scope),
    st.sampled_from([None, 0.5]),
    st.integers(0, 6),
    st.integers(0, 4),
    st.none() | EFFECTS,
)
SIZES = st.lists(st.sampled_from([1, 100, 4095, 4097, 30_000]), min_size=1, max_size=6)


class Faults:
    """The faults of a story: each comes and goes at its step."""

    def __init__(self, driver: Driver, comings: list[Coming]) -> None:
        self._faults = driver.engine.faults_of(driver.session)
        self._comings = comings
        self._there: list[tuple[int, ActiveFault]] = []

    def step(self, number: int) -> None:
        for place, coming in enumerate(self._comings):
            name = f"fault-{place}"
            if coming.comes == number:
                self._there.append((number + coming.stays, self._faults.create(coming.fault(name))))
            elif coming.comes + 1 == number and coming.updated is not None and coming.stays > 1:
                self._update(coming._replace(effect=coming.updated).fault(name))
        self._end(number)

    def _update(self, fault: Fault) -> None:
        updated = self._faults.update(fault)
        self._there = [
            (until, updated if active.fault.name == fault.name else active) for until, active in self._there
        ]

    def _end(self, number: int) -> None:
        for until, active in list(self._there):
            if until <= number:
                self._there.remove((until, active))
                self._faults.end(active, FaultEnd.DELETED)

    def over(self) -> None:
        self._faults.end_all(FaultEnd.DELETED)


async def transfer(sizes: list[int], comings: list[Coming]) -> None:
    agent, peer = Agent(), Peer()
    driver = agent.start()
    connection, far = await driver.meet(peer)
    faults, chunks = Faults(driver, comings), [random.Random(size).randbytes(size) for size in sizes]
    receiving = driver.ask(Receive(connection, sum(sizes), wait_all=True))
    operations: list[Operation] = [receiving]
    for number, chunk in enumerate(chunks):
        faults.step(number)
        operations.append(driver.ask(Send(connection, chunk)))
        far.send(chunk)
        await asyncio.sleep(0)
    faults.over()
    operations.append(driver.ask(Disconnect(connection)))
    far.finish()
    whole = b"".join(chunks)
    await far.until_end()
    completions = [await driver.completed(each) for each in operations]

    assert (bytes(far.received), far.saw_fin) == (whole, True)
    assert {each.status for each in completions} == {Status.SUCCESS}
    assert getattr(completions[0].result, "data", b"") == whole
    told = [event.operation_id for event in driver.events if isinstance(event.body, Completion)]
    assert len(told) == len(set(told))
    await driver.completed(driver.ask(Close(connection)))
    assert driver.engine.fault_held_bytes == 0
    peer.close()
    agent.stop()


@settings(max_examples=60, deadline=None)
@given(sizes=SIZES, comings=st.lists(COMINGS, min_size=1, max_size=4))
def test_any_combination_of_faults_that_preserve_bytes_delivers_them_all_in_order(
    sizes: list[int], comings: list[Coming]
) -> None:
    asyncio.run(asyncio.wait_for(transfer(sizes, comings), 20))
