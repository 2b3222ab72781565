"""What an entry says of itself, and which entries a selection keeps."""

from pathlib import Path

import pytest

from telesock.client.timeline import Entry, Timeline

SENT = Entry(
    30,
    "operation",
    "send",
    "a",
    began_ns=10,
    socket_id=1,
    peer="10.0.0.2:80",
    request="5 bytes, 'Hello'",
    status="SUCCESS",
)
RESET = Entry(40, "operation", "receive", "b", socket_id=2, status="CONNECTION_RESET", details="by the peer")
WAITING = Entry(50, "operation", "receive", "a", began_ns=50, socket_id=1)
NOTE = Entry(60, "note", "now it is cut")
FAULT = Entry(70, "fault", "fault fired", "b", socket_id=2, details="cut: decision 0")
ALL = Timeline((SENT, RESET, WAITING, NOTE, FAULT), ("a", "b"), title="t")


@pytest.mark.parametrize(
    ("entry", "pending", "failed", "duration"),
    [
        (SENT, False, False, 20),
        (RESET, False, True, None),
        (WAITING, True, False, None),
        (NOTE, False, False, None),
    ],
)
def test_an_entry_knows_whether_it_has_ended_how_and_after_how_long(
    entry: Entry, pending: bool, failed: bool, duration: int | None
) -> None:
    assert (entry.pending, entry.failed, entry.duration_ns) == (pending, failed, duration)


def test_its_text_is_one_line_of_all_words() -> None:
    entry = Entry(0, "operation", "send", request="a\n b", status="SUCCESS", details="c")

    assert entry.text == "send a b SUCCESS c"


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ({}, ALL.entries),
        ({"agents": ["b"]}, (RESET, NOTE, FAULT)),
        ({"kinds": ["fault", "note"]}, (NOTE, FAULT)),
        ({"sockets": [1]}, (SENT, WAITING, NOTE)),
        ({"failed": True}, (RESET,)),
        ({"text": "HELLO"}, (SENT,)),
        ({"text": "10.0.0.2"}, (SENT,)),
        ({"agents": ["b"], "kinds": ["operation"]}, (RESET,)),
        ({"text": "nowhere"}, ()),
    ],
)
def test_a_selection_keeps_what_matches_all_that_is_given(
    wanted: dict[str, object], kept: tuple[Entry, ...]
) -> None:
    assert ALL.select(**wanted) == Timeline(kept, ("a", "b"), title="t")  # type: ignore[arg-type]  # as the cases say


def test_every_form_can_be_written_to_a_file(tmp_path: Path) -> None:
    ALL.write_jsonl(tmp_path / "t.jsonl")
    ALL.write_trace(tmp_path / "t.json")
    ALL.write_page(tmp_path / "t.html")

    assert [(tmp_path / name).read_text() for name in ("t.jsonl", "t.json", "t.html")] == [
        ALL.jsonl(),
        ALL.trace(),
        ALL.page(),
    ]
    assert Timeline.read(tmp_path / "t.jsonl") == ALL
    assert str(ALL) == ALL.text()
