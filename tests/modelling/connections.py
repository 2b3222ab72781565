"""The reference model of a connection: two byte streams, who has ended what, and what is asked of it.

It is written down from the documentation and knows nothing of the agent's own tables.
"""

from collections import deque
from collections.abc import Collection, Iterator

from tests.modelling.operations import ABORTED, ACCEPTED, CANCELLED, RESET, SUCCESS, Asked
from tests.peers import PeerConnection

from telesock.v1.events_pb2 import PEER_DISCONNECT_KIND_ABORTIVE, PeerDisconnected
from telesock.v1.sockets_pb2 import DISCONNECT_MODE_ABORTIVE

_PERIOD = bytes(range(251))
WRONG_STATE, SOCKET_CLOSED = {"WRONG_STATE"}, {"SOCKET_CLOSED"}


def pattern(offset: int, length: int) -> bytes:
    """What every peer says at a place of its stream."""
    start = offset % len(_PERIOD)
    return (_PERIOD * ((start + length) // len(_PERIOD) + 1))[start : start + length]


class Connection:
    """One connected socket and its peer's end."""

    def __init__(self, number: int, far: PeerConnection) -> None:
        self.number = number
        self.far = far
        self.ours = "open"
        """Then leaving, draining, left; or aborted, closing, closed."""
        self.finished = False
        """The peer has ended its side."""
        self.lost = False
        """The peer has reset the connection, and the agent has told so."""
        self.said = 0
        """Bytes that the peer has sent."""
        self.stalled = False
        self.reset_by_peer = False
        self._taken = 0
        self._told_finished = False
        self._vague = False
        self._receives: deque[Asked] = deque()
        self._sends: deque[Asked] = deque()
        self._stream: list[Asked] = []
        self._ends: list[Asked] = []  # disconnects
        self._closes: list[Asked] = []

    # What is legal

    def verdict(self, asked: Asked, ended: Collection[int]) -> set[str]:
        """Return the reasons for which a request may be refused now; ACCEPTED stands for none.

        Operations that have `ended` did so at some moment since the step before: before or after this was asked.
        """
        if self.ours == "closed":
            return SOCKET_CLOSED
        if any(close.number in ended for close in self._closes):
            return {ACCEPTED, *WRONG_STATE, *SOCKET_CLOSED}
        if asked.kind == "close":
            return {ACCEPTED}
        if self._vague:
            return {ACCEPTED, *WRONG_STATE}
        if self.ours in ("closing", "aborted"):
            return WRONG_STATE
        if self.lost or asked.kind == "receive" or _is_abort(asked):
            return {ACCEPTED}
        if asked.kind == "send":
            return {ACCEPTED} if self.ours == "open" else WRONG_STATE
        if self.ours != "leaving":
            return {ACCEPTED}
        return {ACCEPTED, *WRONG_STATE} if any(end.number in ended for end in self._ends) else WRONG_STATE

    # What is asked

    def accept(self, asked: Asked) -> None:
        """Take an operation that was accepted."""
        if asked.kind == "close":
            self._close(asked)
        elif _is_abort(asked):
            self._abort(asked)
        elif asked.kind == "receive":
            self._receives.append(asked)
            asked.allowed = {SUCCESS, RESET} if self.lost else {SUCCESS}
        else:
            self._send(asked)
        if self._vague:
            asked.allowed |= {SUCCESS, RESET, ABORTED}

    def _send(self, asked: Asked) -> None:
        """Take a send, or a disconnect, which ends the stream of sends."""
        asked.allowed = {RESET} if self.lost else {SUCCESS}
        if asked.kind == "send":
            self._sends.append(asked)
            self._stream.append(asked)
            return
        self._ends.append(asked)
        if self.ours == "open":
            self._stream.append(asked)
        if self.ours in ("open", "draining") and not self.lost:
            self.ours = "leaving"

    def _abort(self, asked: Asked) -> None:
        for other in self._pending():
            other.allowed.add(ABORTED)
        self._ends.append(asked)
        over = self.ours == "left" and self.finished
        if not self.lost and over and not self._told_finished:
            self._vague = True  # it may have been over in both directions, or not yet
        elif not self.lost and not over:
            self.ours = "aborted"

    def _close(self, asked: Asked) -> None:
        graceful = asked.request.graceful and not self.lost and self.ours not in ("aborted", "closing")
        for other in self._pending():
            other.allowed |= {CANCELLED, RESET, ABORTED} if not graceful or other.kind != "send" else {RESET}
        self._closes.append(asked)
        if self.ours != "closed":
            self.ours = "closing" if graceful else "closed"

    # What happens

    def peer_reset(self) -> None:
        """Let what is pending fail: the peer resets the connection."""
        self.reset_by_peer = True
        for other in self._pending():
            other.allowed.add(RESET)

    def told(self, body: PeerDisconnected) -> None:
        """Take the indication of the peer's end."""
        if body.kind == PEER_DISCONNECT_KIND_ABORTIVE:
            self.lost = True
            return
        assert self.finished, "the peer has not ended its side"
        assert self._taken == self.said or not self.lost, "data was still to come"
        self._told_finished = True

    def end(self, asked: Asked) -> None:
        """Take an operation's end: what it did to the streams, in its order."""
        if asked.kind == "receive":
            self._received(asked)
        elif asked.kind == "send":
            self._leave(self._sends, asked)
        elif asked.kind == "close":
            assert list(self._pending()) == [], f"a close that is not the last: {asked}"
            self.ours = "closed"
        elif self.ours == "leaving" and not _is_abort(asked):
            self.ours = "draining" if asked.status == CANCELLED else "left"

    def _received(self, asked: Asked) -> None:
        request, result = asked.request, asked.completion.receive  # type: ignore[union-attr]  # it has ended
        self._leave(self._receives, asked)
        if request.drain:
            self._taken += asked.completion.transferred_bytes  # type: ignore[union-attr]  # as above
            assert asked.status != SUCCESS or self._taken == self.said, asked
            return
        data = result.data
        assert data == pattern(self._taken, len(data)), f"not what was sent at {self._taken}: {asked}"
        assert self._taken + len(data) <= self.said, f"more than was sent: {asked}"
        if asked.status == SUCCESS:
            self._check_length(asked, len(data))
        if not request.peek:
            self._taken += len(data)

    def _check_length(self, asked: Asked, length: int) -> None:
        assert length <= asked.request.length, f"more than was asked for: {asked}"
        at_the_end = self.finished and self._taken + length == self.said
        if asked.request.wait_all:
            assert length == asked.request.length or at_the_end, f"not all of it: {asked}"
        assert length > 0 or at_the_end, f"nothing, and not at the end: {asked}"

    @staticmethod
    def _leave(queue: deque[Asked], asked: Asked) -> None:
        """Successes of one kind keep to their order; what fails may overtake."""
        if asked.status == SUCCESS:
            assert queue[0] is asked, f"{asked} overtakes {queue[0]}"
        queue.remove(asked)

    @property
    def over(self) -> bool:
        """Whether we have ended it in both directions."""
        return self.ours in ("aborted", "closed") or self._vague

    @property
    def unread(self) -> int:
        """Bytes that the peer has sent and no receive has taken."""
        return self.said - self._taken

    # What must have happened

    def _pending(self) -> Iterator[Asked]:
        """Everything but closes that has not ended."""
        yield from (asked for asked in (*self._receives, *self._sends, *self._ends) if not asked.done)

    def due(self) -> Iterator[Asked]:
        """Everything that has to end without anybody's doing."""
        over = self.lost or self.ours in ("aborted", "closed") or self._vague
        if over:
            yield from self._pending()
        elif not self.stalled:
            yield from (asked for asked in (*self._sends, *self._ends) if not asked.done)
        if self._receives and (over or self.ours == "closing" or self._has_enough(self._receives[0])):
            yield self._receives[0]
        if over or (self.finished and not self.stalled) or len(self._closes) > 1:
            yield from (asked for asked in self._closes if not asked.done)

    def _has_enough(self, asked: Asked) -> bool:
        there = self.said - self._taken
        if asked.request.drain:
            return self.finished
        return self.finished or there >= (asked.request.length if asked.request.wait_all else 1)

    def waits(self, asked: Asked) -> bool:
        """Whether nothing can end an operation now but a cancel: a receive for which there is nothing."""
        open_ = not (self.lost or self.finished or self._vague) and self.ours not in (
            "aborted",
            "closing",
            "closed",
        )
        return open_ and asked.kind == "receive" and not asked.done and self._taken == self.said

    def stream(self) -> bytes:
        """All that has left for the peer, as the completions tell it."""
        return b"".join(_left(asked) for asked in self._stream)

    @property
    def delivered(self) -> bool:
        """Whether a disconnect has said that the peer's TCP has all of it."""
        return any(
            asked.done and asked.status == SUCCESS and not _is_abort(asked) for asked in self._ends[:1]
        )


def _left(asked: Asked) -> bytes:
    assert asked.completion is not None, "asked at the end only"
    if asked.kind == "disconnect":
        return bytes(asked.request.final_data)
    return bytes(asked.request.data[: asked.completion.transferred_bytes])


def _is_abort(asked: Asked) -> bool:
    return asked.kind == "disconnect" and asked.request.mode == DISCONNECT_MODE_ABORTIVE
