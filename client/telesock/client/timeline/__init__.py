"""One ordered story of what several agents were asked and told: recorded, read again, and shown in four forms.

`TimelineRecorder` records sessions (`session.record_to(recorder, agent="a")`), its `timeline()` is a `Timeline` of
`Entry` values on one clock, with error bars.
"""

from telesock.client.timeline.entries import KINDS, Entry, Kind, Timeline
from telesock.client.timeline.json_lines import BadTimeline
from telesock.client.timeline.recorder import TimelineRecorder

__all__ = ["KINDS", "BadTimeline", "Entry", "Kind", "Timeline", "TimelineRecorder"]
