"""Which faults there can be, and in which line others are refused."""

from ipaddress import ip_network

import pytest
from tests.server.core.faults.refusing import problem

from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.connecting import (
    AcceptDelay,
    AcceptReset,
    ConnectDelay,
    ConnectFailure,
    NeverAccept,
    ResolveFailure,
)
from telesock.server.core.faults.datagrams import DatagramLoss
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.never_reading import NeverRead
from telesock.server.core.faults.operating import (
    OperationDelay,
    OperationFailure,
    OperationFalseFailure,
    OperationHang,
    ShortWrite,
)
from telesock.server.core.faults.peers import Peers
from telesock.server.core.faults.resetting import Moment, PacketLoss, Reset
from telesock.server.core.faults.values import Effect, GilbertElliott, Scope, Side, Target, Timing
from telesock.server.core.policy_rules import Rule, UnixRule
from telesock.server.core.requests import OperationKind
from telesock.server.core.status import Phase

LATE = Latency(1.0)
NETWORK = Peers(Rule(ip_network("10.0.0.0/8"), ()))
SENDS = frozenset({OperationKind.SEND})

RIGHT: list[tuple[Effect, Target, Timing]] = [
    (LATE, Target(), Timing()),
    (LATE, Target(3, 4, NETWORK, Lane.RECEIVE, side=Side.UPSTREAM), Timing(after_bytes=5)),
    (LATE, Target(peers=Peers(UnixRule("/run/*"))), Timing(probability=0.0, correlation=1.0)),
    (LATE, Target(), Timing(burst=GilbertElliott(0.0, 1.0, 0.5, 0.5))),
    (LATE, Target(), Timing(nth=1, after_decisions=2, times=3, after=4, on=1, off=2)),
    (LATE, Target(), Timing(window_start=1, window_end=1.5)),
    (NeverRead(), Target(direction=Lane.RECEIVE), Timing()),
    (DatagramLoss(), Target(direction=Lane.SEND), Timing()),
    (OperationHang(), Target(operations=SENDS, phases=frozenset({Phase.SEND})), Timing()),
    (OperationDelay(1.0), Target(operations=frozenset({OperationKind.CLOSE})), Timing()),
    (ResolveFailure(), Target(peers=Peers("*.example")), Timing()),
    (ConnectDelay(1.0), Target(peers=NETWORK, side=Side.UPSTREAM), Timing()),
    (AcceptReset(), Target(listener_id=1, peers=NETWORK), Timing()),
    (Reset(Moment.NEXT_OPERATION), Target(), Timing(scope=Scope.CONNECTION)),
    (PacketLoss(), Target(), Timing(probability=0.5, after=1, window_start=1, window_end=2, on=1, off=1)),
]


@pytest.mark.parametrize(("effect", "target", "timing"), RIGHT)
def test_what_can_be_is_not_refused(effect: Effect, target: Target, timing: Timing) -> None:
    assert problem(effect, target, timing) == ""


# Names


@pytest.mark.parametrize("name", ["f", "latency-1", "!" * 64, "~"])
def test_a_name_is_up_to_64_printable_characters(name: str) -> None:
    assert problem(LATE, name=name) == ""


@pytest.mark.parametrize("name", ["", "a b", "a\n", "ä", "\x7f", "x" * 65])
def test_another_name_is_refused(name: str) -> None:
    assert problem(LATE, name=name) == (
        f"name: {name!r} is not 1 to 64 printable ASCII characters without spaces"
    )


# Targets

CLOSES = frozenset({OperationKind.CLOSE})
OPERATIONS_ONLY = "target.operations: latency does not act on operations; operation effects do"
NO_TARGETS = "target.operations: chains and relays are no targets: their links and connections are"
LATE_CLOSES = "target.operations: a close never fails or hangs; it may only complete late"
NAMES = "target.peer: effects on names take a pattern of names, all others addresses"

TARGETS: list[tuple[Effect, Target, str]] = [
    (ConnectFailure(), Target(direction=Lane.SEND), "target.direction: connect-failure has no direction"),
    (OperationHang(), Target(direction=Lane.SEND), "target.direction: operation-hang has no direction"),
    (Reset(), Target(direction=Lane.SEND), "target.direction: reset has no direction"),
    (LATE, Target(direction=Lane.CONNECT), "target.direction: latency does not act there"),
    (NeverRead(), Target(direction=Lane.SEND), "target.direction: never-read acts on receiving only"),
    (LATE, Target(operations=SENDS), OPERATIONS_ONLY),
    (LATE, Target(phases=frozenset({Phase.SEND})), OPERATIONS_ONLY),
    (OperationHang(), Target(operations=frozenset({OperationKind.CHAIN})), NO_TARGETS),
    (OperationHang(), Target(operations=SENDS | {OperationKind.RELAY}), NO_TARGETS),
    (OperationFailure(), Target(operations=CLOSES), LATE_CLOSES),
    (OperationHang(), Target(operations=CLOSES), LATE_CLOSES),
    (OperationFalseFailure(), Target(operations=CLOSES), LATE_CLOSES),
    (
        ShortWrite(1),
        Target(operations=SENDS),
        "target.operations: short-write acts on sends, and on nothing else",
    ),
    (
        AcceptDelay(1.0),
        Target(side=Side.UPSTREAM),
        "target.relay_side: accept-delay is not about one side of a relay",
    ),
    (
        DatagramLoss(),
        Target(side=Side.DOWNSTREAM),
        "target.relay_side: datagram-loss is not about one side of a relay",
    ),
    (
        NeverAccept(),
        Target(peers=NETWORK),
        "target.peer: never-accept leaves connections in the kernel, where no peer is seen",
    ),
    (LATE, Target(peers=Peers("*.example")), NAMES),
    (ResolveFailure(), Target(peers=NETWORK), NAMES),
]


@pytest.mark.parametrize(("effect", "target", "line"), TARGETS)
def test_a_part_of_a_target_that_the_effect_has_no_use_for_is_refused(
    effect: Effect, target: Target, line: str
) -> None:
    assert problem(effect, target) == line


# Timings

PACKETS = "timing: packet-loss is drawn by the kernel: it takes a probability and conditions about time"
WINDOW = "timing.window_end: it has to be later than window_start"
FLAPPING = "timing.on: on and off belong together, both above 0"

TIMINGS: list[tuple[Effect, Timing, str]] = [
    (LATE, Timing(probability=1.5), "timing.probability: 1.5 is not between 0 and 1"),
    (LATE, Timing(probability=-0.1), "timing.probability: -0.1 is not between 0 and 1"),
    (LATE, Timing(burst=GilbertElliott(2, 0)), "timing.burst.bad: 2 is not between 0 and 1"),
    (LATE, Timing(burst=GilbertElliott(0, -1)), "timing.burst.good: -1 is not between 0 and 1"),
    (LATE, Timing(burst=GilbertElliott(0, 1, 2)), "timing.burst.fires_in_good: 2 is not between 0 and 1"),
    (LATE, Timing(burst=GilbertElliott(0, 1, 0, 2)), "timing.burst.fires_in_bad: 2 is not between 0 and 1"),
    (LATE, Timing(probability=1, correlation=2), "timing.correlation: 2 is not between 0 and 1"),
    (LATE, Timing(correlation=0.5), "timing.correlation: it needs a probability"),
    (LATE, Timing(burst=GilbertElliott(0, 1), correlation=0.5), "timing.correlation: it needs a probability"),
    (DatagramLoss(), Timing(after_bytes=1), "timing.after_bytes: datagram-loss does not count bytes"),
    (Reset(), Timing(after_bytes=1), "timing.after_bytes: reset does not count bytes"),
    (LATE, Timing(after=-1), "timing.after: -1 s is not between 0 and a year"),
    (LATE, Timing(window_start=-1), "timing.window_start: -1 s is not between 0 and a year"),
    (LATE, Timing(window_end=1e9), "timing.window_end: 1e+09 s is not between 0 and a year"),
    (LATE, Timing(on=-1, off=1), "timing.on: -1 s is not between 0 and a year"),
    (LATE, Timing(on=1, off=-1), "timing.off: -1 s is not between 0 and a year"),
    (LATE, Timing(window_end=0), WINDOW),
    (LATE, Timing(window_start=2, window_end=2), WINDOW),
    (LATE, Timing(on=1), FLAPPING),
    (LATE, Timing(off=1), FLAPPING),
    (PacketLoss(), Timing(burst=GilbertElliott(0, 1)), PACKETS),
    (PacketLoss(), Timing(probability=0.5, correlation=0.5), PACKETS),
    (PacketLoss(), Timing(nth=1), PACKETS),
    (PacketLoss(), Timing(after_decisions=1), PACKETS),
    (PacketLoss(), Timing(times=1), PACKETS),
    (Reset(), Timing(scope=Scope.EACH), "timing.decided_per: a connection is reset once"),
]


@pytest.mark.parametrize(("effect", "timing", "line"), TIMINGS)
def test_a_timing_that_contradicts_itself_or_the_effect_is_refused(
    effect: Effect, timing: Timing, line: str
) -> None:
    assert problem(effect, timing=timing) == line


def test_a_fault_ends_by_itself_within_a_year() -> None:
    lines = [problem(LATE, expires_after=seconds) for seconds in (None, 0.5, -1.0)]

    assert lines == ["", "", "expires_after: -1 s is not between 0 and a year"]
