"""One direction of a relayed connection: what one socket's peer sends goes to the other's, in order, and then its end.

Bytes move in the kernel, through a pipe, as long as no fault acts on them; otherwise they are taken and sent like any
others, and faults see them. What is in the pipe leaves before that, and what is queued before a pipe is used
again. A target that takes nothing more leaves the rest with the source's kernel, whose window then closes. A turn is
bounded, so that no direction keeps others waiting.
"""

from typing import TYPE_CHECKING

from telesock.server.core.states import State
from telesock.server.core.status import Phase
from telesock.server.engine.splicing import PIPE_BYTES, Pipe, Pipes

if TYPE_CHECKING:
    from telesock.server.engine.relayed_connection import RelayedConnection

_TURN = 4 * PIPE_BYTES  # bytes that one direction moves before others get their turn
_CHUNK = 262_144  # bytes that are copied at once
_LEAST = 4096  # bytes that even the smallest piece counts: it takes its time
_MOST_UNSENT = 4 * _CHUNK  # bytes that wait in the target's queue


class Forwarder:
    """The bytes from one socket to the other."""

    __slots__ = ("_moving", "_pipe", "_pipes", "_source_over", "source", "spliced", "target")

    def __init__(self, source: "RelayedConnection", target: "RelayedConnection", pipes: Pipes) -> None:
        self.source = source
        self.target = target
        self._pipes = pipes
        self._pipe: Pipe | None = None  # there while something is in it
        self.spliced = 0
        """Bytes that have never left the kernel."""
        self._moving = False
        self._source_over = False

    @property
    def moved(self) -> int:
        """Bytes that the target's kernel has taken so far."""
        return self.target.sends.written

    @property
    def _open(self) -> bool:
        return self.source.state is State.RELAYING and self.target.state is State.RELAYING

    @property
    def _faulted(self) -> bool:
        """Whether a fault acts on the bytes, or holds some."""
        into, out = self.source.faulted, self.target.faulted
        return (into is not None and into.receiving is not None) or (
            out is not None and out.sending is not None
        )

    def go_on(self) -> None:
        """Move what can be moved, one turn at most; the next one comes by itself."""
        if self._moving:  # what was moved has woken somebody who wakes this
            return
        self._moving = True
        try:
            done = self._take_turn()
        finally:
            self._moving = False
        if not done:
            self.source.engine.read_later(self.source)

    def _take_turn(self) -> bool:
        """Return whether there is nothing more to be done now."""
        left = _TURN
        while left > 0:
            moved = self._step(left)
            if moved is None:
                return True
            left -= moved
        return False

    def _step(self, most: int) -> int | None:
        """Take one step; return the bytes that have gone, or None when there is no further step now."""
        source, target = self.source, self.target
        if not self._open:
            return None
        if self._pipe is not None:
            return self._drain(self._pipe)
        if source.peer_finished:
            self._finish()
            return None
        if target.ending.fin_sent:  # a fault has ended the stream: nothing can follow
            return self._discard(most)
        if self._faulted:
            return self._copy(most)
        return self._splice(most) if target.sends.empty else None

    # In the kernel

    def _splice(self, most: int) -> int | None:
        """Move bytes from the source into a pipe, to be moved on in the next step."""
        source = self.source
        if not (source.readable and self.target.writable):
            return None
        assert source.descriptor is not None, "it is connected"
        try:
            pipe = self._pipes.take()
        except OSError:  # the host has no descriptors left
            return self._copy(most)
        try:
            moved = pipe.fill(source.descriptor, most)
        except BlockingIOError:
            source.readable = False
        except OSError as error:
            source.reading_failed(error.errno or 0)
        else:
            if moved:
                source.receives.offset += moved
                self._pipe = pipe
                return 0
            source.peer_fin()
            self._finish()
        self._pipes.give_back(pipe)
        return None

    def _drain(self, pipe: Pipe) -> int | None:
        target = self.target
        if not target.writable:
            return None
        assert target.descriptor is not None, "it is connected"
        try:
            moved = pipe.drain(target.descriptor)
        except BlockingIOError:
            target.writable = False
            return None
        except OSError as error:
            target.lost(error.errno or 0, Phase.SEND)
            return None
        self.spliced += moved
        target.sends.accepted += moved
        target.sends.written += moved
        if not pipe.held:
            self.release()
        return moved

    def release(self) -> None:
        """Give the pipe back, with what is in it."""
        if self._pipe is not None:
            self._pipes.give_back(self._pipe)
            self._pipe = None

    # By copying

    def _copy(self, most: int) -> int | None:
        target = self.target
        room = _MOST_UNSENT - target.sends.unsent
        if room <= 0:
            return None
        data = self._take(min(most, room))
        if data is None:
            return None
        target.sends.put(data)
        target.write_out()
        return max(len(data), _LEAST)

    def _discard(self, most: int) -> int | None:
        data = self._take(most)
        return None if data is None else len(data)

    def _take(self, most: int) -> bytes | None:
        """The source's next bytes; None when there are none now, be it because there will be no more."""
        source = self.source
        data = source.receives.take(min(most, _CHUNK))
        if data is not None:
            source.receives.offset += len(data)
        elif source.peer_finished:
            self._finish()
        return data

    # The end

    def _finish(self) -> None:
        """The source's stream has ended: so does the target's, behind its last byte."""
        if not self._source_over and self._open:
            self._source_over = True
            self.target.ending.want_fin()
