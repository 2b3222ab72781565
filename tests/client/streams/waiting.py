"""Waiting in a test for what tells nobody that it has happened: await until(lambda: agent.engine.sockets == 0)."""

import asyncio
from collections.abc import Callable


async def until(happened: Callable[[], bool]) -> None:
    """Return when it has; the test's own time limit is the limit."""
    while True:
        if happened():
            return
        await asyncio.sleep(0.01)
