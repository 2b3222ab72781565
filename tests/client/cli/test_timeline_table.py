"""A timeline on a terminal: coloured lines without empty columns, and what is long goes on under itself."""

import io

from rich.console import Console

from telesock.client.cli.timeline_table import timeline_table
from telesock.client.timeline import Entry, Timeline

SEND = Entry(
    2_500_000,
    "operation",
    "send",
    began_ns=1_000_000,
    socket_id=1,
    operation_id=7,
    request="5 bytes, 'hello'",
    status="CONNECTION_RESET",
    details="by the peer in send, ECONNRESET",
)
NOTE = Entry(2_000_000, "note", "nothing happens")


def printed(timeline: Timeline, width: int = 80, since_ns: int | None = None) -> list[str]:
    page = io.StringIO()
    Console(file=page, width=width).print(timeline_table(timeline, since_ns))
    return [line.rstrip() for line in page.getvalue().splitlines()]


def test_what_was_asked_and_what_was_told_stand_in_the_order_of_time() -> None:
    assert printed(Timeline((NOTE, SEND)), since_ns=500_000) == [
        "0.500 1 → 7 send 5 bytes, 'hello'",
        "1.500   #        nothing happens",
        "2.000 1 ← 7 send 1.50 ms CONNECTION_RESET by the peer in send, ECONNRESET",
    ]


def test_what_is_too_long_for_a_line_goes_on_under_itself() -> None:
    assert printed(Timeline((NOTE, SEND)), width=40)[-2:] == [
        "                 peer in send,",
        "                 ECONNRESET",
    ]


def test_agents_and_error_bars_have_columns_where_there_are_any() -> None:
    told = Entry(0, "indication", "data received", "a", 40_000, sequence=1, details="2 bytes, 'hi'")

    assert printed(Timeline((told,), ("a",))) == ["0.000 ±0.040 a ← data received 2 bytes, 'hi'"]
