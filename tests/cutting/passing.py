"""One connection through the proxy, up to the very byte at which it is to be cut."""

import asyncio
import contextlib
import socket
import struct
from typing import NamedTuple

from tests.cutting.frames import FrameReader
from tests.cutting.plan import Cut, Direction, Kind

_LINGER_RESET = struct.pack("ii", 1, 0)  # close(2) then sends RST, see socket(7)
_CHUNK = 65_536
_LATE = 0.02  # seconds in which what has waited arrives


class Hit(NamedTuple):
    """What a cut has hit."""

    direction: str
    offset: int
    kind: str
    phase: str
    """handshake: no call had begun; resume: nothing had been answered; traffic."""
    place: str
    """What the next byte that way would have belonged to."""


class _ReachedError(Exception):
    """This is the byte."""


class Passing:
    """Passes bytes on between two sockets, which it owns."""

    def __init__(self, near: socket.socket, far: socket.socket, cut: Cut | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._cut = cut
        self._ends = {Direction.UP: (near, far), Direction.DOWN: (far, near)}
        self._frames = {Direction.UP: FrameReader.of_client(), Direction.DOWN: FrameReader()}
        self._ways: dict[Direction, asyncio.Task[None]] = {}

    async def run(self) -> Hit | None:
        """Go on until both ends have ended, or the cut is made: return what it has hit."""
        self._ways = {way: self._loop.create_task(self._pass(way)) for way in Direction}
        try:
            await asyncio.wait(self._ways.values(), return_when=asyncio.FIRST_EXCEPTION)
            errors = [task.exception() for task in self._ways.values() if task.done()]
            if self._cut is None or not any(isinstance(each, _ReachedError) for each in errors):
                return None
            hit = self._hit(self._cut)
            await self._end(self._cut)
            return hit
        finally:
            await self._close()

    async def _pass(self, way: Direction) -> None:
        source, sink = self._ends[way]
        left = self._cut.offset if self._cut is not None and self._cut.direction is way else None
        while left != 0:
            data = await self._loop.sock_recv(source, _CHUNK if left is None else min(left, _CHUNK))
            if not data:
                _finish(sink)
                return
            await self._loop.sock_sendall(sink, data)
            self._frames[way].feed(data)
            left = None if left is None else left - len(data)
        raise _ReachedError

    def _hit(self, cut: Cut) -> Hit:
        phase = "traffic" if "DATA" in self._frames[Direction.DOWN].ended else "resume"
        if "HEADERS" not in self._frames[Direction.UP].begun:
            phase = "handshake"
        return Hit(cut.direction, cut.offset, cut.kind, phase, self._frames[cut.direction].place)

    # The end

    async def _end(self, cut: Cut) -> None:
        source, sink = self._ends[cut.direction]
        match cut.kind:
            case Kind.FINISH:
                await self._stop()
                _finish(sink)
                _finish(source)
            case Kind.STALL:
                await self._stop()
                await asyncio.sleep(cut.pause)
            case Kind.HALF_CLOSE:
                _finish(sink)
                await asyncio.sleep(cut.pause)
            case Kind.TRUNCATE:
                await self._go_on(source, None, cut.pause)
            case Kind.LAG:
                await asyncio.sleep(cut.pause)
                await self._go_on(source, sink, _LATE)

    async def _go_on(self, source: socket.socket, sink: socket.socket | None, seconds: float) -> None:
        """Let pass, or throw away, what comes within some time."""
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(seconds):
                while data := await self._loop.sock_recv(source, _CHUNK):
                    if sink is not None:
                        await self._loop.sock_sendall(sink, data)

    async def _stop(self) -> None:
        for task in self._ways.values():
            task.cancel()
        await asyncio.gather(*self._ways.values(), return_exceptions=True)

    async def _close(self) -> None:
        await self._stop()
        finished = self._cut is None or self._cut.kind is Kind.FINISH
        for end in self._ends[Direction.UP]:
            if not finished:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
            end.close()


def _finish(end: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is gone already
        end.shutdown(socket.SHUT_WR)
