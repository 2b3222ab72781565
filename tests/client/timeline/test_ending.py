import re

from telesock.client.timeline import Entry, Timeline, TimelineRecorder
from telesock.client.timeline.ending import LINES, last_part


def test_the_text_is_the_last_part_and_says_how_much_is_left_out() -> None:
    recorder = TimelineRecorder(title="a test")
    for number in range(LINES + 3):
        recorder.note(f"note {number}")
    lines = last_part(recorder.timeline()).splitlines()

    assert lines[0] == "3 entries, then"
    assert [re.sub(r"^ *[\d.]+ ", "", line) for line in lines[2:]] == [
        f"# note {number}" for number in range(3, LINES + 3)
    ]


def test_its_times_are_those_of_the_whole() -> None:
    notes = tuple(Entry(at_ns, "note", "now") for at_ns in (1_000_000, 3_000_000, 4_000_000))

    assert last_part(Timeline(notes), lines=2).splitlines()[2:] == ["2.000 # now", "3.000 # now"]
