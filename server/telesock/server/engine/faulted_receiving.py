"""Receiving through faults: the kernel's bytes go into a pipe as they arrive, and what comes out of it may be taken.

So that a delay begins when bytes arrive and not when somebody asks for them, they are taken out of the kernel early, but
only so many as faults may hold: then the peer's window closes as without faults. The end of the stream and the connection's
loss go the same way as the bytes before them; what faults never let out, nobody is told of.
"""

from collections import deque
from typing import TYPE_CHECKING

from telesock.server.core.faults.segments import Bytes, End, How
from telesock.server.core.status import Phase
from telesock.server.engine.faulted_direction import FaultedDirection

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection

_CHUNK = 65_536
_MOST_GATHERED = 64  # pieces that are taken out of the pipe at once, however small
_LARGE_CHUNK = 4 * _CHUNK  # while reads are full
_TURN = 4 * _LARGE_CHUNK  # bytes one connection may read before others get their turn


class FaultedReceiving(FaultedDirection):
    """The receive side of one connection while a fault acts on it."""

    def __init__(self, connection: "Connection") -> None:
        super().__init__(connection)
        self._ready: deque[Bytes] = deque()
        self._ready_bytes = 0
        self._end: End | None = None  # it has come out, behind what is ready
        self._ended = False  # nothing more comes from the kernel
        self._read_to = connection.receives.taken
        self._chunk = _CHUNK
        self.touched: tuple[str, ...] = ()
        """Names of the faults that had a part in the bytes taken last."""

    @property
    def over(self) -> bool:
        """Whether no fault acts here any more and everything that was inside has been taken."""
        return not (self.pipe.stages or self._ready or self._end) and self.pipe.empty and not self._ended

    def _wake(self) -> None:
        connection = self._connection
        if connection.descriptor is not None:
            self.pull()
            connection.read()
            self._retire_if_over()

    def _retire_if_over(self) -> None:
        """Nothing is left to do here: bytes come from the kernel again."""
        connection = self._connection
        streams = connection.faulted
        if self.over and streams is not None and streams.receiving is self:
            connection.receives.note_faults_of_partial(self.touched)
            self.close()
            streams.receiving = None
            connection.drop_faulted_if_idle()
            connection.read()

    # In

    def pull(self) -> None:
        """Take in what has arrived, as far as there is room."""
        connection, left = self._connection, _TURN
        now = connection.engine.loop.time()
        while not self._ended and connection.readable and connection.descriptor is not None:
            if self._room() <= 0 or not self.pipe.reads(now):
                break
            if left <= 0:
                connection.engine.read_later(connection)
                break
            left -= self._read(now)
        self._account()
        self._set_timer(goes_on=self._end is None)

    def _read(self, now: float) -> int:
        connection = self._connection
        assert connection.descriptor is not None, "it was there"
        try:
            data = connection.descriptor.recv(min(self._chunk, self._room()))
        except BlockingIOError:
            connection.readable = False
            return 0
        except OSError as error:
            self._put_end(now, End(How.RESET, number=error.errno or 0, phase=Phase.RECEIVE))
            return 0
        if not data:
            self._put_end(now, End(How.FIN))
            return 0
        self._chunk = _LARGE_CHUNK if len(data) >= self._chunk else _CHUNK
        self.pipe.put(now, Bytes(data, self._read_to, self._read_to + len(data)))
        self._read_to += len(data)
        return len(data)

    def _put_end(self, now: float, end: End) -> None:
        self._ended = True
        self.pipe.put(now, end)

    def holds_loss(self, number: int, phase: Phase) -> bool:
        """Whether the connection's loss, found elsewhere, has to go the way of the bytes; it then does."""
        connection = self._connection
        now = connection.engine.loop.time()
        connection.writable = False
        if not self._ended and self.pipe.reads(now):
            connection.readable = True
            while connection.readable and not self._ended and connection.descriptor is not None:
                self._read(now)
        if not self._ended:
            self._put_end(now, End(How.RESET, number=number, phase=phase))
        connection.engine.loop.call_soon(self._wake)
        return True

    # Out

    def take(self, size: int, *, peek: bool = False) -> bytes | None:
        """Return the next bytes, or None when there are none now; what ends the stream happens then."""
        self.pull()
        self._gather(size)
        data = self._peek(size) if peek else self._shift(size)
        self._account()
        if self.over:  # but whoever takes this has still to ask which faults had a part in it
            self._connection.engine.loop.call_soon(self._retire_if_over)
        if not data:
            self._happen()
            self._set_timer(goes_on=self._end is None)
            return None
        return data

    def _gather(self, size: int) -> None:
        now = self._connection.engine.loop.time()
        for _ in range(_MOST_GATHERED):
            segment = self.pipe.take(now) if self._ready_bytes < size and self._end is None else None
            if segment is None:
                return
            if isinstance(segment, End):
                self._end = segment
            elif len(segment.data):
                self._ready.append(segment)
                self._ready_bytes += len(segment.data)

    def _shift(self, size: int) -> bytes:
        taken: list[bytes | memoryview] = []
        while self._ready and size > 0:
            segment = self._ready.popleft()
            view = memoryview(segment.data)
            if len(view) > size:
                self._ready.appendleft(segment._replace(data=view[size:]))
                view = view[:size]
            taken.append(view)
            size -= len(view)
            self._ready_bytes -= len(view)
            self._touch(segment.faults)
        return b"".join(taken)

    def _peek(self, size: int) -> bytes:
        found: list[bytes | memoryview] = []
        for segment in self._ready:
            found.append(memoryview(segment.data)[:size])
            size -= len(found[-1])
            self._touch(segment.faults)
            if size <= 0:
                break
        return b"".join(found)

    def _touch(self, names: tuple[str, ...]) -> None:
        missing = tuple(name for name in names if name not in self.touched)
        if missing:
            self.touched += missing

    def _happen(self) -> None:
        """The stream's end is at the front: let it happen."""
        connection, end = self._connection, self._end
        if end is None or self._ready:
            return
        self._end = None
        self._touch(end.faults)
        if end.how is How.FIN:
            connection.peer_fin(end.faults, end.made_by)
        elif end.made_by:
            connection.reset_by(end.made_by)
        else:
            connection.lose(end.number, Phase(end.phase), end.faults)

    # What is left

    @property
    def held_bytes(self) -> int:
        """Bytes that have arrived and not been taken, nor let out."""
        return self.pipe.held_bytes + self._ready_bytes

    @property
    def ready_bytes(self) -> int:
        """Bytes that may be taken now."""
        self._gather(1)
        return self._ready_bytes

    def close(self) -> int:
        """The connection is over, or the faults are: give up what nobody took, and say how much that was."""
        self._stop_timer()
        held = self.held_bytes
        self.pipe.drain()
        self._ready.clear()
        self._ready_bytes = 0
        self._account()
        return held
