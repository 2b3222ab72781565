"""How a bound is said."""

import pytest
from tests.benchmarks.report import bounds
from tests.benchmarks.results import Goal


@pytest.mark.parametrize(
    ("goal", "said"),
    [
        (Goal("a ratio", 1.0, 1.25), "≤ 1.25"),
        (Goal("a ratio", 1.0, 0.8, at_least=True), "≥ 0.8"),
        (Goal("exact", 1.0, 0.9, at_least=True, at_most=1.1), "0.9 to 1.1"),
    ],
)
def test_a_bound_says_on_which_side_of_it_a_value_has_to_be(goal: Goal, said: str) -> None:
    assert bounds(goal) == said
