"""Of which trace a call is a part: its metadata says so, as W3C Trace Context has it for HTTP."""

import contextlib
from collections.abc import Iterator

from telesock.server.core.watching import Traces
from telesock.server.service.errors import Context

TRACE_PARENT_KEY = "traceparent"


@contextlib.contextmanager
def tracing(traces: Traces | None, context: Context) -> Iterator[None]:
    """What is submitted inside is a part of the caller's trace, if somebody follows traces."""
    if traces is None:
        yield
        return
    traces.parent = _trace_parent(context)
    try:
        yield
    finally:
        traces.batch_ends()


def _trace_parent(context: Context) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == TRACE_PARENT_KEY and isinstance(value, str):
            return value
    return ""
