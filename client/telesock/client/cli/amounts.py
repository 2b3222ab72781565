"""Amounts as one types them: sizes, counts, probabilities, spans of time of faults. Others are in options.py.

What a field may be its own contract says; here is only what is a number of its kind at all.
"""

import re
from fractions import Fraction

import typer

from telesock.client.cli.options import parse_duration

_SIZE = re.compile(r"(\d{1,20}(?:\.\d{1,9})?)([A-Za-z]*)", re.ASCII)
_COUNT = re.compile(r"\d{1,20}", re.ASCII)
_BARE = re.compile(r"\d{1,20}(?:\.\d{1,9})?", re.ASCII)
_PROBABILITY = re.compile(r"((?:\d{1,20}(?:\.\d{0,30})?|\.\d{1,30})(?:e-\d{1,3})?)(%?)", re.ASCII)
UNITS = {
    "": 1,
    "B": 1,
    "KB": 1000,
    "kB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1 << 10,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
}
"""Bytes in each."""


def parse_size(text: str) -> int:
    """Read "100", "64KiB", "1.5MB"."""
    match = _SIZE.fullmatch(text)
    if match is None or match[2] not in UNITS:
        raise typer.BadParameter(f"{text!r} is not a size such as 100, 64KiB or 1MB")
    size = Fraction(match[1]) * UNITS[match[2]]
    if size.denominator != 1:
        raise typer.BadParameter(f"{text!r} is not a whole number of bytes")
    return int(size)


def parse_rate(text: str) -> int:
    """Read "100KB" or "100KB/s"."""
    return parse_size(text.removesuffix("/s"))


def parse_count(text: str) -> int:
    """Read a whole number."""
    if not _COUNT.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is not a whole number")
    return int(text)


def parse_probability(text: str) -> float:
    """Read "0.3" or "30%"."""
    match = _PROBABILITY.fullmatch(text)
    if match is None:
        raise typer.BadParameter(f"{text!r} is not a probability such as 0.3 or 30%")
    probability = float(match[1]) / (100 if match[2] else 1)
    if probability > 1:
        raise typer.BadParameter(f"{text!r} is more than 1, or 100%")
    return probability


def size_typed(size: int) -> str:
    """Write a size as it is typed, in the shortest of its forms."""
    forms = (f"{size // unit}{name}" for name, unit in UNITS.items() if size % unit == 0)
    return min(forms, key=len) if size else "0"


def probability_typed(probability: float) -> str:
    """Write a probability as it is typed."""
    return f"{probability:.16g}"


def parse_span(text: str) -> float:
    """Read a span of time of a fault: with its unit, as whoever knows other tools may mean milliseconds by a number."""
    if _BARE.fullmatch(text) and float(text):
        raise typer.BadParameter(f"{text!r} needs a unit: {text}ms or {text}s")
    return parse_duration(text)


def duration_typed(seconds: float) -> str:
    """Write a span of time as it is typed, to the nanosecond that the contract knows."""
    nanoseconds = round(seconds * 1e9)
    for unit, size in (("s", 10**9), ("ms", 10**6), ("us", 10**3)):
        if nanoseconds % size == 0:
            return f"{nanoseconds // size}{unit}"
    return f"{nanoseconds / 1000:.3f}us"
