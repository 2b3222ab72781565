"""The end of a timeline, for whoever asks why something failed."""

from dataclasses import replace

from telesock.client.timeline.entries import Timeline
from telesock.client.timeline.moments import beginning_ns
from telesock.client.timeline.text import timeline_text

LINES = 40
"""Entries that are shown of it."""


def last_part(timeline: Timeline, lines: int = LINES) -> str:
    """Write the last part of a timeline, without its title, and how many entries are before that.

    Its times are those of the whole, as every other form of that shows them.
    """
    left_out = max(0, len(timeline.entries) - lines)
    part = replace(timeline, entries=timeline.entries[left_out:], title="")
    text = timeline_text(part, beginning_ns(timeline))
    return f"{left_out} entries, then\n{text}" if left_out else text
