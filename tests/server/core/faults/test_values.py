"""Faults as values, and what no effect may be."""

import pytest
from tests.server.core.faults.refusing import problem

from telesock.server.core.faults.bandwidth import Bandwidth
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.closing import SlowClose
from telesock.server.core.faults.connecting import ConnectFailure, ResolveFailure
from telesock.server.core.faults.corruption import Corruption
from telesock.server.core.faults.inserting import DuplicateBytes, InsertBytes
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.limiting import HalfClose, Limit
from telesock.server.core.faults.slicing import Drip, Slices
from telesock.server.core.faults.stalling import Stall
from telesock.server.core.faults.values import Effect, Fault, Target

RIGHT: list[Effect] = [
    Bandwidth(1),
    Bandwidth(2**50, 2**50),
    Corruption((0,) * 1024, pattern=b"x" * 1024),
    Corruption(per_million=1_000_000),
    Drip(0.0),
    DuplicateBytes(4096),
    HalfClose(),
    InsertBytes(0, b"x" * 65_536),
    Latency(0.0, 1.0, correlation=1.0),
    Limit(0),
    Limit(duration=0.0),
    Slices(2, 1),
    SlowClose(),
    Stall(0.0),
]

WRONG: list[tuple[Effect, str]] = [
    (Bandwidth(0), "bandwidth.bytes_per_second: 0 is not between 1 and 1125899906842624"),
    (Bandwidth(1, 2**51), "bandwidth.burst_bytes: 2251799813685248 is not between 0 and 1125899906842624"),
    (Corruption(), "corruption: either offsets or per_million is needed"),
    (Corruption((1,), per_million=1), "corruption: either offsets or per_million is needed"),
    (Corruption((0,) * 1025), "corruption.offsets: 1025 is not between 0 and 1024"),
    (Corruption(per_million=1_000_001), "corruption.per_million: 1000001 is not between 0 and 1000000"),
    (Corruption((1,), pattern=b"x" * 1025), "corruption.pattern: 1025 is not between 0 and 1024"),
    (Drip(-1), "drip.gap: -1 s is not between 0 and a year"),
    (DuplicateBytes(0), "duplicate_bytes.length: 0 is not between 1 and 4096"),
    (DuplicateBytes(4097), "duplicate_bytes.length: 4097 is not between 1 and 4096"),
    (InsertBytes(0, b""), "insert_bytes.data: 0 is not between 1 and 65536"),
    (
        InsertBytes(2**63, b"x"),
        "insert_bytes.offset: 9223372036854775808 is not between 0 and 4611686018427387904",
    ),
    (Latency(-1), "latency.delay: -1 s is not between 0 and a year"),
    (Latency(1, -1), "latency.jitter: -1 s is not between 0 and a year"),
    (Latency(1, 1, correlation=2), "latency.correlation: 2 is not between 0 and 1"),
    (Limit(), "limit: either bytes or duration is needed"),
    (Limit(1, 1.0), "limit: either bytes or duration is needed"),
    (Limit(-1), "limit.bytes: -1 is not between 0 and 4611686018427387904"),
    (Limit(duration=-1), "limit.duration: -1 s is not between 0 and a year"),
    (Slices(0), "slices.size_bytes: 0 is not between 1 and 1048576"),
    (Slices(5, 5), "slices.size_variation_bytes: 5 is not between 0 and 4"),
    (Slices(5, gap=-1), "slices.gap: -1 s is not between 0 and a year"),
    (SlowClose(-1), "slow_close.delay: -1 s is not between 0 and a year"),
    (Stall(-1), "stall.duration: -1 s is not between 0 and a year"),
]


@pytest.mark.parametrize("effect", RIGHT)
def test_an_effect_on_bytes_may_go_to_its_bounds(effect: Effect) -> None:
    assert problem(effect) == ""


@pytest.mark.parametrize(("effect", "line"), WRONG)
def test_an_effect_on_bytes_beyond_its_bounds_is_refused(effect: Effect, line: str) -> None:
    assert problem(effect) == line


def test_a_fault_acts_where_its_effect_does_unless_its_target_says_otherwise() -> None:
    faults = [
        Fault("f", Latency(1.0)),
        Fault("f", Latency(1.0), target=Target(direction=Lane.RECEIVE)),
        Fault("f", HalfClose()),
        Fault("f", HalfClose(), target=Target(direction=Lane.RECEIVE)),
        Fault("f", ConnectFailure()),
        Fault("f", ResolveFailure()),
    ]

    assert [fault.lanes for fault in faults] == [
        (Lane.SEND, Lane.RECEIVE),
        (Lane.RECEIVE,),
        (Lane.SEND,),
        (Lane.RECEIVE,),
        (Lane.CONNECT,),
        (Lane.RESOLVE,),
    ]
