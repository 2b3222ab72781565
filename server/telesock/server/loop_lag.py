"""How late the event loop is: measured all the time, told when it has stood still, and again when it is itself again.

While the loop stands still nobody is answered, so what is told then is told afterwards: that it happened, and that it
may happen again until some seconds have passed without.
"""

import asyncio
from collections.abc import Callable

import structlog

from telesock.server.core.statistics import Histogram

STEP = 0.1
"""Seconds between two measurements."""
STALL = 1.0
"""Seconds of lag that are a stall."""
CALM = 5.0
"""Seconds without a stall after which the loop is itself again."""

log = structlog.get_logger()


class LoopLag:
    """Measures a loop from `start` to `stop`. `changed` is told False after a stall, True when all is well again."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        changed: Callable[[bool], None],
        stall: float = STALL,
        calm: float = CALM,
    ) -> None:
        self._loop = loop
        self._changed = changed
        self._stall = stall
        self._calm = calm
        self._timer: asyncio.TimerHandle | None = None
        self._due = loop.time()
        self._last = 0.0
        self._calm_at: float | None = None
        self.histogram = Histogram()
        """All that was measured."""

    def start(self) -> None:
        """Begin to measure."""
        self._schedule(self._loop.time())

    def stop(self) -> None:
        """Measure no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def current(self) -> float:
        """The lag, seconds: as it was measured last, or as it is already if that is more. For any thread."""
        overdue = self._loop.time() - self._due if self._timer is not None else 0.0
        return max(self._last, overdue)

    def _schedule(self, now: float) -> None:
        self._due = now + STEP
        self._timer = self._loop.call_at(self._due, self._measure)

    def _measure(self) -> None:
        now = self._loop.time()
        self._last = lag = max(0.0, now - self._due)
        self.histogram.add(round(lag * 1e9))
        if lag > self._stall:
            self._stalled(now, lag)
        elif self._calm_at is not None and now >= self._calm_at:
            self._calm_at = None
            self._changed(True)
        self._schedule(now)

    def _stalled(self, now: float, lag: float) -> None:
        log.warning("event_loop_stalled", lag_seconds=round(lag, 3))
        self._calm_at = now + self._calm
        self._changed(False)
