"""A session as the engine holds it: the core's session, its sockets, and who waits for what in it."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from telesock.server.core.journal import Journal
from telesock.server.core.lease import Lease
from telesock.server.core.operations import Operation
from telesock.server.core.requests import OperationKind
from telesock.server.core.session import SessionEnd
from telesock.server.core.status import Failure
from telesock.server.engine.accounted_sessions import AccountedSession, Grant

if TYPE_CHECKING:
    from telesock.server.engine.completion_order import InOrder
    from telesock.server.engine.faults import SessionFaults
    from telesock.server.engine.sockets import Socket


class Stalled(Protocol):
    """A socket that waits for room in the journal."""

    def room_again(self) -> None:
        """There may be some."""


class Job(Protocol):
    """What holds operations that no socket holds: a chain, a lookup."""

    def cancel(self, operation: Operation) -> bool:
        """Complete an operation as cancelled; False when it is too late for that."""

    def end(self, failure: Failure) -> None:
        """The session ends."""


class Waiting(Job, Protocol):
    """What holds operations on sockets that have not started: a chain."""

    def socket_gone(self, operation: Operation) -> None:
        """The socket of an operation is about to end."""


class HeldSession(AccountedSession):
    """Sockets by number, readers of the journal, and what must be looked at again when room comes free."""

    def __init__(
        self,
        session_id: str,
        label: str,
        lease: Lease,
        journal: Journal,
        grant: Grant,
        token: str,
        request_id: str = "",
    ) -> None:
        super().__init__(session_id, label, lease, journal, grant)
        self.token = token
        self.request_id = request_id
        self.faults: SessionFaults | None = None
        """None while it has had none."""
        self.late: dict[tuple[int, OperationKind], deque[InOrder]] = {}
        """Operations whose completions wait for their turn because of a fault, by socket and kind."""
        self.jobs: dict[int, Job] = {}
        """What holds an operation that no socket holds, by the operation's id."""
        self._links: dict[int, dict[Operation, Waiting]] = {}
        """Operations that wait for their start and what holds them, by their sockets."""
        self.inspect_ids: dict[int, int] = {}
        """Which inspection a socket came from, of those that came from one."""
        self.stalled: set[Stalled] = set()
        """Sockets that left something untold because the journal had no room."""
        self.waiters: dict[int, list[Callable[[], None]]] = {}
        """Callbacks by operation id, each called once when the operation has completed."""
        self.idle: Callable[[], None] | None = None
        """Called whenever the last pending operation has completed."""
        self.attachment: Callable[[], None] | None = None
        """Ends the attachment that the session has, because a newer one takes its place."""
        self.subscribers: Counter[str] = Counter()
        """Streams of its events, beside the attachment, by the identity that reads them."""
        self._readers: list[Callable[[], None]] = []

    def _completed(self, operations: Sequence[Operation]) -> None:
        """Tell whoever waits for one of them, or for the last."""
        self._appended()
        if self.waiters:
            for operation in operations:
                for waiter in self.waiters.pop(operation.operation_id, ()):
                    waiter()
        if self.idle is not None and not self.ledger.pending:
            self.idle()

    def acknowledge(self, sequence: int) -> None:
        """Free room, and let what waited for it go on."""
        super().acknowledge(sequence)
        if self.stalled:
            self.room_again()

    def room_again(self) -> None:
        """The journal may have room: let the connections that wait for it go on."""
        if self.stalled:
            stalled, self.stalled = self.stalled, set()
            for connection in stalled:
                connection.room_again()

    def hold(self, link: Operation, chain: Waiting) -> None:
        """An operation waits for its start."""
        self.jobs[link.operation_id] = chain
        if link.socket_id:
            self._links.setdefault(link.socket_id, {})[link] = chain

    def let_go(self, link: Operation) -> None:
        """It does so no longer, if it did."""
        self.jobs.pop(link.operation_id, None)
        waiting = self._links.get(link.socket_id)
        if waiting is not None:
            waiting.pop(link, None)
            if not waiting:
                del self._links[link.socket_id]

    def socket_gone(self, socket_id: int) -> None:
        """A socket is about to end: let what waits for it complete before."""
        for link, chain in list(self._links.get(socket_id, {}).items()):
            chain.socket_gone(link)

    def end_jobs(self, failure: Failure) -> None:
        """The session ends: nothing new starts."""
        for job in list(dict.fromkeys(self.jobs.values())):
            job.end(failure)

    def socket(self, socket_id: int) -> "Socket":
        """Return a socket that is not closed, or refuse."""
        socket = self.sockets.get(socket_id)
        if socket is None:
            raise self.no_such_socket(socket_id)
        return socket

    # Readers keep the journal of an ended session until they have read it

    def enter_reader(self, ended: Callable[[], None]) -> None:
        """Somebody reads the journal, and is told when the session has ended."""
        self._readers.append(ended)

    def leave_reader(self, ended: Callable[[], None]) -> None:
        """Somebody reads it no longer."""
        self._readers.remove(ended)
        self._discard_if_done()

    def finish(self, end: SessionEnd) -> None:
        """The session has ended: its readers may read the rest."""
        self.ended = end
        if self.watcher is not None:
            self.watcher.ended(end)
        self.wake()
        for ended in self._readers:
            ended()
        self._discard_if_done()

    def _discard_if_done(self) -> None:
        if self.ended is not None and not self._readers:
            self.journal.discard()
