"""Which trace a command says that it is a part of: that of the span that is current, and none where none is recording."""

import subprocess
import sys

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import INVALID_SPAN, use_span

from telesock.client.core.send_frames import SendFrames
from telesock.client.enumerations import SendLevel
from telesock.client.traces import traced
from telesock.v1.sessions_pb2 import AttachRequest

FRAME = SendFrames().write(1, 7, b"hello", 0, SendLevel.WRITTEN, None)
PROGRAM = """
import sys
from telesock.client import AsyncClient
from telesock.client.traces import find_traced, traced
assert find_traced() is None
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
import opentelemetry.trace
assert find_traced() is None
from opentelemetry.sdk.trace import TracerProvider
opentelemetry.trace.set_tracer_provider(TracerProvider())
assert find_traced() is traced
"""


def test_a_frame_says_of_which_span_it_is_a_part_and_is_otherwise_the_same() -> None:
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("test")

    with tracer.start_as_current_span("work") as work:
        found = AttachRequest.FromString(traced(FRAME))

    context, expected = work.get_span_context(), AttachRequest.FromString(FRAME)
    expected.commands[
        0
    ].trace_parent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
    assert found == expected
    assert len(found.commands[0].trace_parent) == 55


def test_a_frame_is_left_as_it_is_where_no_span_is_recording() -> None:
    with use_span(INVALID_SPAN):
        assert traced(FRAME) is FRAME


def test_a_program_follows_traces_once_it_has_spans_and_loads_nothing_for_them_before() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", PROGRAM], check=True, timeout=50)
