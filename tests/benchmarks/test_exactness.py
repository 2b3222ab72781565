"""What is said of faults that were measured, without measuring."""

from tests.benchmarks.exactness import Reading, judged
from tests.benchmarks.results import Figure, Goal


def test_the_median_of_all_rounds_is_held_to_what_was_asked_for() -> None:
    rounds = tuple(Reading("Latency 20 ms", "ms", 20.0, value) for value in (21.0, 40.0, 20.0))

    result = judged([rounds])

    assert result.figures == (Figure("Latency 20 ms", "ms", (21.0, 40.0, 20.0)),)
    assert result.goals == (Goal("Latency 20 ms: measured / asked", 1.05, 0.9, at_least=True, at_most=1.1),)


def test_what_nothing_was_asked_of_has_no_goal() -> None:
    result = judged([(Reading("no fault, sent", "ms", 0.0, 0.4),)])

    assert (len(result.figures), result.goals) == (1, ())
