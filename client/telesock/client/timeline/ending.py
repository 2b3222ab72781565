"""The end of a timeline, for whoever asks why something failed."""

from dataclasses import replace

from telesock.client.timeline.entries import Timeline

LINES = 40
"""Entries that are shown of it."""


def last_part(timeline: Timeline, lines: int = LINES) -> str:
    """Write the last part of a timeline, without its title, and how many entries are before that."""
    left_out = max(0, len(timeline.entries) - lines)
    text = replace(timeline, entries=timeline.entries[left_out:], title="").text()
    return f"{left_out} entries, then\n{text}" if left_out else text
