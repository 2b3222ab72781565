"""Where a fault acts: one direction of a socket, one way through a relay, or both ways, on each once."""

from collections.abc import Callable

import pytest
import typer

from telesock.client.cli.fault_effects import ACCEPTS, BYTES, CONNECTIONS, DATAGRAMS, acts_on
from telesock.client.cli.fault_places import (
    ON_CONNECTIONS,
    ON_DATAGRAM_SOCKETS,
    ON_LISTENERS,
    parse_any_fault,
    parse_relay_fault,
    parse_socket_fault,
)
from telesock.client.faults import EFFECTS, Fault, HalfClose, Latency, NeverRead, PacketLoss, Reset


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("latency=1s", Fault(Latency(1.0), direction="send")),
        ("latency=1s,direction=receive", Fault(Latency(1.0), direction="receive")),
        ("to-client:latency=1s", Fault(Latency(1.0), direction="send", relay_side="downstream")),
        (
            "to-upstream:latency=1s@0.3",
            Fault(Latency(1.0), direction="send", relay_side="upstream", probability=0.3),
        ),
        ("downstream.send:latency=1s", Fault(Latency(1.0), direction="send", relay_side="downstream")),
        ("upstream.receive:latency=1s", Fault(Latency(1.0), direction="receive", relay_side="upstream")),
        ("receive:latency=1s", Fault(Latency(1.0), direction="receive")),
        ("half-close", Fault(HalfClose(), direction="send")),
        ("never-read", Fault(NeverRead())),
        ("to-client:never-read", Fault(NeverRead(), direction="receive", relay_side="upstream")),
        ("to-upstream:never-read", Fault(NeverRead(), direction="receive", relay_side="downstream")),
        ("reset", Fault(Reset(), relay_side="downstream")),
        ("to-upstream:reset", Fault(Reset(), relay_side="upstream")),
        ("downstream:reset", Fault(Reset(), relay_side="downstream")),
        ("packet-loss@0.1", Fault(PacketLoss(), probability=0.1)),
        ("to-client:packet-loss@0.1", Fault(PacketLoss(), probability=0.1, relay_side="upstream")),
    ],
)
def test_a_fault_of_a_relay_acts_once_on_each_way_that_is_meant(text: str, fault: Fault) -> None:
    assert parse_relay_fault(text) == fault


@pytest.mark.parametrize("parse", [parse_any_fault, parse_socket_fault])
def test_elsewhere_a_fault_without_a_place_is_as_its_effect_is(parse: Callable[[str], Fault]) -> None:
    assert parse("latency=1s") == Fault(Latency(1.0))
    assert parse("send:latency=1s") == Fault(Latency(1.0), direction="send")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "downstream:latency=1s",
            "'downstream' alone can be meant in two ways: say to-client or to-upstream for",
        ),
        (
            "downstrem.send:latency=1s",
            "'downstrem.send' is no place; did you mean downstream.send? There are",
        ),
        (
            "to-client:connect-delay=1s",
            "connect-delay is not about one side of a relay; leave out to-client:",
        ),
        ("upstream.send:reset", "reset has no direction; write upstream:reset"),
        ("to-client:latency=1s,direction=send", "to-client: says where; leave out direction and relay-side"),
    ],
)
@pytest.mark.parametrize("parse", [parse_any_fault, parse_relay_fault])
def test_a_place_that_means_nothing_is_refused(
    parse: Callable[[str], Fault], text: str, problem: str
) -> None:
    with pytest.raises(typer.BadParameter) as caught:
        parse(text)

    assert str(caught.value).startswith(problem)


def test_a_socket_has_no_sides() -> None:
    with pytest.raises(typer.BadParameter, match="'to-client' is no place here; there are send, receive"):
        parse_socket_fault("to-client:latency=1s")


@pytest.mark.parametrize("parse", [parse_socket_fault, parse_relay_fault])
@pytest.mark.parametrize("text", ["stall,socket=1", "stall,listener=1"])
def test_what_is_given_to_a_socket_acts_on_no_other(parse: Callable[[str], Fault], text: str) -> None:
    with pytest.raises(typer.BadParameter, match="leave out socket and listener"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "kinds", "problem"),
    [
        ("datagram-loss", ON_CONNECTIONS, "datagram-loss acts on datagrams; here a fault can act on bytes,"),
        ("accept-delay=1s", ON_CONNECTIONS, "accept-delay acts on accepts; here a fault can act on bytes,"),
        ("connect-delay=1s", ON_LISTENERS, "connect-delay acts on connects; here a fault can act on bytes,"),
        ("latency=1s", ON_DATAGRAM_SOCKETS, "latency acts on bytes; here a fault can act on datagrams, oper"),
    ],
)
def test_a_socket_is_not_born_with_what_cannot_act_on_it(
    text: str, kinds: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(typer.BadParameter) as caught:
        parse_socket_fault(text, kinds)

    assert str(caught.value).startswith(problem)


def test_a_relay_has_no_datagrams() -> None:
    with pytest.raises(typer.BadParameter, match="datagram-loss acts on datagrams; here a fault can act on"):
        parse_relay_fault("datagram-loss")


def test_what_every_effect_acts_on_is_known() -> None:
    kinds = {name: acts_on(effect) for name, effect in EFFECTS.items()}

    assert sum(kind == BYTES for kind in kinds.values()) == 13
    assert [name for name, kind in kinds.items() if kind == CONNECTIONS] == ["packet_loss", "reset"]
    assert [name for name, kind in kinds.items() if kind == ACCEPTS] == [
        "accept_delay",
        "never_accept",
        "accept_reset",
    ]
    assert sum(kind == DATAGRAMS for kind in kinds.values()) == 6
