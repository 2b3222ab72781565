"""The rows of WSK's checklist that concern connection sockets: each has a test here, named after it."""

import re
from pathlib import Path

MAKING = {4, 6, 7, 8}
CONNECTING = {23, 24, 25, 26}
SENDING = {27, 31, 32}
RECEIVING = {33, 34, 35, 36, 37, 38, 39, 40, 41}
DISCONNECTING = {49, 50, 51, 52, 53, 54, 55, 56, 57}
CLOSING = {58, 59}
INDICATING = {61}
CANCELLING = {71}


def test_every_row_that_concerns_connection_sockets_has_a_test_named_after_it() -> None:
    sources = [path.read_text() for path in Path(__file__).parent.glob("test_*.py")]
    named = {int(row) for source in sources for row in re.findall(r"def test_row_(\d+)_", source)}

    assert named == (
        MAKING | CONNECTING | SENDING | RECEIVING | DISCONNECTING | CLOSING | INDICATING | CANCELLING
    )
