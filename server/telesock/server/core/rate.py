"""How fast something may be done: a token bucket that fills at a rate and holds what one second gives.

Time is an argument, monotonic seconds.
"""


class Rate:
    """Allows so many steps in a second, as many as that at once, at least one."""

    __slots__ = ("_at", "_left", "burst", "per_second")

    def __init__(self, per_second: float, now: float) -> None:
        self.per_second = per_second
        self.burst = max(1.0, per_second)
        self._left = self.burst
        self._at = now

    def take(self, now: float, steps: int = 1) -> bool:
        """Take so many steps now, if they are there. More than a burst holds are taken when it is full, on credit."""
        self._fill(now)
        if self._left < min(steps, self.burst):
            return False
        self._left -= steps
        return True

    def reserve(self, now: float, steps: int) -> float:
        """Take so many steps in any case, and return in how many seconds they are there."""
        self._fill(now)
        self._left -= steps
        return max(0.0, -self._left / self.per_second)

    def give_back(self, steps: int) -> None:
        """So many steps that were reserved are not done."""
        self._left = min(self.burst, self._left + steps)

    def _fill(self, now: float) -> None:
        self._left = min(self.burst, self._left + (now - self._at) * self.per_second)
        self._at = now

    def wait(self, steps: int = 1) -> float:
        """Seconds from the last `take` until so many steps are there."""
        return max(0.0, (min(steps, self.burst) - self._left) / self.per_second)
