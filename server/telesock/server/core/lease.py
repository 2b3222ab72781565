"""A lease: how long a session outlives the last sign of its owner. Time is an argument, monotonic seconds."""

_WARNING_SHARE = 1 / 3


class Lease:
    """Ends `duration` seconds after its last renewal; asks once for a warning in its last third."""

    __slots__ = ("_warned", "duration", "expires_at")

    def __init__(self, duration: float, now: float) -> None:
        self.duration = duration
        self.renew(now)

    def renew(self, now: float) -> None:
        """Start the whole duration again."""
        self.expires_at = now + self.duration
        self._warned = False

    def remaining(self, now: float) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.expires_at - now)

    def expired(self, now: float) -> bool:
        """Whether the owner has been silent for too long."""
        return now >= self.expires_at

    def next_check(self) -> float:
        """The moment at which this lease next wants attention: its warning, then its end."""
        if self._warned:
            return self.expires_at
        return self.expires_at - self.duration * _WARNING_SHARE

    def take_warning(self, now: float) -> bool:
        """Whether to warn the owner now; true once between two renewals."""
        due = not self._warned and now >= self.next_check()
        self._warned = self._warned or due
        return due
