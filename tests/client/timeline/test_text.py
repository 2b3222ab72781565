"""The text of a timeline: a table that leaves out empty columns, and says how far times can be trusted."""

import pytest

from telesock.client.core.clocks import ClockEstimate
from telesock.client.timeline import Entry, Timeline
from telesock.client.timeline.text import LEGEND, milliseconds, shown

CONNECT = Entry(
    3_500_000,
    "operation",
    "connect",
    "a",
    uncertainty_ns=40_000,
    began_ns=1_000_000,
    sequence=1,
    socket_id=1,
    operation_id=7,
    request="to 10.0.0.2:80",
    status="CONNECTION_REFUSED",
    details="by the peer",
)
NOTE = Entry(2_000_000, "note", "meanwhile")
PENDING = Entry(
    4_000_000, "operation", "accept", "b", began_ns=4_000_000, socket_id=(1 << 63) + 2, operation_id=1
)
UNKNOWN = Entry(5_000_000, "indication", "data received", "b", None, sequence=2, details="2 bytes, 'hi'")


def test_it_is_a_table_with_a_line_a_moment() -> None:
    timeline = Timeline(
        (NOTE, CONNECT, PENDING, UNKNOWN),
        ("a", "b"),
        None,
        {"a": ClockEstimate(-1_500_000, 40_000, 0)},
        3,
        "A story",
    )

    assert timeline.text().splitlines() == [
        "A story",
        LEGEND,
        "clock of a: -1.500 ms to ours ± 0.040 ms",
        "3 older entries were forgotten",
        "0.000        a  1 → 7 connect                                to 10.0.0.2:80",
        "1.000             # meanwhile",
        "2.500 ±0.040 a  1 ← 7 connect     2.50 ms CONNECTION_REFUSED by the peer",
        "3.000        b ~2 → 1 accept                                 has not ended",
        "4.000     ±? b    ← data received                            2 bytes, 'hi'",
    ]


def test_columns_that_are_empty_are_left_out() -> None:
    assert Timeline((NOTE,)).text().splitlines() == [LEGEND, "0.000 # meanwhile"]


def test_without_entries_it_says_so() -> None:
    assert Timeline(title="A story").text() == "A story\nnothing happened"


def test_nothing_that_others_say_steers_the_terminal_or_leaves_its_line() -> None:
    entry = Entry(0, "note", "\x1b[2Jcleared\nand\u2028more\x07 é→")

    assert Timeline((entry,)).text().splitlines()[1:] == ["0.000 # \\x1b[2Jcleared and more\\x07 é→"]
    assert shown("\u202eevil") == "\\u202eevil"


@pytest.mark.parametrize(
    ("nanoseconds", "text"), [(41_000, "0.041"), (1_530_000, "1.53"), (12_300_000_000, "12300"), (0, "0.000")]
)
def test_spans_have_three_digits(nanoseconds: int, text: str) -> None:
    assert milliseconds(nanoseconds) == text
