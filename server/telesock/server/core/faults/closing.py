"""Slow close: bytes pass, and the end behind them comes late, or not as long as the fault holds."""

from dataclasses import dataclass

from telesock.server.core.faults.acting import Acting
from telesock.server.core.faults.amounts import span
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.segments import End, How
from telesock.server.core.faults.stage import NEVER, Plan, Stage
from telesock.server.core.faults.values import Effect, Place


@dataclass(frozen=True)
class SlowClose(Effect):
    """So much later; None means that the end is withheld."""

    delay: float | None = None

    kind = "slow-close"
    acts_on = Place.STREAM
    lanes = (Lane.SEND, Lane.RECEIVE)

    def check(self) -> None:
        """Refuse negative times."""
        span("slow_close.delay", self.delay)

    def stage(self, acting: Acting) -> "ClosingStage":
        """Act on one direction."""
        return ClosingStage(acting, self)


class ClosingStage(Stage):
    """Holds a FIN back; a RST is no close."""

    __slots__ = ("_delay",)

    def __init__(self, acting: Acting, effect: SlowClose) -> None:
        super().__init__(acting)
        self._delay = effect.delay

    def plan_end(self, at: float, end: End) -> Plan:
        """The end leaves when its delay is over."""
        if end.how is not How.FIN or not self.acting.fires(0, at):
            return Plan(at, 0)
        self.tell(0, self.place, delay=self._delay)
        return Plan(NEVER if self._delay is None else at + self._delay, 0, fired=True)
