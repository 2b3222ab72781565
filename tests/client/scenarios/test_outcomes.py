"""How a run is counted, and its timelines put together."""

from telesock.client.scenarios.outcomes import Outcome, Result, summary, whole_timeline
from telesock.client.timeline import Timeline, TimelineRecorder


def outcome(result: Result, timeline: Timeline | None = None) -> Outcome:
    return Outcome("name", "", result, 0.1, timeline=timeline or Timeline())


def test_results_are_counted_and_those_that_were_not_run() -> None:
    outcomes = [outcome(result) for result in (*Result, Result.PASSED, Result.ERROR)]

    assert summary(outcomes) == "2 passed, 1 failed, 2 errors, 1 skipped"
    assert summary([outcome(Result.ERROR)], not_run=3) == "1 error, 3 not run"
    assert [each.bad for each in outcomes] == [False, True, True, False, False, True]


def test_timelines_of_one_clock_become_one() -> None:
    recorders = [TimelineRecorder(), TimelineRecorder()]
    for number in range(4):
        recorders[number % 2].note(f"note {number}", agent="ba"[number % 2])
    outcomes = [outcome(Result.PASSED, recorder.timeline()) for recorder in recorders]
    whole = whole_timeline([*outcomes, outcome(Result.ERROR)], "story")

    assert [entry.what for entry in whole.entries] == [f"note {number}" for number in range(4)]
    assert (whole.agents, whole.title) == (("b", "a"), "story")
    assert whole_timeline([], "story") == Timeline(title="story")
