"""The capabilities of the Winsock Kernel, row by row, and what stands for each here.

A row has tests named after it (tests/wire, `test_row_NN_…`), which drive the agent over gRPC and look at the peer or
the wire, or it has a note that says why not and what happens instead; some have both. print_semantics.py prints them
into semantics.md, and a test sees to it that none is without either.
"""

import re
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parent.parent / "tests" / "wire"


class Row(NamedTuple):
    """One capability: what it is, and a note where this is not WSK."""

    capability: str
    note: str = ""


ROWS: dict[int, Row] = {
    1: Row("registering a client", "a session and its handshake stand for it: `boot_id`, `GetAgent.version`"),
    2: Row(
        "deregistering waits for open sockets",
        "CloseSession closes them itself and does not wait: a remote caller may be gone",
    ),
    3: Row("the list of transports", "`GetAgent.capabilities`; it does not change while an agent lives"),
    4: Row("sockets by category"),
    5: Row("stream sockets decide later"),
    6: Row("connecting in one operation"),
    7: Row("connecting needs a bind"),
    8: Row("binding to the wildcard address"),
    9: Row("sharing of addresses", "deviations are listed under [Sharing addresses](#sharing-addresses)"),
    10: Row("options that a bind freezes"),
    11: Row("listening begins at the bind"),
    12: Row("accepts in order"),
    13: Row("cancelling an accept"),
    14: Row("connections are indicated"),
    15: Row("an accept goes before an indication"),
    16: Row("refusing an accepted connection"),
    17: Row("indications inherited from a listener"),
    18: Row(
        "the death of a listener",
        "by the end of its session, or by the host: accepts that wait complete `FILE_FORCED_CLOSED`",
    ),
    19: Row("conditional accept", "the decision falls after the handshake, see [Listening](#listening)"),
    20: Row("deciding later"),
    21: Row("rejecting, and a peer that leaves meanwhile"),
    22: Row("which inspection a socket came from"),
    23: Row("the result of a connect"),
    24: Row("cancelling a connect"),
    25: Row("connecting with data"),
    26: Row("local and remote address"),
    27: Row("a send without buffering", "`ACKNOWLEDGED`; `WRITTEN` completes earlier"),
    28: Row("many sends in order"),
    29: Row(
        "sending without delay", "an option of the socket, `no_delay`; there is no flag of a single send"
    ),
    30: Row("the ideal send backlog"),
    31: Row("sending after our own disconnect"),
    32: Row("sending after the peer's disconnect"),
    33: Row("receiving"),
    34: Row("the end of the stream"),
    35: Row("a reset, seen by a receive"),
    36: Row("receiving all"),
    37: Row("draining"),
    38: Row("receiving nothing"),
    39: Row("receiving on a half-open connection"),
    40: Row("receiving after an abort"),
    41: Row("the receive backlog"),
    42: Row("data is indicated"),
    43: Row("a receive goes before an indication"),
    44: Row("taking a part of an indication"),
    45: Row("refusing data"),
    46: Row("retaining data", "credit that is not released; releasing twice is safe to repeat"),
    47: Row(
        "flags of an indication",
        "none: sockets do not show PSH, and what releases early is the credit that a client chose",
    ),
    48: Row("the death of a socket"),
    49: Row("disconnecting gracefully"),
    50: Row("a final buffer"),
    51: Row("when a graceful disconnect completes"),
    52: Row("a graceful disconnect that hangs, and an abort"),
    53: Row("disconnecting abortively"),
    54: Row("an abort with a buffer"),
    55: Row("disconnecting in other states"),
    56: Row("the peer's graceful disconnect is indicated"),
    57: Row("the peer's abort is indicated"),
    58: Row("a close resets what is not ended"),
    59: Row("a close completes all else"),
    60: Row(
        "a close waits for callbacks",
        "there are no calls to wait for: the close is the socket's last event",
    ),
    61: Row("enabling indications"),
    62: Row("disabling indications"),
    63: Row("indications for all sockets of a client"),
    64: Row("sending datagrams"),
    65: Row("receiving a datagram"),
    66: Row("datagrams are indicated"),
    67: Row("a fixed remote address"),
    68: Row("a fixed destination"),
    69: Row("options inherited from a listener"),
    70: Row("silent mode", "works on loopback too, and is reversible"),
    71: Row("cancelling"),
    72: Row("names and addresses"),
}


def files_by_row() -> dict[int, list[str]]:
    """The test files that have tests named after a row, by row."""
    found: dict[int, set[str]] = {number: set() for number in ROWS}
    for path in sorted(TESTS.glob("test_*.py")):
        for number in re.findall(r"def test_row_(\d+)_", path.read_text()):
            found.setdefault(int(number), set()).add(path.name)
    return {number: sorted(files) for number, files in found.items()}


def checklist() -> list[str]:
    """The table, line by line."""
    tests = files_by_row()
    lines = ["| # | capability | tested by | otherwise |\n", "|---|---|---|---|\n"]
    for number, row in ROWS.items():
        files = "<br>".join(f"[{name}](../tests/wire/{name})" for name in tests[number])
        lines.append(f"| {number} | {row.capability} | {files} | {row.note} |\n")
    return lines
