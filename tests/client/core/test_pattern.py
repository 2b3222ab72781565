"""The client's pattern is the agents', byte for byte."""

from hypothesis import given
from hypothesis import strategies as st

from telesock.client.core.pattern import pattern
from telesock.server.core.pattern import block

WHOLE = b"".join(block(7, number) for number in range(4))


@given(st.integers(0, len(WHOLE)), st.integers(0, len(WHOLE)))
def test_any_piece_is_what_an_agent_makes(offset: int, length: int) -> None:
    length = min(length, len(WHOLE) - offset)
    assert pattern(7, offset, length) == WHOLE[offset : offset + length]
