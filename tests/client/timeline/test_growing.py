"""A timeline's file while it grows can be read at any moment, and has what was told by then."""

import io

from telesock.client.core.clocks import ClockEstimate
from telesock.client.timeline import Timeline
from telesock.client.timeline.growing import GrowingTimeline
from telesock.client.timeline.json_lines import read_lines
from telesock.v1.events_pb2 import Draining, Event, Gap


def read(file: io.StringIO) -> Timeline:
    return read_lines(file.getvalue().encode().splitlines(), "x")


def test_every_line_is_there_as_soon_as_it_was_told() -> None:
    file = io.StringIO()
    growing = GrowingTimeline(file, ["a", "b"], "t")
    empty = read(file)
    clock = ClockEstimate(1_000, 7, 0, drift_uncertainty_ppm=0)
    growing.clock("a", clock)
    growing.told("a", "s-1", Event(sequence=1, monotonic_ns=5_000, draining=Draining()))
    growing.told("b", "s-2", Event(sequence=1, monotonic_ns=5_000, draining=Draining()))
    growing.told("a", "s-1", Gap(first_sequence=2, last_sequence=3))
    growing.became("a", "session lost", "s-1", "it expired")
    whole = read(file)

    assert (empty.entries, empty.agents, empty.title, empty.wall_offset_ns is None) == (
        (),
        ("a", "b"),
        "t",
        False,
    )
    assert whole.clocks == {"a": clock}
    assert [
        (each.what, each.agent, each.session, each.uncertainty_ns, each.status) for each in whole.entries
    ] == [
        ("draining", "a", "s-1", 7, ""),
        ("draining", "b", "s-2", None, ""),
        ("gap", "a", "s-1", 0, "MISSING"),
        ("session lost", "a", "s-1", 0, "LOST"),
    ]
    assert whole.entries[0].at_ns == 4_000
    assert growing.entries == 4
