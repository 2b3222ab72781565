"""Agents by their labels, in the words of Kubernetes."""

import pytest

from telesock.client.lab.core.selectors import read_selector, select
from telesock.client.lab.errors import SelectorError

LABELS = {
    "one": {"role": "server", "zone": "a"},
    "two": {"role": "server", "zone": "b", "old": ""},
    "three": {"role": "client"},
}


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("", ["one", "two", "three"]),
        ("role=server", ["one", "two"]),
        ("role==server", ["one", "two"]),
        ("role=server,zone!=b", ["one"]),
        ("zone!=b", ["one", "three"]),
        ("zone", ["one", "two"]),
        ("!zone", ["three"]),
        (" role = server , !old ", ["one"]),
        ("old=", ["two"]),
        ("role=nobody", []),
    ],
)
def test_all_terms_have_to_hold(selector: str, names: list[str]) -> None:
    fits = read_selector(selector)

    assert [name for name, labels in LABELS.items() if fits(labels)] == names


@pytest.mark.parametrize("term", ["role=a=b", "=a", "!role=a", "role in (a)", ""])
def test_a_term_that_cannot_be_read_is_named(term: str) -> None:
    selector = f"zone=a,{term}"

    with pytest.raises(SelectorError) as raised:
        read_selector(selector)

    assert str(raised.value) == (
        f"{term!r} in the selector {selector!r} is no term: name=value, name!=value, name or !name"
    )


def test_a_selector_that_fits_nobody_is_refused_with_what_there_is() -> None:
    many = {f"agent-{number}": {"n": str(number)} for number in range(7)}

    with pytest.raises(SelectorError) as few:
        select("role=sever", {**LABELS, "four": {}})
    with pytest.raises(SelectorError) as more:
        select("x", many)

    assert (str(few.value), str(more.value)) == (
        "no agent fits the selector 'role=sever'; there are one (role=server,zone=a), two (role=server,zone=b,old=), "
        "three (role=client), four (no labels)",
        "no agent fits the selector 'x'; there are agent-0 (n=0), agent-1 (n=1), agent-2 (n=2), agent-3 (n=3), "
        "agent-4 (n=4) and 2 more",
    )


def test_those_that_fit_are_in_the_order_in_which_they_are_there() -> None:
    assert select("role=server", LABELS) == ["one", "two"]
