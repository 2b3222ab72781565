"""What a relay is held to, without measuring."""

import pytest
from tests.benchmarks import socat
from tests.benchmarks.relays import NONE, OURS, OURS_LATE, PLAIN, PLAIN_LATE, SOCAT, Found, judged

FOUND: Found = {NONE: (9.0,), OURS: (4.0,), PLAIN: (2.0,), OURS_LATE: (1.0,), PLAIN_LATE: (2.0,)}


def test_a_relay_is_held_to_socat_and_one_with_a_fault_to_the_plain_program_that_is_as_late() -> None:
    result = judged("Relay", "MB/s", {**FOUND, SOCAT: (5.0,)}, "In turn.")

    assert [(goal.text, goal.value) for goal in result.goals] == [
        ("relay / socat", 0.8),
        ("relay with a fault / plain asyncio", 0.5),
    ]
    assert result.note == "In turn."


def test_where_socat_is_missing_the_result_says_so_and_has_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert socat.why_not() == "socat is not installed"

    result = judged("Relay", "MB/s", FOUND, "In turn.")

    assert [goal.text for goal in result.goals] == ["relay with a fault / plain asyncio"]
    assert [figure.name for figure in result.figures] == list(FOUND)
    assert result.note == "In turn. Without socat: socat is not installed."
