"""Never read: what has arrived stays in the kernel, so that the peer's window closes."""

from dataclasses import dataclass

from telesock.server.core.faults.acting import Acting
from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.segments import Segment
from telesock.server.core.faults.stage import NEVER, Stage
from telesock.server.core.faults.values import Effect, Place


@dataclass(frozen=True)
class NeverRead(Effect):
    """As long as the fault holds."""

    kind = "never-read"
    acts_on = Place.STREAM
    lanes = (Lane.RECEIVE,)

    def stage(self, acting: Acting) -> "NeverReadingStage":
        """Act on the direction of receiving."""
        return NeverReadingStage(acting)


class NeverReadingStage(Stage):
    """Passes everything on that is there, and lets nothing in."""

    __slots__ = ("_again", "_told")

    def __init__(self, acting: Acting) -> None:
        super().__init__(acting)
        self._again = NEVER  # when it will have to be asked again
        self._told = False

    def reads(self, now: float) -> bool:
        """Not while it holds."""
        decider = self.acting.decider
        fires = self.acting.fires_once(now)
        self._again = decider.holds_until(now) if fires else NEVER
        if fires and not self._told:
            self.tell(0, self.place)
        self._told = fires
        return not fires

    @property
    def due(self) -> float:
        """When bytes leave, or reading may begin again."""
        return min(self.next_due(), self._again)

    def take(self, now: float) -> tuple[float, Segment] | None:
        """Return what leaves by now."""
        if self._again <= now:
            self._again = NEVER
        return super().take(now)
