"""What a lab can be made of, and what is said of what it cannot."""

import pytest

from telesock.client.lab.inventory import InventoryError, Member, addresses_of, make_inventory


def test_members_are_kept_in_their_order() -> None:
    members = [Member("b", "b.lab:50551"), Member("a", "a.lab:50551")]

    assert make_inventory(members) == tuple(members)


@pytest.mark.parametrize(
    "target", ["host:50551", "10.0.0.1:1", "[fd00::1]:50551", "unix:/run/a.sock", "dns:///a:1"]
)
def test_targets_are_what_clients_take(target: str) -> None:
    assert Member("a", target).target == target


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ({"name": ""}, "'' is no name of an agent: letters, digits, '.', '_', '-', at most 63"),
        ({"name": "a b"}, "'a b' is no name of an agent: letters, digits, '.', '_', '-', at most 63"),
        ({"target": "host"}, "agent a: 'host' is no target: HOST:PORT, [IPV6]:PORT or unix:PATH"),
        ({"labels": {"": "x"}}, "agent a: '' is no name of a label: letters, digits, '.', '_', '/', '-'"),
        (
            {"labels": {"role": "x,y"}},
            "agent a: label role cannot be 'x,y': letters, digits, '.', '_', '-', at most 63",
        ),
        (
            {"addresses": ("host",)},
            "agent a: 'host' is no address: 10.0.0.5, 10.0.0.0/24 or an IPv6 one",
        ),
    ],
)
def test_a_member_that_cannot_be_is_refused_in_one_line(member: dict[str, object], message: str) -> None:
    with pytest.raises(InventoryError) as raised:
        Member(**{"name": "a", "target": "a:1", **member})  # type: ignore[arg-type]  # some of it is wrong

    assert str(raised.value) == message


def test_a_name_that_is_there_twice_is_refused() -> None:
    with pytest.raises(InventoryError) as raised:
        make_inventory([Member("a", "a:1"), Member("b", "b:1"), Member("a", "c:1")], "lab.toml")

    assert str(raised.value) == "lab.toml has several agents named a: names have to differ"


def test_a_lab_of_nobody_is_refused() -> None:
    with pytest.raises(InventoryError) as raised:
        make_inventory([], "lab.toml")

    assert str(raised.value) == "lab.toml has no agents: it needs one at least"


@pytest.mark.parametrize(
    ("member", "addresses"),
    [
        (Member("a", "10.0.0.1:50551"), ("10.0.0.1",)),
        (Member("a", "[fd00::1]:50551"), ("fd00::1",)),
        (Member("a", "a.lab:50551"), ()),
        (Member("a", "unix:/run/a.sock"), ()),
        (Member("a", "10.0.0.1:50551", addresses=("10.1.0.1", "10.2.0.0/16")), ("10.1.0.1", "10.2.0.0/16")),
    ],
)
def test_the_address_of_the_target_stands_for_none(member: Member, addresses: tuple[str, ...]) -> None:
    assert addresses_of(member) == addresses


def test_labels_cannot_be_changed_behind_the_lab() -> None:
    labels = {"role": "server"}
    member = Member("a", "a:1", labels)
    labels["role"] = "client"

    assert dict(member.labels) == {"role": "server"}


def test_one_text_for_addresses_is_told_from_several() -> None:
    with pytest.raises(InventoryError) as raised:
        Member("a", "a:1", addresses="10.0.0.1")  # type: ignore[arg-type]  # that is the mistake

    assert str(raised.value) == "agent a: addresses are a tuple, not one text: ('10.0.0.1',)"
