"""What policy has denied, as lines of the log: for whoever has to know which session tried what.

A session that is denied without end does not fill the log: after so many lines in a second the rest is counted, and told
in one line when the second is over.
"""

import asyncio
from typing import Any

import structlog

from telesock.server.core.events import PolicyDenied
from telesock.server.engine.sessions import HeldSession

_LINES = 10  # of a session in a period
_PERIOD = 1.0  # seconds

log = structlog.get_logger()


class _Counted:
    """The denials of one session in one period."""

    def __init__(self, session: HeldSession, timer: asyncio.TimerHandle) -> None:
        self.facts: dict[str, Any] = {"identity": session.identity.name, "session_id": session.session_id}
        self.timer = timer
        self.number = 0


class DenialLog:
    """Writes them. Call `close` at the end, so that none is left untold."""

    def __init__(self, loop: asyncio.AbstractEventLoop, period: float = _PERIOD) -> None:
        self._loop = loop
        self._period = period
        self._counted: dict[str, _Counted] = {}

    def denied(self, session: HeldSession, denial: PolicyDenied) -> None:
        """A session was not allowed something."""
        counted = self._counted.get(session.session_id)
        if counted is None:
            timer = self._loop.call_later(self._period, self._over, session.session_id)
            counted = self._counted[session.session_id] = _Counted(session, timer)
        counted.number += 1
        if counted.number <= _LINES:
            facts = {**denial._asdict(), "action": denial.action.name}
            log.warning("policy_denied", **counted.facts, **facts)

    def _over(self, session_id: str) -> None:
        counted = self._counted.pop(session_id)
        counted.timer.cancel()
        if counted.number > _LINES:
            log.warning("policy_denied_more", **counted.facts, count=counted.number - _LINES)

    def close(self) -> None:
        """Tell what is counted and not told."""
        for session_id in list(self._counted):
            self._over(session_id)
