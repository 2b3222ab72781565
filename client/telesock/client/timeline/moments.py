"""The moments of a timeline, one behind the other, as a story is told: an operation is asked for, and later it ends.

An operation whose end follows its asking at once is one moment: nothing happened between. Decides also the moment from
which every form that shows a timeline counts.
"""

from collections.abc import Iterator
from typing import NamedTuple

from telesock.client.timeline.entries import Entry, Timeline

ASKED, TOLD, BOTH, MARK = "→", "←", "↔", "·"


class Moment(NamedTuple):
    """A line of the story. `sign` says whether its operation was asked for, or ended, or both; other entries have a mark."""

    at_ns: int
    sign: str
    entry: Entry


def beginning_ns(timeline: Timeline) -> int:
    """Return the earliest moment of a timeline: of an operation its asking, where that was seen. 0 where nothing happened."""
    known = (time for entry in timeline.entries for time in (entry.began_ns, entry.at_ns) if time is not None)
    return min(known, default=0)


def moments(timeline: Timeline) -> list[Moment]:
    """Tell a timeline moment by moment."""
    split = sorted(
        (each for entry in timeline.entries for each in _split(entry)), key=lambda each: each.at_ns
    )
    told: list[Moment] = []
    for each in split:
        if each.sign == TOLD and told and told[-1].sign == ASKED and told[-1].entry is each.entry:
            told[-1] = Moment(each.at_ns, BOTH, each.entry)
        else:
            told.append(each)
    return told


def _split(entry: Entry) -> Iterator[Moment]:
    if entry.kind != "operation":
        yield Moment(entry.at_ns, TOLD if entry.sequence else MARK, entry)
        return
    if entry.began_ns is not None:
        yield Moment(entry.began_ns, ASKED, entry)
    if not entry.pending:
        yield Moment(entry.at_ns, TOLD, entry)
