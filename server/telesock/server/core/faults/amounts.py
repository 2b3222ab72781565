"""Bounds of what effects may ask for."""

from telesock.server.core.refusal import malformed

LONGEST = 31_536_000.0
"""Seconds: a year."""


def between(field: str, value: float, lowest: float, highest: float) -> None:
    """Refuse an amount that is out of bounds."""
    if not lowest <= value <= highest:
        raise malformed(field, f"{_text(value)} is not between {_text(lowest)} and {_text(highest)}")


def span(field: str, seconds: float | None) -> None:
    """Refuse a time that is negative or longer than a year."""
    if seconds is not None and not 0 <= seconds <= LONGEST:
        raise malformed(field, f"{seconds:g} s is not between 0 and a year")


def _text(value: float) -> str:
    """Whole numbers whole."""
    return str(value) if isinstance(value, int) else f"{value:g}"
