"""The reference models of what is no connection: a listener with those who dial it, and a datagram socket."""

from collections import deque
from collections.abc import Collection, Iterator

from tests.datagram_peers import DatagramPeer
from tests.modelling.connections import SOCKET_CLOSED
from tests.modelling.operations import ACCEPTED, CANCELLED, SUCCESS, Asked
from tests.peers import PeerConnection

WRONG_CATEGORY = {"WRONG_CATEGORY"}


class Other:
    """What both share: one kind of operation that waits its turn for something to arrive."""

    legal: frozenset[str]
    waiting_kind: str

    def __init__(self, number: int) -> None:
        self.number = number
        self.closed = False
        self._waiting: deque[Asked] = deque()
        self._rest: list[Asked] = []

    @property
    def _there(self) -> int:
        """How much has arrived and was not taken."""
        raise NotImplementedError

    def _take(self, asked: Asked) -> None:
        """Take what an operation got."""
        raise NotImplementedError

    def verdict(self, asked: Asked, ended: Collection[int]) -> set[str]:
        """Return the reasons for which a request may be refused now."""
        if self.closed:
            return SOCKET_CLOSED
        return {ACCEPTED} if asked.kind in self.legal else WRONG_CATEGORY

    def accept(self, asked: Asked) -> None:
        """Take an operation that was accepted."""
        if asked.kind == self.waiting_kind:
            self._waiting.append(asked)
            return
        self._rest.append(asked)
        if asked.kind == "close":
            self.closed = True
            for other in self._waiting:
                other.allowed.add(CANCELLED)

    def end(self, asked: Asked) -> None:
        """Take an operation's end."""
        if asked.kind == self.waiting_kind:
            if asked.status == SUCCESS:
                assert self._waiting[0] is asked, f"{asked} overtakes {self._waiting[0]}"
                self._take(asked)
            self._waiting.remove(asked)
        elif asked.kind == "close":
            assert not self._waiting, f"a close that is not the last: {asked}"

    def due(self) -> Iterator[Asked]:
        """Everything that has to end without anybody's doing."""
        yield from (asked for asked in self._rest if not asked.done)
        if self.closed:
            yield from self._waiting
        elif self._waiting and self._there:
            yield self._waiting[0]

    def waits(self, asked: Asked) -> bool:
        """Whether nothing can end an operation now but a cancel."""
        return not asked.done and asked.kind == self.waiting_kind and not self.closed and not self._there


class Listener(Other):
    """A listening socket, and who has dialed it and was not accepted."""

    legal = frozenset({"accept", "close"})
    waiting_kind = "accept"

    def __init__(self, number: int, port: int) -> None:
        super().__init__(number)
        self.port = port
        self.dialed: deque[PeerConnection] = deque()
        self.accepted: list[tuple[int, PeerConnection]] = []
        """What the walk has still to make connections of."""

    @property
    def _there(self) -> int:
        return len(self.dialed)

    def _take(self, asked: Asked) -> None:
        far = self.dialed.popleft()
        result = asked.completion.accept  # type: ignore[union-attr]  # it has ended
        assert (result.remote.host, result.remote.port) == far.local, "not the first who dialed"
        self.accepted.append((result.socket_id, far))


class Datagrams(Other):
    """A bound datagram socket, and a peer that sends to it."""

    legal = frozenset({"send_to", "receive_from", "close"})
    waiting_kind = "receive_from"

    def __init__(self, number: int, far: DatagramPeer) -> None:
        super().__init__(number)
        self.far = far
        self.sent: list[bytes] = []
        """What the peer has to hear, in this order."""
        self._said: deque[bytes] = deque()

    @property
    def _there(self) -> int:
        return len(self._said)

    def say(self, data: bytes) -> None:
        """Note that the peer has sent something."""
        self._said.append(data)

    def accept(self, asked: Asked) -> None:
        """Take an operation; what is sent is on its way at once."""
        super().accept(asked)
        if asked.kind == "send_to":
            self.sent += asked.request.datagrams

    def _take(self, asked: Asked) -> None:
        datagram = asked.completion.receive_from.datagram  # type: ignore[union-attr]  # it has ended
        said = self._said.popleft()
        assert (datagram.data, datagram.truncated) == (said, False), "not the first that was sent"
        assert (datagram.remote.host, datagram.remote.port) == tuple(self.far.place)
