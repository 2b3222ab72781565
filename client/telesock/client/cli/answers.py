"""What a listener's connections are answered without stdin: what arrives echoed, thrown away or printed, or a reset.

Each connection for itself: what breaks one is said and ends no other. Refuses nothing; listen.py decides what goes with
what.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from telesock.client import (
    AsyncListener,
    AsyncSocket,
    ConnectionDisconnected,
    OperationFailed,
    OperationTimedOut,
    TelesockError,
)
from telesock.client.cli.conversation import RESET_TIME, Manner
from telesock.client.cli.failures import CommandFailed
from telesock.client.cli.stdio import CHUNK, write_all
from telesock.client.texts.words import endpoint_text
from telesock.v1.types_pb2 import Endpoint

Answer = Callable[[AsyncSocket], Awaitable[int]]
"""Does all that a connection is for, up to our end of it; returns how many bytes came."""


async def echo(connection: AsyncSocket) -> int:
    """Send back what arrives, and end when the peer has."""
    count = 0
    while data := await connection.receive(CHUNK):
        await connection.send(data)
        count += len(data)
    await connection.disconnect()
    return count


async def discard(connection: AsyncSocket) -> int:
    """Throw away what arrives: the agent does it, none of it comes here."""
    draining = connection.receive(0, drain=True)
    await draining
    return 0 if draining.completion is None else draining.completion.transferred_bytes


async def show(connection: AsyncSocket) -> int:
    """Print what arrives, and end when the peer has."""
    count = 0
    while data := await connection.receive(CHUNK):
        await write_all(data)
        count += len(data)
    await connection.disconnect()
    return count


async def accepted(listener: AsyncListener, manner: Manner) -> AsyncSocket:
    """Take a connection; leave none behind when interrupted."""
    accepting = listener.accept(timeout=manner.timeout)
    try:
        connection = await accepting
    except asyncio.CancelledError:
        with contextlib.suppress(TelesockError, TimeoutError):
            async with asyncio.timeout(RESET_TIME):
                await listener.close()
                await (await accepting).close()  # it was too late
        raise
    manner.tell(f"connected: {ends(connection.local, connection.remote)}")
    return connection


async def answer_all(listener: AsyncListener, manner: Manner, answer: Answer) -> None:
    """Answer every connection; those that print one after the other, others all at once.

    Raises OperationTimedOut when nobody has come for too long, once all that came have been answered.
    """
    try:
        async with asyncio.TaskGroup() as tasks:
            late = await _answer_until_late(listener, manner, answer, tasks)
    except ExceptionGroup as failures:  # one is enough to say
        raise failures.exceptions[0] from None
    raise late


async def _answer_until_late(
    listener: AsyncListener, manner: Manner, answer: Answer, tasks: asyncio.TaskGroup
) -> OperationTimedOut:
    while True:
        try:
            connection = await accepted(listener, manner)
        except OperationTimedOut as late:
            return late
        answering = tasks.create_task(_answer(connection, manner, answer))
        if answer is show:
            await answering


async def _answer(connection: AsyncSocket, manner: Manner, answer: Answer) -> None:
    who = ends(connection.local, connection.remote)
    try:
        async with connection:
            count = await answer(connection)
    except OperationFailed as failed:
        manner.tell(f"{who}: {failed}")
    else:
        manner.tell(f"ended: {who}, {count} bytes", 2)


async def reject(listener: AsyncListener, manner: Manner, *, keep: bool) -> None:
    """Reset the next connection, or every one, before it is one; the listener is conditional."""
    held = listener.inspections()
    while True:
        try:
            inspect = await asyncio.wait_for(anext(held), manner.timeout)
        except TimeoutError:
            raise CommandFailed(f"nobody has connected for {manner.timeout:g} s") from None
        with contextlib.suppress(ConnectionDisconnected):  # it has left by itself
            await listener.inspect_complete(inspect.inspect_id, accept=False)
        manner.tell(f"rejected: {ends(inspect.local, inspect.remote)}")
        if not keep:
            return


def ends(local: Endpoint | None, remote: Endpoint | None) -> str:
    """Both ends of a connection that came to us."""
    assert local is not None, "it is connected"
    assert remote is not None, "it is connected"
    return f"{endpoint_text(local)} ← {endpoint_text(remote)}"
