"""What a connection tells without being asked, and how much of it the client is ready to take.

Decides when the peer's end is told of: once each kind, and when the journal has room. Data indications themselves are the
business of receiving.py, what may be enabled that of core/callbacks.py.
"""

from typing import TYPE_CHECKING, cast

from telesock.server.core.callbacks import CONNECTION_KINDS, check_callbacks
from telesock.server.core.events import PeerDisconnected
from telesock.server.core.operations import Operation
from telesock.server.core.refusal import malformed
from telesock.server.core.requests import Callbacks, Indications, SetEventCallbacks
from telesock.server.core.slots import Slot
from telesock.server.core.states import Category, Request
from telesock.server.core.status import Cause, Failure
from telesock.server.engine.backlog import SendBacklog, backlog_of
from telesock.server.engine.receiving import ReceiveQueue
from telesock.server.engine.sockets import Socket

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession

_NONE = Indications.NONE


class Indicating(Socket):
    """A connection, as far as it indicates."""

    __slots__ = ("_backlog", "_enabled", "_end_told", "failure", "peer_finished", "receives")

    receives: ReceiveQueue
    failure: Failure | None
    peer_finished: bool

    def __init__(self, engine: "Engine", session: "HeldSession", socket_id: int, category: Category) -> None:
        super().__init__(engine, session, socket_id, category)
        self._backlog: SendBacklog | None = None
        self._enabled = _NONE
        self._end_told = False

    @property
    def end_cause(self) -> Cause | None:
        """Why the peer has ended gracefully, where that was no peer."""
        return None

    def read(self) -> None:
        """Read for whoever wants data."""

    def room_again(self) -> None:
        """The journal has room."""

    @property
    def indications(self) -> Indications:
        """What the socket tells without being asked."""
        return self._enabled

    @property
    def available_credit(self) -> int:
        """Bytes of data indications the client may still be given."""
        return self.receives.credit.available

    def begin_indicating(self, callbacks: Callbacks) -> None:
        """Indicate what was asked for at the socket's birth, and what the whole session indicates."""
        static = self.session.callbacks
        enable, credit = callbacks.enable, callbacks.credit_bytes
        if static is not None:
            enable, credit = enable | static.enable & CONNECTION_KINDS, credit or static.credit_bytes
        self._set_callbacks(enable, _NONE, credit)

    def set_event_callbacks(self, operation: Operation, request: SetEventCallbacks) -> None:
        """Change what the socket indicates."""
        self.permit(Request.SET_EVENT_CALLBACKS)
        check_callbacks(Category.CONNECTION, request, self.session.static_indications)
        self.accept(operation)
        self._set_callbacks(request.enable, request.disable, request.credit_bytes)
        self.complete(operation)
        if request.enable & Indications.DISCONNECT:
            self.indicate_end()
        self.read()

    def _set_callbacks(self, enable: Indications, disable: Indications, credit_bytes: int) -> None:
        if enable or disable:
            self._enabled = (self._enabled | enable) & ~disable
            self.receives.indicating = bool(self._enabled & Indications.DATA)
            self._backlog = backlog_of(cast("Connection", self), self._backlog)
        if credit_bytes:
            self.receives.credit.limit = credit_bytes

    def stop_indicating(self) -> None:
        """Indicate nothing from now on."""
        self._set_callbacks(Indications.NONE, self._enabled, 0)

    def release(self, sequence: int, accepted_bytes: int | None, refuse: bool = False) -> None:
        """Take credit back, or data that the client refuses."""
        self.permit(Request.RELEASE)
        if refuse:
            accepted_bytes = 0
        try:
            self.receives.release(sequence, accepted_bytes)
        except ValueError as error:
            raise malformed("sequence", str(error)) from None
        self.read()
        self.session.room_again()

    def indicate_end(self) -> None:
        """Tell of the peer's end, each kind once, if the client wants to know."""
        if not self._enabled or not self._enabled & Indications.DISCONNECT:
            return
        clock, journal = self.engine.clock(), self.session.journal
        if self.failure is not None:
            if self.slots.take_end():
                self.session.append(PeerDisconnected(*self.failure), clock, Slot.GUARANTEED, self.socket_id)
        elif self.peer_finished and not self._end_told:
            if journal.room_for_notice():
                self._end_told = True
                self.session.append(PeerDisconnected(cause=self.end_cause), clock, socket_id=self.socket_id)
            else:
                self.session.stalled.add(self)
