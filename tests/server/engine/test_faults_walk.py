"""The random walks of test_connection_walk.py among faults that come and go: what holds without them holds with them.

The faults hold bytes and operations back, fail some and end connections; none changes a byte.
"""

import hypothesis.strategies as st
from hypothesis import settings
from tests.server.engine.test_connection_walk import PLACES, Walk, step
from tests.server.engine.walker import AS_FOUND

from telesock.server.core.events import FaultEnd
from telesock.server.core.faults.bandwidth import Bandwidth
from telesock.server.core.faults.closing import SlowClose
from telesock.server.core.faults.connecting import ConnectDelay, ConnectFailure, Outcome, ResolveDelay
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.limiting import HalfClose, Limit
from telesock.server.core.faults.never_reading import NeverRead
from telesock.server.core.faults.operating import OperationDelay, OperationFailure, OperationHang, ShortWrite
from telesock.server.core.faults.resetting import Moment, Reset
from telesock.server.core.faults.segments import How
from telesock.server.core.faults.slicing import Drip, Slices
from telesock.server.core.faults.stalling import Stall
from telesock.server.core.faults.values import Effect, Fault, Scope, Target, Timing

SPANS = st.sampled_from([0.0, 0.0005, 0.002, 60.0])
EFFECTS: st.SearchStrategy[Effect] = st.one_of(
    st.builds(Latency, SPANS, SPANS),
    st.builds(Bandwidth, st.sampled_from([100, 10_000_000])),
    st.builds(Slices, st.just(50_000), st.just(1000), SPANS),
    st.builds(Drip, SPANS),
    st.builds(Stall, st.none() | SPANS),
    st.builds(SlowClose, st.none() | SPANS),
    st.builds(Limit, size=st.sampled_from([0, 100, 100_000]), end=st.sampled_from(How)),
    st.builds(Limit, duration=SPANS, end=st.sampled_from(How)),
    st.just(HalfClose()),
    st.just(NeverRead()),
    st.builds(Reset, st.sampled_from(Moment)),
    st.builds(ConnectFailure, st.sampled_from(Outcome), SPANS),
    st.builds(ConnectDelay, SPANS),
    st.builds(ResolveDelay, SPANS),
    st.just(OperationFailure()),
    st.just(OperationHang()),
    st.builds(OperationDelay, SPANS),
    st.builds(ShortWrite, st.sampled_from([0, 1, 50])),
)


def timing(probability: float | None, scope: Scope, after: float, times: int, off: float) -> Timing:
    return Timing(
        probability=probability, scope=scope, after=after, times=times, on=0.001 if off else 0.0, off=off
    )


TIMINGS = st.builds(
    timing,
    st.sampled_from([None, None, 0.0, 0.5]),
    st.sampled_from(Scope),
    st.sampled_from([0.0, 0.001]),
    st.sampled_from([0, 1]),
    st.sampled_from([0.0, 0.0, 0.001]),
)


class FaultedWalk(Walk):
    """The same steps, and faults."""

    @step(
        effect=EFFECTS,
        timing=TIMINGS,
        seed=PLACES,
        one_socket=st.booleans(),
        expires_after=st.sampled_from([None, None, 0.001]),
    )
    def fault(
        self, effect: Effect, timing: Timing, seed: int, one_socket: bool, expires_after: float | None
    ) -> None:
        driver = self.walker.driver
        target = Target(socket_id=self.walker.socket(seed) if one_socket else 0)
        fault = Fault("", effect, seed, target, timing, expires_after)
        self.walker._try(lambda: driver.engine.faults_of(driver.session).create(fault))

    @step(place=PLACES)
    def end_fault(self, place: int) -> None:
        driver = self.walker.driver
        faults = list(driver.engine.faults_of(driver.session))
        if faults:
            driver.engine.faults_of(driver.session).end(faults[place % len(faults)], FaultEnd.DELETED)

    @step(place=PLACES, effect=EFFECTS, timing=TIMINGS)
    def update_fault(self, place: int, effect: Effect, timing: Timing) -> None:
        driver = self.walker.driver
        faults = list(driver.engine.faults_of(driver.session))
        if faults:
            fault = faults[place % len(faults)].fault._replace(effect=effect, timing=timing)
            self.walker._try(lambda: driver.engine.faults_of(driver.session).update(fault))

    @step()
    def reset_faults(self) -> None:
        driver = self.walker.driver
        driver.engine.faults_of(driver.session).end_all(FaultEnd.DELETED)

    def teardown(self) -> None:
        engine = self.walker.driver.engine
        super().teardown()
        assert engine.fault_held_bytes == 0


TestAnySessionWhateverFaultsComeAndGo = FaultedWalk.TestCase
TestAnySessionWhateverFaultsComeAndGo.settings = settings(
    max_examples=25, stateful_step_count=60, deadline=None, phases=AS_FOUND
)
