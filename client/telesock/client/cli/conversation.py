"""One connection between stdin and stdout: what is sent, what is printed, and how it ends.

Sending and printing do not wait for each other. What was read is at most 4 MiB ahead of what the peer's host has taken,
so a peer that does not read holds up stdin and not our memory.
"""

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from telesock.client import AsyncSocket, ConnectionAborted, Operation, OperationFailed, TelesockError
from telesock.client.cli.failures import CommandFailed, say
from telesock.client.cli.options import Address
from telesock.client.cli.stdio import CHUNK, STDIN, read_chunk, write_all
from telesock.client.faults import Fault
from telesock.client.texts.fault_text import faults_text
from telesock.client.texts.result_text import tcp_info_text
from telesock.client.texts.words import join

_SENDS = 64  # pending, of at most 64 KiB each: half of what an agent takes for one socket
_RECEIVES = 4
RESET_TIME = 2.0
"""Seconds that an agent has for a reset: it may be gone itself."""


@dataclass(frozen=True)
class Manner:
    """How to connect, how to end, and how much to say about it (0 nothing, 1 the turns, 2 the numbers too)."""

    local: Address | None = None
    timeout: float | None = None
    final_data: bytes = b""
    abort: bool = False
    verbosity: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def tell(self, line: str, verbosity: int = 1) -> None:
        """Say something on stderr, if it is wanted."""
        if self.verbosity >= verbosity:
            say(line)


class Conversation:
    """Sends stdin, prints what arrives, until both sides have ended."""

    def __init__(self, connection: AsyncSocket, manner: Manner) -> None:
        self._connection = connection
        self._manner = manner
        self._reading = True
        self._aborted = False
        self._sent = 0
        self._received = 0

    async def run(self) -> None:
        """Return when it is over; raise what broke it."""
        sending = asyncio.create_task(self._send())
        printing = asyncio.create_task(self._print())
        try:
            await self._until_over(sending, printing)
        finally:
            sending.cancel()
            printing.cancel()
            await asyncio.gather(sending, printing, return_exceptions=True)
        self._manner.tell(f"sent {self._sent} bytes, received {self._received} bytes", 2)

    async def _until_over(self, sending: "asyncio.Task[None]", printing: "asyncio.Task[None]") -> None:
        if os.isatty(STDIN):
            await asyncio.wait((sending, printing), return_when=asyncio.FIRST_COMPLETED)
            if printing.done() and self._reading:  # a person need not end what the peer has ended
                printing.result()
                sending.cancel()
                await self._end()
                return
        await asyncio.gather(sending, printing)

    # Sending

    async def _send(self) -> None:
        """Send stdin, then end our side."""
        pending: deque[Operation[int]] = deque()
        while data := await read_chunk():
            pending.append(self._connection.send(data))
            self._sent += len(data)
            while pending and (pending[0].done() or len(pending) >= _SENDS):
                await self._taken(pending.popleft())
        self._reading = False
        await self._end()

    async def _taken(self, send: Operation[int]) -> None:
        """Wait until the peer's host has taken a send, or for too long."""
        try:
            async with asyncio.timeout(self._manner.timeout):
                await send
        except TimeoutError as error:
            if isinstance(error, OperationFailed):
                raise
            raise CommandFailed(f"the peer takes nothing since {self._manner.timeout:g} s; reset") from None

    async def _end(self) -> None:
        manner = self._manner
        if manner.abort:
            self._aborted = True
            ending = self._connection.abort()
        else:
            limited = manner.timeout is not None
            ending = self._connection.disconnect(
                manner.final_data, timeout=manner.timeout, abort_on_timeout=limited
            )
        result = await ending
        self._sent += result.final_bytes
        manner.tell("reset" if manner.abort else "disconnected; the peer's host has everything that was sent")
        if result.HasField("tcp_info"):
            manner.tell(tcp_info_text(result.tcp_info), 2)

    # Printing

    async def _print(self) -> None:
        """Print what arrives until the peer's end, or ours if it was a reset."""
        pending = deque(self._connection.receive(CHUNK) for _ in range(_RECEIVES))
        try:
            while data := await (receiving := pending.popleft()):
                await write_all(data)
                self._received += len(data)
                pending.append(self._connection.receive(CHUNK))
        except ConnectionAborted:
            if not self._aborted:
                raise
        else:
            self._manner.tell(join("the peer has ended", faults_text(receiving.faults)))


async def converse(connection: AsyncSocket, manner: Manner) -> None:
    """Hold a conversation and close the connection: at once where it broke off, that is worth no graceful end."""
    try:
        await Conversation(connection, manner).run()
    except BaseException:
        with contextlib.suppress(TelesockError, TimeoutError):
            async with asyncio.timeout(RESET_TIME):
                await connection.close()
        raise
    await connection.close(graceful=True)
