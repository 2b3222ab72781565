"""The trace of which an operation is a part, where this program follows traces with OpenTelemetry.

A program that has spans has set OpenTelemetry's tracer provider before it makes a client. For all others nothing is asked
of an operation, and nothing imported.
"""

import sys
from collections.abc import Callable

from telesock.v1.sessions_pb2 import AttachRequest


def find_traced() -> Callable[[bytes], bytes] | None:
    """What lets a frame say of which trace its command is a part; None where this program has no spans."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return None
    return traced


def traced(frame: bytes) -> bytes:
    """Put the current span's `traceparent` (W3C Trace Context) into the frame of one command, if a span is recording."""
    parent = _trace_parent()
    if not parent:
        return frame
    request = AttachRequest.FromString(frame)
    request.commands[0].trace_parent = parent
    return request.SerializeToString()


def _trace_parent() -> str:
    from opentelemetry.trace import get_current_span  # loaded already, see above

    span = get_current_span()
    if not span.is_recording():
        return ""
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
