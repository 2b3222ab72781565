"""What is to be sent on an attachment, in order, until the agent has answered it.

Everything asked of the agent is a frame: an AttachRequest with one element, encoded. Frames joined are an
AttachRequest with all of them (protobuf merges what is concatenated), so a message is made without encoding anything
twice, and what is not answered when a stream breaks is sent again as it was.

The agent takes in a message its releases, then its commands, then its cancels. A frame of an earlier kind than the one
before it begins a new message, so that everything is taken in the order in which it was asked. Whole releases are
cumulative and free of that order: only the newest of each socket is kept, and rides along with whatever leaves next.
"""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from telesock.v1.sessions_pb2 import AttachRequest
from telesock.v1.sockets_pb2 import ReleaseRequest

RELEASE, COMMAND, CANCEL = 1, 2, 3
"""The kinds of frames, in the order in which the agent takes them."""

MOST_FRAMES = 512
"""More in one message makes client and agent take turns instead of overlapping (measured)."""
MOST_BYTES = 1 << 20
"""Of one message, unless a single frame is larger."""


class Entry(Protocol):
    """Something that wants an answer. Its frame is empty once it has it."""

    @property
    def rank(self) -> int:
        """Its kind."""

    frame: bytes


class PartialRelease:
    """A release that refuses part of an indication. Its order matters, and it is answered by being taken in."""

    __slots__ = ("frame", "key", "request")

    rank = RELEASE

    def __init__(self, request: ReleaseRequest) -> None:
        self.key = 0
        self.request = request
        self.frame = AttachRequest(releases=[request]).SerializeToString()


_NONE: list[ReleaseRequest] = []  # never appended to


class Frames(NamedTuple):
    """What goes into one message."""

    encoded: list[bytes]
    commands: int


class _Sent(NamedTuple):
    number: int
    releases: list[ReleaseRequest]
    entries: list[Entry]
    partial: "list[PartialRelease]"


class Outbox:
    """Frames that are to be sent, and those that were sent and are not answered."""

    def __init__(self) -> None:
        self._open: dict[int, Entry] = {}
        self._unsent: deque[Entry] = deque()
        self._releases: dict[int, int] = {}  # socket -> newest sequence to release whole
        self._refusing: set[int] = set()  # sockets with a partial release that is not sent
        self._sent: deque[_Sent] = deque()  # messages that are not confirmed
        self._next_key = -1
        self.resending = 0
        """Entries that have still to be sent again since the last restart."""

    def __len__(self) -> int:
        """Entries that are not answered."""
        return len(self._open)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._open.values())

    @property
    def waiting(self) -> bool:
        """Whether something but whole releases is to be sent."""
        return bool(self._unsent)

    @property
    def releasing(self) -> bool:
        """Whether whole releases are to be sent."""
        return bool(self._releases)

    # Asking

    def add(self, entry: Entry, key: int = 0) -> int:
        """Queue an entry; without a key it gets one below 0. Return the key, to be given to `answered`."""
        if not key:
            key, self._next_key = self._next_key, self._next_key - 1
        self._open[key] = entry
        self._unsent.append(entry)
        return key

    def answered(self, key: int) -> Entry | None:
        """Take out the entry that has got its answer; None when it is not, or no longer, here."""
        return self._open.pop(key, None)

    def release(self, socket_id: int, sequence: int) -> None:
        """Release everything up to an event of a socket; what is about to be refused cannot be."""
        if socket_id in self._refusing:
            return
        self._releases[socket_id] = max(sequence, self._releases.get(socket_id, 0))

    def refuse(self, request: ReleaseRequest) -> None:
        """Release an event in part."""
        partial = PartialRelease(request)
        partial.key = self.add(partial)
        self._refusing.add(request.socket_id)

    # Sending

    def take(self, number: int) -> Frames:
        """Take out the frames of message `number`; none when there is nothing to send."""
        encoded: list[bytes] = []
        entries: list[Entry] = []
        releases = self._take_releases(encoded) if self._releases else _NONE
        commands = self._take_entries(encoded, entries) if self._unsent else 0
        partial: list[PartialRelease] = []
        if self._refusing:
            partial = [entry for entry in entries if isinstance(entry, PartialRelease)]
            self._refusing.difference_update(each.request.socket_id for each in partial)
        self._sent.append(_Sent(number, releases, entries, partial))
        return Frames(encoded, commands)

    def _take_releases(self, encoded: list[bytes]) -> list[ReleaseRequest]:
        releases = [
            ReleaseRequest(socket_id=socket, sequence=last) for socket, last in self._releases.items()
        ]
        self._releases.clear()
        encoded.append(AttachRequest(releases=releases).SerializeToString())
        return releases

    def _take_entries(self, encoded: list[bytes], entries: list[Entry]) -> int:
        """Take out as many as go into one message; return how many commands are among them."""
        unsent = self._unsent
        size = rank = commands = 0
        while unsent and len(entries) < MOST_FRAMES:
            entry = unsent[0]
            frame = entry.frame
            size += len(frame)
            if frame:
                if entry.rank < rank or (size > MOST_BYTES and entries):
                    break
                rank = entry.rank
                commands += rank == COMMAND
                encoded.append(frame)
                entries.append(entry)
            unsent.popleft()
            if self.resending:
                self.resending -= 1
        return commands

    # What became of it

    def release_at(self, number: int, position: int) -> ReleaseRequest | None:
        """Return the release that stands at a position of a message that is not confirmed."""
        sent = self._find(number)
        releases = sent.releases + [each.request for each in sent.partial]
        return releases[position] if position < len(releases) else None

    def command_at(self, number: int, position: int) -> Entry | None:
        """Return the command that stands at a position of a message that is not confirmed."""
        commands = [each for each in self._find(number).entries if each.rank == COMMAND]
        return commands[position] if position < len(commands) else None

    def _find(self, number: int) -> _Sent:
        return next((sent for sent in self._sent if sent.number == number), _Sent(number, [], [], []))

    def confirm(self, number: int) -> None:
        """All messages up to `number` have been taken in: their releases are done."""
        while self._sent and self._sent[0].number <= number:
            for partial in self._sent.popleft().partial:
                partial.frame = b""
                self._open.pop(partial.key, None)

    def restart(self) -> None:
        """Send everything again that is not answered, in its order: the stream is a new one."""
        for sent in self._sent:
            for release in sent.releases:
                self.release(release.socket_id, release.sequence)
        self._sent.clear()
        self._unsent = deque(self._open.values())
        self.resending = len(self._unsent)

    def clear(self) -> list[Entry]:
        """Forget everything, and return what was not answered."""
        entries = list(self._open.values())
        self.__init__()  # type: ignore[misc]  # the same as new
        return entries
