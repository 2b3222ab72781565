"""Attempts to talk to the agent that failed: counted for each peer, answered ever later, logged ever more rarely.

Only failures wait, so somebody who guesses holds up nobody who knows. The table of peers is bounded, and so is the number
of answers that wait: what is beyond it is refused at once.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

import structlog

from telesock.server.core.refusal import Reason

_PEERS = 1024
_WAITING = 64
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 3.0  # seconds; doubled with each failure of a peer
_FORGOTTEN_AFTER = 60.0  # seconds without a failure

log = structlog.get_logger()


class FailedAttempts:
    """What peers have failed to prove. `failed` is told the reason of each failure."""

    def __init__(self, failed: Callable[[Reason], None] = lambda reason: None) -> None:
        self.failed = failed
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._waiting = 0

    async def note(self, peer: str, reason: Reason, method: str, *, waits: bool = True) -> None:
        """Count a failure, log it, and wait before it is answered, unless it does not."""
        self.failed(reason)
        failures = self._count(peer, asyncio.get_running_loop().time())
        if failures & (failures - 1) == 0:  # the first, second, fourth, eighth ...
            log.warning(
                "authentication_failed", peer=peer, reason=reason.name, method=method, failures=failures
            )
        if not waits or self._waiting >= _WAITING:
            return
        self._waiting += 1
        try:
            await asyncio.sleep(wait_after(failures))
        finally:
            self._waiting -= 1

    def _count(self, peer: str, now: float) -> int:
        before, at = self._failures.pop(peer, (0, now))
        failures = 1 if now - at > _FORGOTTEN_AFTER else before + 1
        self._failures[peer] = (failures, now)
        if len(self._failures) > _PEERS:
            self._failures.popitem(last=False)
        return failures


def wait_after(failures: int) -> float:
    """Seconds before the next answer to a peer that has failed so often."""
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(failures - 1, 30))
