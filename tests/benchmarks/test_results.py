"""Figures, goals and their JSON."""

import json

import pytest
from tests.benchmarks.results import Figure, Goal, Result, Scale

RESULT = Result(
    "Sends",
    (Figure("client", "sends/s", (3.0, 1.0, 2.0)), Figure("floor", "sends/s", (4.0,))),
    (
        Goal("client / floor", 0.5, 1.0, at_least=True),
        Goal("floor / client", 2.0, 2.5),
        Goal("exact", 1.0, 0.9, True, 1.1),
    ),
    "In turn.",
)


def test_a_result_comes_back_from_json_as_it_went() -> None:
    assert Result.from_json(json.loads(json.dumps(RESULT.to_json()))) == RESULT


@pytest.mark.parametrize("lost", ["title", "figures", "goals", "note"])
def test_json_that_lacks_something_is_no_result(lost: str) -> None:
    content = RESULT.to_json()
    del content[lost]

    with pytest.raises(KeyError, match=lost):
        Result.from_json(content)


def test_a_figure_is_quoted_by_its_median_and_spans_its_rounds() -> None:
    figure = RESULT.figures[0]

    assert (figure.lowest, figure.median, figure.highest) == (1.0, 2.0, 3.0)


@pytest.mark.parametrize(("at_least", "met"), [(True, [False, True, True]), (False, [True, True, False])])
def test_a_goal_is_met_up_to_its_bound_and_not_beyond(at_least: bool, met: list[bool]) -> None:
    assert [Goal("a ratio", value, 1.0, at_least).met for value in (0.9, 1.0, 1.1)] == met


def test_a_goal_between_two_bounds_is_met_from_the_one_to_the_other() -> None:
    values = (0.8, 0.9, 1.0, 1.1, 1.2)

    assert [Goal("exact", value, 0.9, at_least=True, at_most=1.1).met for value in values] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_a_goal_that_was_written_before_goals_had_a_second_bound_is_read() -> None:
    content = RESULT.to_json()
    for goal in content["goals"]:
        del goal["at_most"]

    assert [goal.at_most for goal in Result.from_json(content).goals] == [None, None, None]


def test_a_scale_does_its_share_and_never_nothing() -> None:
    assert [Scale(3, 0.15).of(count) for count in (1, 40, 60_000)] == [1, 6, 9_000]
