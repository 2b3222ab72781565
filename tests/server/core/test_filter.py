"""Which events a subscriber wants."""

import pytest

from telesock.server.core.entries import Entry
from telesock.server.core.events import EventKind
from telesock.server.core.filter import Filter

ENTRIES = [
    Entry(1, EventKind.COMPLETION, 7, 512, True, b""),
    Entry(2, EventKind.DATA_RECEIVED, 7, 512, True, b""),
    Entry(3, EventKind.COMPLETION, 8, 512, True, b""),
    Entry(4, EventKind.DRAINING, 0, 512, True, b""),
]
WISHES = [
    (Filter(), [1, 2, 3, 4]),
    (Filter(socket_ids=[7]), [1, 2]),
    (Filter(socket_ids=[7, 8]), [1, 2, 3]),
    (Filter(kinds=[EventKind.COMPLETION]), [1, 3]),
    (Filter(kinds=[EventKind.COMPLETION, EventKind.DRAINING]), [1, 3, 4]),
    (Filter([7], [EventKind.COMPLETION]), [1]),
    (Filter([9], [EventKind.COMPLETION]), []),
]


@pytest.mark.parametrize(("wanted", "sequences"), WISHES)
def test_an_event_must_match_every_part_that_is_set(wanted: Filter, sequences: list[int]) -> None:
    assert [entry.sequence for entry in ENTRIES if wanted.matches(entry)] == sequences


def test_only_a_filter_with_a_part_leaves_anything_out() -> None:
    assert [bool(wanted) for wanted, _ in WISHES] == [False] + [True] * 6
