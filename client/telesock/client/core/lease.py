"""How long the session is known to live, when to send something for its sake, and when to try again.

The lease is renewed by what the agent has taken in, so what counts is the moment at which a message was *sent* that the
agent then says it has handled. Times are seconds of any monotonic clock.
"""

from collections import deque

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 2.0


class Lease:
    """The lease of one session, as its owner knows it."""

    def __init__(self, duration: float, now: float) -> None:
        self.duration = duration
        self._confirmed_at = now
        self._marked_at = now
        self._sent: deque[tuple[int, float]] = deque()
        self._number = 0
        self._counts_from = 0

    def begin(self) -> None:
        """A new attachment: its messages are counted from 1, and none counts until the resending is done.

        Otherwise a command that breaks every stream it is sent on would keep the session alive for ever.
        """
        self._sent.clear()
        self._number = self._counts_from = 0

    @property
    def number(self) -> int:
        """How many messages were sent on this attachment."""
        return self._number

    def sent(self, now: float, *, mark: bool, resending: bool) -> None:
        """Note that a message leaves. A mark is one that the agent answers at once."""
        self._number += 1
        self._sent.append((self._number, now))
        if mark:
            self._marked_at = now
        if not resending and not self._counts_from:
            self._counts_from = self._number

    def confirm(self, number: int) -> bool:
        """The agent has taken in all messages up to `number`. Return whether that renews what is known."""
        renewed = False
        while self._sent and self._sent[0][0] <= number:
            sent_number, moment = self._sent.popleft()
            if 0 < self._counts_from <= sent_number:
                self._confirmed_at = max(self._confirmed_at, moment)
                renewed = True
        return renewed

    @property
    def deadline(self) -> float:
        """When the session may have ended unless something is confirmed before."""
        return self._confirmed_at + self.duration

    @property
    def next_mark(self) -> float:
        """When to send a message that the agent answers at once, if nothing is confirmed before."""
        return max(self._confirmed_at, self._marked_at) + self.duration / 3


class Backoff:
    """Pauses between attempts: 50 ms, then twice as long each time, at most 2 s."""

    def __init__(self) -> None:
        self._next = FIRST_PAUSE

    def pause(self) -> float:
        """Return how long to wait now."""
        pause = self._next
        self._next = min(2 * pause, LONGEST_PAUSE)
        return pause

    def reset(self) -> None:
        """It worked."""
        self._next = FIRST_PAUSE
