"""Causes as values to compare: status, origin, phase, errno name, fault name; not the detail, which is for people."""

from typing import Any

Told = tuple[int, int, int, str, str]
"""Status, origin, phase, errno name, fault name."""


def cause_of(completion: Any) -> Told:
    """What a completion, an attempt or an indication says of its end, but for the detail."""
    cause = completion.cause
    return completion.status, cause.origin, cause.phase, cause.errno_name, cause.fault_name


def because(status: int, origin: int, phase: int, errno_name: str = "", fault: str = "") -> Told:
    return status, origin, phase, errno_name, fault
