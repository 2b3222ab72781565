"""Several agents by one table."""

import pytest

from telesock.client.lab.sources.counting import count_out


def test_what_is_not_counted_is_one_agent_as_it_is_written() -> None:
    assert list(count_out("a", {"target": "a:1"})) == [("a", {"target": "a:1"})]


def test_the_number_is_put_into_every_text_and_counted_from_one() -> None:
    table = {
        "count": 2,
        "target": "{n}:{n}",
        "labels": {"rack": "{n}"},
        "addresses": ("10.0.0.{n}",),
        "tls": True,
    }

    assert list(count_out("a{n}", table)) == [
        (
            f"a{n}",
            {"target": f"{n}:{n}", "labels": {"rack": f"{n}"}, "addresses": (f"10.0.0.{n}",), "tls": True},
        )
        for n in (1, 2)
    ]


@pytest.mark.parametrize(
    ("name", "table", "line"),
    [
        ("a", {"count": 1}, "count: 1 agents cannot all be named 'a': put {n} into it"),
        ("a", {"first": 1}, "first is of use only with count: say how many"),
        ("a{n}", {}, "{n} is of use only with count: say how many"),
        ("a", {"labels": {"rack": "{n}"}}, "{n} is of use only with count: say how many"),
    ],
)
def test_numbers_and_counts_need_each_other(name: str, table: dict[str, object], line: str) -> None:
    with pytest.raises(ValueError, match=r"of use only with|cannot all be named") as refused:
        list(count_out(name, table))

    assert str(refused.value) == line
