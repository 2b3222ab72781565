"""What a partition is made of, as values."""

import re

import pytest

from telesock.client import ConnectDelay, DatagramLoss, Fault, Stall
from telesock.client.faults.rules import DirectionName
from telesock.client.lab.core.cuts import Direction, plan_partition
from telesock.client.lab.inventory import Member

YEAR = 31_536_000.0


def member(name: str, *addresses: str) -> Member:
    return Member(name, f"unix:/run/{name}", addresses=addresses)


def rules(*peers: str, direction: DirectionName | None = None) -> tuple[Fault, ...]:
    return (
        Fault(Stall(), name="cut-bytes", peers=peers, direction=direction),
        Fault(DatagramLoss(), name="cut-datagrams", peers=peers, direction=direction),
        Fault(ConnectDelay(YEAR), name="cut-connects", peers=peers),
    )


@pytest.mark.parametrize(
    ("direction", "first", "second"),
    [("both", None, None), ("forth", "send", "receive"), ("back", "receive", "send")],
)
def test_each_side_has_rules_about_the_other(
    direction: Direction, first: DirectionName | None, second: DirectionName | None
) -> None:
    plan = plan_partition("cut", [member("a", "10.0.0.1")], [member("b", "10.0.0.2")], direction)

    assert plan == {
        "a": rules("10.0.0.2/32", direction=first),
        "b": rules("10.0.0.1/32", direction=second),
    }


def test_addresses_that_make_a_network_are_one_peer() -> None:
    """Exactly them, and no neighbour."""
    others = [member(f"b{number}", f"10.0.0.{number}") for number in (4, 5, 6, 7, 8)]
    plan = plan_partition("cut", [member("a", "10.0.1.1")], others)

    assert plan["a"] == rules("10.0.0.4/30", "10.0.0.8/32")


def test_addresses_of_both_families_are_cut() -> None:
    plan = plan_partition("cut", [member("a", "10.0.0.1")], [member("b", "10.0.0.2", "fd00::/64")])

    assert plan["a"] == rules("10.0.0.2/32", "fd00::/64")


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([], [member("b", "10.0.0.2")], "a partition needs two sides: one of the groups has no agent"),
        (
            [member("a", "10.0.0.1")],
            [member("a", "10.0.0.1"), member("b", "10.0.0.2")],
            "a partition cannot cut a from itself: it is on both sides",
        ),
        (
            [member("a")],
            [member("b", "10.0.0.2")],
            "a partition does not know what to cut at a: say `addresses` in the inventory",
        ),
        (
            [member("a", "10.0.0.1")],
            [member("b", "10.0.0.0/24")],
            "a partition cannot tell a from b: 10.0.0.1/32 of the one is 10.0.0.0/24 of the other too",
        ),
    ],
)
def test_sides_that_cannot_be_cut_are_refused_in_one_line(
    first: list[Member], second: list[Member], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        plan_partition("cut", first, second)


def test_a_direction_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="no direction 'up': both, forth"):
        plan_partition("cut", [member("a", "10.0.0.1")], [member("b", "10.0.0.2")], "up")  # type: ignore[arg-type]  # it is wrong


def test_more_networks_than_a_fault_can_name_are_refused() -> None:
    others = [member(f"b{number}", f"10.{number // 250}.{number % 250}.1") for number in range(1_025)]

    with pytest.raises(
        ValueError, match="has 1025 networks of addresses, and a partition can cut 1024: give"
    ):
        plan_partition("cut", [member("a", "10.99.0.1")], others)
