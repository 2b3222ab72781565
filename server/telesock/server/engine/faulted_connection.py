"""A connection, as far as faults act on its bytes: when they come to it, and which single sends they hold.

What they do is the business of faulted_streams.py; a connection on which none acts has nothing of that.
"""

from typing import TYPE_CHECKING, cast

from telesock.server.core.operations import Operation
from telesock.server.core.states import TRANSITIONS, Happening
from telesock.server.core.status import Cause, Failure
from telesock.server.engine import interrupting
from telesock.server.engine.faulted_streams import FaultedStreams
from telesock.server.engine.indicating import Indicating

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection


class FaultedConnection(Indicating):
    """A connection that faults may act on."""

    __slots__ = ("faulted",)

    faulted: FaultedStreams | None
    """What faults do to its bytes; None while there are none."""

    @property
    def end_cause(self) -> Cause | None:
        """Why the peer seems to have ended, where that was a fault's doing."""
        return None if self.faulted is None else self.faulted.end_cause

    def faults_changed(self) -> None:
        """Faults have come or gone: act as they say now."""
        if self.descriptor is None or self.remote is None:
            return
        self._through_faults().look()
        self.drop_faulted_if_idle()

    def let_out(self) -> None:
        """What faults held and hold no longer leaves now, as far as the kernel takes it."""
        if self.descriptor is not None and self.faulted is not None and self.faulted.sending is not None:
            self._as_connection.flush()

    def held_by(self, fault: str) -> tuple[int, int]:
        """Bytes that a fault holds back here."""
        return (0 if self.faulted is None else self.faulted.held_by(fault)), 0

    def hang_send(self, operation: Operation) -> None:
        """A send that is about to be queued stays there, and all behind it, until it is let go."""
        self._through_faults().hang(operation)

    def let_send_go(self, operation: Operation) -> None:
        """A send that a fault held may leave."""
        if self.faulted is not None:
            self.faulted.let_go(operation)

    def shorten_send(self, operation: Operation, size: int) -> None:
        """Of a send that is about to be queued only so many bytes leave, and nothing behind it."""
        self._through_faults().shorten(operation, size)

    def break_sends(self, failure: Failure) -> None:
        """A send was short: nothing may follow it in the stream."""
        if Happening.SEND_CUT in TRANSITIONS[self.category][self.state]:
            interrupting.break_sends(self._as_connection, failure)

    def _through_faults(self) -> FaultedStreams:
        if self.faulted is None:
            self.faulted = FaultedStreams(self._as_connection)
        return self.faulted

    def drop_faulted_if_idle(self) -> None:
        """A connection on which no fault acts has nothing to do with them."""
        if self.faulted is not None and self.faulted.idle:
            self.faulted = None

    @property
    def _as_connection(self) -> "Connection":
        """All of it: nothing else is made of this class."""
        return cast("Connection", self)
