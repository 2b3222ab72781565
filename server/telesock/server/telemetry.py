"""Logs: few, wide lines; JSON on a pipe, colours on a terminal. Never a token, never a payload.

What libraries say through Python's own logging comes as lines of the same form (`library_message`).
"""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator

import structlog

from telesock.server.log_writer import LogWriter


@contextlib.contextmanager
def logging_to_stderr(level: str, style: str) -> Iterator[None]:
    """Write logs to standard error, without anybody waiting for that, as "json", as "console", or as fits ("auto")."""
    writer = LogWriter(sys.stderr.fileno(), _tell_dropped)
    library = _FromLibraries()
    configure_logging(level, style, writer)
    logging.getLogger().addHandler(library)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(library)
        writer.close()


def configure_logging(level: str, style: str, writer: LogWriter) -> None:
    """Have log lines written by `writer`."""
    console = style == "console" or (style == "auto" and sys.stderr.isatty())
    renderer = _console() if console else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *([] if console else [structlog.processors.format_exc_info]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=writer),  # type: ignore[arg-type]  # it writes and flushes, which is all that is asked
        cache_logger_on_first_use=False,
    )


def _console() -> structlog.dev.ConsoleRenderer:
    """For a person; its tracebacks have no values of variables, which can be tokens and payloads."""
    return structlog.dev.ConsoleRenderer(
        colors=_has_colours(), exception_formatter=structlog.dev.plain_traceback
    )


def _has_colours() -> bool:
    """Colours are for a terminal that has them; NO_COLOR and FORCE_COLOR say otherwise, as to the command line."""
    if os.environ.get("NO_COLOR") or os.environ.get("FORCE_COLOR"):
        return not os.environ.get("NO_COLOR")
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _tell_dropped(lines: int) -> None:
    structlog.get_logger().warning("log_lines_dropped", lines=lines)


class _FromLibraries(logging.Handler):
    """Takes what libraries log: they would write to standard error themselves, and wait for it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log it as a line of ours."""
        structlog.get_logger().log(
            logging.DEBUG if _can_be_caused(record) else record.levelno,
            "library_message",
            logger=record.name,
            message=record.getMessage(),
            exc_info=record.exc_info,
        )


def _can_be_caused(record: logging.LogRecord) -> bool:
    """Whether any stranger can have it logged, as often as he likes: by asking gRPC for a method whose name is no text."""
    of = record.exc_info and record.exc_info[0]
    return record.name.startswith("grpc.") and of is not None and issubclass(of, UnicodeDecodeError)
