"""Waiting for a connection so that none is left at the agent when whoever waits is cancelled."""

import asyncio
import contextlib

from telesock.client.aio.operations import Operation
from telesock.client.aio.sockets import AsyncSocket
from telesock.client.errors import TelesockError

_abandoning: set[asyncio.Task[None]] = set()  # a task that nobody holds may be collected while it waits


async def connected(connecting: Operation[AsyncSocket]) -> AsyncSocket:
    """Return the connection, or raise why there is none; a cancelled wait ends the connecting too."""
    try:
        return await connecting
    except asyncio.CancelledError:
        task = asyncio.get_running_loop().create_task(_abandon(connecting))
        _abandoning.add(task)
        task.add_done_callback(_abandoning.discard)
        raise


async def _abandon(connecting: Operation[AsyncSocket]) -> None:
    with contextlib.suppress(TelesockError):
        await connecting.cancel()
        (await connecting).close()  # it was too late
