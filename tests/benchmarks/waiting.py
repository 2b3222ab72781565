"""Waits with an end: what does not happen in time fails in one line that says what it was."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tests.benchmarks.failures import CannotRun

PATIENCE = 60.0
"""Seconds after which what a benchmark waits for is taken never to come."""
_PAUSE = 0.001

Value = TypeVar("Value")


async def within(what: str, awaitable: Awaitable[Value], seconds: float = PATIENCE) -> Value:
    """Return what an awaitable gives. Raises CannotRun when it takes too long."""
    try:
        async with asyncio.timeout(seconds):
            return await awaitable
    except TimeoutError:
        raise CannotRun(f"{what} did not end within {seconds:g} s") from None


async def until(what: str, happened: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Look every millisecond until something is so. Raises CannotRun when it takes too long."""
    await within(what, _until(happened), seconds)


async def _until(happened: Callable[[], bool]) -> None:
    while not happened():  # noqa: ASYNC110 - what is looked at cannot tell of its changes
        await asyncio.sleep(_PAUSE)
