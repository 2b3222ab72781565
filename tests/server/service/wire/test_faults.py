"""Faults both ways: every part of a target, a timing and a replay is read, told back, and never taken for another."""

from typing import Any

import pytest
from tests.server.service.wire.effects import FULL, HALF

from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.connecting import ConnectFailure, ResolveFailure
from telesock.server.core.faults.datagrams import DatagramLoss
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.limiting import HalfClose
from telesock.server.core.faults.operating import OperationHang
from telesock.server.core.faults.peers import Peers
from telesock.server.core.faults.resetting import PacketLoss, Reset
from telesock.server.core.faults.stalling import Stall
from telesock.server.core.faults.values import (
    Counting,
    Decision,
    Fault,
    GilbertElliott,
    Scope,
    Side,
    Target,
    Timing,
)
from telesock.server.core.policy_rules import UnixRule, parse_rule
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import OperationKind
from telesock.server.core.status import Phase
from telesock.server.service.wire.faults import read_fault, read_faults, write_fault
from telesock.v1 import faults_pb2

TARGET = {
    "socket_id": 2**62,
    "listener_id": 2**61,
    "peer": "10.0.0.0/8:80,8000-8099",
    "direction": "DIRECTION_RECEIVE",
    "operations": ["OPERATION_KIND_SEND", "OPERATION_KIND_RECEIVE"],
    "phases": ["PHASE_SEND", "PHASE_RECEIVE"],
    "relay_side": "RELAY_SIDE_UPSTREAM",
}
TIMING = {
    "probability": 0.25,
    "correlation": 0.5,
    "decided_per": "DECISION_SCOPE_EACH",
    "nth": 2**64 - 1,
    "after_bytes": 2**63,
    "after_decisions": 2**62,
    "after": HALF,
    "times": 2**61,
    "window_start": {"seconds": 1},
    "window_end": {"seconds": 31_536_000},
    "on": {"seconds": 3},
    "off": {"seconds": 4},
    "counted_per": "COUNT_SCOPE_FAULT",
}
BURST = {"bad": 0.1, "good": 0.2, "fires_in_good": 0.3, "fires_in_bad": 0.4}
SEND, RECEIVE = Lane.SEND, Lane.RECEIVE

# The fields of a message and the fault of the core that says the same.
SAME: list[tuple[dict[str, Any], Fault]] = [
    (
        {"name": "all", "seed": 2**64 - 1, "target": TARGET, "timing": TIMING, "expires_after": HALF},
        Fault(
            "all",
            HalfClose(),
            2**64 - 1,
            Target(
                2**62,
                2**61,
                Peers(parse_rule("10.0.0.0/8:80,8000-8099")),
                RECEIVE,
                frozenset({OperationKind.SEND, OperationKind.RECEIVE}),
                frozenset({Phase.SEND, Phase.RECEIVE}),
                Side.UPSTREAM,
            ),
            Timing(
                *(0.25, None, 0.5, Scope.EACH, 2**64 - 1, 2**63, 2**62, 0.5, 2**61, 1.0, 31_536_000.0),
                *(3.0, 4.0, Counting.FAULT),
            ),
            0.5,
        ),
    ),
    (
        {"name": "burst", "seed": 1, "timing": {"burst": BURST}},
        Fault("burst", HalfClose(), 1, timing=Timing(burst=GilbertElliott(0.1, 0.2, 0.3, 0.4))),
    ),
    (
        {"seed": 0, "timing": {"probability": 0.0}, "expires_after": {}},
        Fault("", HalfClose(), 0, timing=Timing(0.0), expires_after=0.0),
    ),
    ({"seed": 0, "replay": {}}, Fault("", HalfClose(), 0, replay=frozenset())),
    (
        {
            "seed": 0,
            "replay": {
                "decisions": [
                    {"socket_id": 1, "direction": "DIRECTION_SEND", "number": 2**64 - 1},
                    {"socket_id": 2**62, "direction": "DIRECTION_RECEIVE"},
                ]
            },
        },
        Fault(
            "",
            HalfClose(),
            0,
            replay=frozenset({Decision(2**62, RECEIVE, 0), Decision(1, SEND, 2**64 - 1)}),
        ),
    ),
]


def message(kind: str = "half_close", **fields: Any) -> faults_pb2.Fault:
    """A fault with an effect, the fewest of whose fields are set."""
    chosen: dict[str, Any] = {kind: {}, **fields}
    return faults_pb2.Fault(**chosen)


def malformed(field: str, read: Any, *arguments: Any) -> None:
    """Check that reading refuses, and for which field."""
    with pytest.raises(Refused) as caught:
        read(*arguments)
    assert (caught.value.reason, caught.value.metadata["field"]) == (Reason.MALFORMED, field)


@pytest.mark.parametrize(
    ("fields", "fault"), SAME, ids=lambda each: each.get("name", "") if isinstance(each, dict) else ""
)
def test_every_part_of_a_fault_is_read(fields: dict[str, Any], fault: Fault) -> None:
    assert read_fault(message(**fields)) == fault


@pytest.mark.parametrize(
    ("fields", "fault"), SAME, ids=lambda each: each.get("name", "") if isinstance(each, dict) else ""
)
def test_every_part_of_a_fault_is_told_back(fields: dict[str, Any], fault: Fault) -> None:
    fields = {"target": {}, "timing": {}, **fields}  # they are told even when there is nothing to tell

    assert write_fault(fault) == message(**fields)


def test_the_examples_set_every_field_of_a_fault() -> None:
    def names(descriptor: Any) -> set[str]:
        return {field.name for field in descriptor.fields}

    told = {name for fields, _ in SAME for name in fields}
    assert told | set(FULL) == names(faults_pb2.Fault.DESCRIPTOR)
    assert {*TARGET, "peers"} == names(faults_pb2.FaultTarget.DESCRIPTOR)
    assert {*TIMING, "burst"} == names(faults_pb2.FaultTiming.DESCRIPTOR)
    assert set(BURST) == names(faults_pb2.GilbertElliott.DESCRIPTOR)


@pytest.mark.parametrize("kind", FULL)
def test_an_effect_alone_is_a_fault_of_everything_for_ever(kind: str) -> None:
    fields, effect = FULL[kind]

    chosen: dict[str, Any] = {kind: fields}
    assert read_fault(faults_pb2.Fault(**chosen)) == Fault("", effect)


def test_in_bad_times_a_burst_always_fires_unless_it_is_told_otherwise() -> None:
    asked = message(timing={"burst": {"bad": 0.5}})

    assert read_fault(asked).timing.burst == GilbertElliott(0.5, 0.0, 0.0, 1.0)
    asked.timing.burst.fires_in_bad = 0.0
    assert read_fault(asked).timing.burst == GilbertElliott(0.5, 0.0, 0.0, 0.0)


def test_a_probability_of_0_is_told_from_none() -> None:
    assert read_fault(message(timing={"probability": 0.0})).timing.probability == 0.0
    assert read_fault(message()).timing.probability is None


# Peers


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("10.0.0.0/8:80,8000-8099", "10.0.0.0/8:80,8000-8099"),
        ("[fd00::/8]:443", "[fd00::/8]:443"),
        ("::1", "::1/128"),
        ("127.0.0.1", "127.0.0.1/32"),
        ("10.0.0.1/8", "10.0.0.0/8"),
        ("unix:/run/*", "unix:/run/*"),
        ("unix:@lab*", "unix:@lab*"),
    ],
)
def test_a_peer_is_told_back_as_a_rule_that_means_the_same(text: str, told: str) -> None:
    fault = read_fault(message(target={"peer": text}))

    assert fault.target.peers == Peers(parse_rule(text))
    assert write_fault(fault).target.peer == told
    assert read_fault(write_fault(fault)) == fault


@pytest.mark.parametrize("kind", ["resolve_failure", "resolve_delay"])
def test_for_lookups_a_peer_is_a_pattern_of_names(kind: str) -> None:
    fault = read_fault(message(kind, target={"peer": "*.example"}))

    assert fault.target.peers == Peers("*.example")
    assert write_fault(fault).target.peer == "*.example"


@pytest.mark.parametrize("text", ["localhost", "127.0.0.1:80-70", "127.0.0.1:x", "unix:", "\0"])
def test_a_peer_that_is_no_rule_is_refused(text: str) -> None:
    malformed("target.peer", read_fault, message(target={"peer": text}))


# Instead of `peer`:
PEERS = ["10.0.0.0/8:80", "unix:/lab/*", "::1/128", "10.0.0.0/8:80"]


def test_several_peers_are_told_back_in_their_order() -> None:
    fault = read_fault(message(target={"peers": PEERS}))

    assert fault.target.peers == Peers(*map(parse_rule, PEERS))
    assert list(write_fault(fault).target.peers) == PEERS
    assert write_fault(fault).target.peer == ""


def test_one_of_several_peers_is_told_back_as_the_only_one() -> None:
    told = write_fault(read_fault(message("resolve_delay", target={"peers": ["*.example"]})))

    assert told.target == faults_pb2.FaultTarget(peer="*.example")


@pytest.mark.parametrize(
    "target",
    [
        {"peers": ["::1", "localhost"]},
        {"peers": ["::1", ""]},
        {"peer": "::1", "peers": ["::2"]},
        {"peers": ["::1"] * 1_025},
    ],
)
def test_peers_of_which_one_is_wrong_or_one_is_too_many_are_refused(target: dict[str, Any]) -> None:
    malformed("target.peers", read_fault, message(target=target))


def test_a_fault_has_1024_peers_at_most() -> None:
    assert len(read_fault(message(target={"peers": ["::1"] * 1_024})).target.peers) == 1_024


def test_a_replay_has_65536_decisions_at_most() -> None:
    decisions = [{"socket_id": 1, "direction": "DIRECTION_SEND"}] * 65_536

    assert read_fault(message(replay={"decisions": decisions})).replay == frozenset({Decision(1, SEND, 0)})
    malformed("replay.decisions", read_fault, message(replay={"decisions": [*decisions, {}]}))


def test_a_pattern_of_paths_is_a_rule() -> None:
    assert read_fault(message(target={"peer": "unix:/lab/*"})).target.peers == Peers(UnixRule("/lab/*"))


# Faults that a socket is born with


def test_the_faults_of_a_request_are_read_in_their_order() -> None:
    asked = [message("reset", name="b"), message("stall", name="a"), message("packet_loss")]

    assert read_faults(asked) == (Fault("b", Reset()), Fault("a", Stall()), Fault("", PacketLoss()))


def test_a_socket_is_born_with_16_faults_at_most() -> None:
    assert len(read_faults([message()] * 16)) == 16
    malformed("faults", read_faults, [message()] * 17)


@pytest.mark.parametrize("field", ["socket_id", "listener_id"])
def test_a_fault_to_be_born_with_names_no_socket(field: str) -> None:
    malformed("faults.target", read_faults, [message(), message(target={field: 1})])


@pytest.mark.parametrize(
    "effect",
    [Latency(0.1), DatagramLoss(), ConnectFailure(), ResolveFailure(), OperationHang()],
    ids=lambda effect: effect.kind,
)
def test_what_was_told_of_a_fault_can_be_asked_for_again(effect: Any) -> None:
    fault = Fault("again", effect, 5, Target(socket_id=4), Timing(0.5, times=3), 1.5)

    assert read_fault(write_fault(fault)) == fault
