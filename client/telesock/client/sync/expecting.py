# Printed from aio/expecting.py by `make twin`: change that, and print again.

"""Expecting an event of a session, as a program with threads waits for it."""

import time
from collections.abc import Iterable

from telesock.client.core.story import Overdue
from telesock.client.enumerations import EventKind
from telesock.client.errors import AgentUnavailable, EventExpected, SessionClosed, SessionLost, TelesockError
from telesock.client.expectation_text import expectation_text
from telesock.client.expectations import Expectation, Kind, Numbered, Position, Where, read_wanted
from telesock.client.sync.events import EventStream, time_limit
from telesock.client.sync.locking import LockedSession
from telesock.v1.events_pb2 import Event

_REVIEW = 2.0  # seconds to read what came instead, once the time is over


class Expecting:
    """The part of a session that expects events."""

    _core: LockedSession
    _expected: Position

    def events(
        self, start_after: int = 0, socket_ids: Iterable[int] = (), kinds: Iterable[EventKind] = ()
    ) -> EventStream:
        """Iterate over the session's events."""
        raise NotImplementedError

    def expect(
        self,
        event_kind: Kind,
        *,
        within: float = 5.0,
        where: Where | None = None,
        socket: Numbered | int | None = None,
        after: int | None = None,
    ) -> Event:
        """Wait for an event and return it: one of this kind, about this `socket`, for which `where(event)` is true.

        `event_kind` is an EventKind, an OperationKind for the completion of such an operation, or the name of one:
        "peer_disconnected", "connect". Looked at are all events behind the one that was expected last, those included
        that came before this call; at first, all that the session has told. `after=session.last_sequence` begins anew
        from now on, `after=0` from the beginning, and the next call goes on behind what this one has found. What goes
        on at once may be expected by calls at once: those without `after` begin at the same event, and whichever ends
        first, the next call goes on behind the last event that any of them has found, also where some have `after`.

        `within` is how many seconds may pass from now on; with 0 it must have come. Raises EventExpected, an
        AssertionError, when it has not, and when the session is lost or closed meanwhile; its text shows what came
        instead. Raises what `where` raises; ValueError or TypeError for a kind that there is not.
        """
        __tracebackhide__ = True
        self._core.turn.check_may_wait()
        begun = self._expected.begin(after)
        expected = Expectation(read_wanted(event_kind, socket), where, begun.start_after, within)
        began = time.monotonic()
        end: TelesockError | None = None
        try:
            why = self._look_out(expected)
        except (SessionLost, AgentUnavailable) as error:
            waited = time.monotonic() - began
            end, why = error, f"after {waited:.3g} of {within:g} s: {error}"
        if expected.found is None:
            text = expectation_text(expected, why)
            raise EventExpected(text, tuple(expected.nearly), tuple(expected.recent)) from end
        self._expected.reach(begun, expected.found.sequence)
        return expected.found

    def _look_out(self, expected: Expectation) -> str:
        """Look for it until it came or the time is over, which is then said. Raises SessionLost, AgentUnavailable."""
        if expected.within and self._follow(expected):
            return f"within {expected.within:g} s: the agent does not answer"
        if expected.found is None:
            self._review(expected, self._core.cursor.seen)
        return f"within {expected.within:g} s" if expected.within else "by now"

    def _follow(self, expected: Expectation) -> bool:
        """Take what comes as it comes; return whether nothing does because the way to the agent is broken."""
        stream = self.events(expected.start_after, expected.socket_ids, expected.kinds)
        try:
            self._check_lives()  # behind the making: a stream that is there is told of a loss
            with time_limit(stream, expected.within):
                for told in stream:
                    if expected.take(told):
                        return False
        except Overdue:
            expected.looked = max(expected.looked, stream.position)
            return stream.broken
        finally:
            stream.close()
        raise SessionClosed("the session was closed", "CLOSED")

    def _review(self, expected: Expectation, last: int) -> None:
        """Read what had come when the time was over: it may be among that still, and all of it is worth to be told."""
        self._check_lives()
        if last == 0:
            return
        stream = self.events(expected.review_from(last))
        try:
            with time_limit(stream, _REVIEW):
                for told in stream:
                    if expected.review(told) or expected.reviewed >= last:
                        return
        except Overdue:
            pass  # what was read is told
        finally:
            stream.close()

    def _check_lives(self) -> None:
        if self._core.lost is not None:
            raise self._core.lost.again()
