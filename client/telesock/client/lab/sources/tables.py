"""A table of a TOML file, checked by what its keys may be. Refuses the first thing that is wrong, by its place and key.

A check takes a value and returns what it means; it raises ValueError that says what would be right.
"""

import difflib
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any], Any]
Table = dict[str, Any]


def check_table(place: str, table: object, checks: Mapping[str, Check]) -> Table:
    """Return what a table says; `place` is how it is told ("[agents.a]"). Raises ValueError."""
    if not isinstance(table, dict):
        raise ValueError(f"{place}: it has to be a table, not {shown(table)}")
    for key in table:
        if key not in checks:
            raise ValueError(f"{place}: unknown key {key!r}: {_right(key, checks)}")
    return {key: _checked(f"{place}: {key}", value, checks[key]) for key, value in table.items()}


def _checked(place: str, value: object, check: Check) -> Any:
    try:
        return check(value)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None


def _right(key: str, checks: Mapping[str, Check]) -> str:
    close = difflib.get_close_matches(key, checks, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(checks)}"


def shown(value: object) -> str:
    """Return a value as an error tells it, no more of it than fits into a line."""
    written = repr(value)
    return written if len(written) <= 60 else written[:57] + "..."


def text(value: object) -> str:
    """Check a text that says something."""
    if not isinstance(value, str) or not value or not value.isprintable():
        raise ValueError(f"it has to be a line of text, not {shown(value)}")
    return value


def flag(value: object) -> bool:
    """Check what is true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"it has to be true or false, not {shown(value)}")
    return value


def number(least: int, most: int) -> Check:
    """Make the check of a whole number."""

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"it has to be a whole number from {least} to {most}, not {shown(value)}")
        return value

    return check


def texts(value: object) -> tuple[str, ...]:
    """Check a list of text."""
    if not isinstance(value, list):
        raise ValueError(f'it has to be a list such as ["10.0.0.1", "10.1.0.0/16"], not {shown(value)}')
    return tuple(text(each) for each in value)


def words(value: object) -> dict[str, str]:
    """Check a table of text."""
    if not isinstance(value, dict):
        raise ValueError(f'it has to be a table such as {{ role = "server" }}, not {shown(value)}')
    return {key: _checked(key, word, text) for key, word in value.items()}
