"""What a test expects to happen beside what did: which event it is, which were nearly it, and what came instead.

Events in, a verdict out: nothing here waits or looks at a clock. A kind that there is not is refused with the nearest
name. What is remembered is bounded, however long the story.
"""

import contextlib
import difflib
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from telesock.client.enumerations import EventKind, OperationKind
from telesock.v1.events_pb2 import Event, Gap

NEARLY, RECENT = 5, 12
"""How many are shown: of the right kind that were not it, and of all that came."""

Kind = EventKind | OperationKind | str
Where = Callable[[Event], object]


class Numbered(Protocol):
    """A socket."""

    @property
    def socket_id(self) -> int:
        """Its number."""


class Wanted(NamedTuple):
    """Which events count, before `where` is asked. Without an operation or a socket: whichever."""

    kind: EventKind
    operation: OperationKind | None = None
    socket_id: int | None = None

    def has_kind(self, event: Event) -> bool:
        """Whether an event is of the kind, whatever it is about."""
        if event.WhichOneof("body") != self.kind.name.lower():
            return False
        return self.operation is None or int(event.completion.kind) == self.operation

    def takes(self, event: Event) -> bool:
        """Whether an event counts."""
        return self.has_kind(event) and (self.socket_id is None or event.socket_id == self.socket_id)


def read_wanted(kind: Kind, socket: Numbered | int | None = None) -> Wanted:
    """Understand a kind of event, or of the operation whose completion is wanted; a name in any case, with any gaps.

    Raises ValueError for a name that there is not, TypeError for what names nothing.
    """
    number = socket if socket is None or isinstance(socket, int) else socket.socket_id
    if isinstance(kind, str):
        kind = _named(kind)
    if isinstance(kind, OperationKind):
        return Wanted(EventKind.COMPLETION, kind, number)
    if not isinstance(kind, EventKind):
        raise TypeError(
            f"{kind!r} is no kind of event: give an EventKind, an OperationKind or the name of one"
        )
    return Wanted(kind, None, number)


def _named(name: str) -> EventKind | OperationKind:
    asked = name.strip().upper().replace("-", "_").replace(" ", "_")
    for kinds in (EventKind, OperationKind):
        with contextlib.suppress(KeyError):
            return kinds[asked]
    known = [*EventKind.__members__, *OperationKind.__members__]
    near = difflib.get_close_matches(asked, known, 3, 0.5) or list(EventKind.__members__)
    raise ValueError(f"there is no event or operation {name!r}; there is {', '.join(near).lower()}")


class Begun(NamedTuple):
    """Where a call has begun to look, and what was found before it did."""

    start_after: int
    found: int
    anew: bool


class Position:
    """The event behind which a session looks for the next, from call to call; any thread may ask.

    It goes on to what was found, and never back but for a call that begins anew. Of calls at once, of which each may end
    first, none takes it back behind what another has found meanwhile: it is then the last event that any of them found.
    """

    def __init__(self, sequence: int) -> None:
        self._lock = threading.Lock()
        self._sequence = sequence
        self._found = 0

    def begin(self, after: int | None) -> Begun:
        """Return where a call is to look; `after` is what it was told itself."""
        with self._lock:
            return Begun(self._sequence if after is None else after, self._found, after is not None)

    def reach(self, begun: Begun, sequence: int) -> None:
        """Such a call has found an event."""
        with self._lock:
            alone = begun.found == self._found
            self._sequence = sequence if begun.anew and alone else max(sequence, self._sequence)
            self._found += 1


class Expectation:
    """One event that is to come behind an event, within seconds."""

    def __init__(self, wanted: Wanted, where: Where | None, start_after: int, within: float) -> None:
        if not 0 <= within < float("inf"):
            raise ValueError(f"within={within!r}: it is seconds, 0 or more")
        self.wanted = wanted
        self.where = where
        self.start_after = start_after
        self.within = within
        self.looked = start_after
        """The last event that was looked at."""
        self.found: Event | None = None
        self.nearly: deque[Event] = deque(maxlen=NEARLY)
        """Those that count, but not for `where`: the last of them."""
        self.nearly_count = 0
        self.recent: deque[Event] = deque(maxlen=RECENT)
        """What came, whatever it was: the last of it. Known after a review alone."""
        self.reviewed = 0
        """The last event of the review."""
        self.too_early: Event | None = None
        """What would have been it, but stands before those that were looked at."""
        self.gaps: list[tuple[int, int]] = []
        """First and last of those that are gone at the agent, and could not be looked at."""

    @property
    def kinds(self) -> Iterable[EventKind]:
        """What to ask the agent for."""
        return (self.wanted.kind,)

    @property
    def socket_ids(self) -> Iterable[int]:
        """What to ask the agent for; all where there is none."""
        return () if self.wanted.socket_id is None else (self.wanted.socket_id,)

    def take(self, told: Event | Gap) -> bool:
        """Look at what came next; return whether that is it. Raises what `where` raises."""
        if isinstance(told, Gap):
            self._miss(told)
            return False
        if told.sequence <= self.looked:
            return False
        self.looked = told.sequence
        if not self.wanted.takes(told):
            return False
        if self.where is None or self.where(told):
            self.found = told
            return True
        self.nearly.append(told)
        self.nearly_count += 1
        return False

    def _miss(self, gap: Gap) -> None:
        first, last = max(gap.first_sequence, self.looked + 1), gap.last_sequence
        if first <= last:
            self.gaps.append((first, last))
            self.looked = last

    def review_from(self, last: int) -> int:
        """Return behind which event to read all that came up to the `last`, once the time is over."""
        return max(0, min(self.looked, last - RECENT))

    def review(self, told: Event | Gap) -> bool:
        """Look at something that came, whatever it is, before giving up; return whether it is it after all."""
        self.reviewed = told.sequence if isinstance(told, Event) else told.last_sequence
        if isinstance(told, Event):
            self.recent.append(told)
            if told.sequence <= self.start_after and self._would_have_been(told):
                self.too_early = told
        return self.take(told)

    def _would_have_been(self, event: Event) -> bool:
        if not self.wanted.takes(event):
            return False
        try:
            return self.where is None or bool(self.where(event))
        except Exception:  # it was not made for events of an earlier time
            return False
