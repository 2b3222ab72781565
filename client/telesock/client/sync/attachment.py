"""A session's stream: kept up as long as there is a session, broken and taken up again as often as need be.

Two threads of ours: the reader, which keeps the stream up and takes in what comes, and a watch, which ends a stream that
has not been heard of for a lease. gRPC has a third to write with: it asks for one message after the other. The reader ends
only by losing the session, and whatever ends it, the session is then lost and all that was asked of it is settled.
"""

import threading
import time
from collections.abc import Iterator

import grpc

from telesock.client.channels import stream_of_closed
from telesock.client.core.lease import Backoff
from telesock.client.credentials import Metadata
from telesock.client.errors import SessionClosed, SessionLost
from telesock.client.statuses import CallEnd, expired, loss_of_stream
from telesock.client.sync.calls import Calls, Stream, end_of_call
from telesock.client.sync.locking import LockedSession, report
from telesock.client.sync.waiting import wait_until
from telesock.v1.sessions_pb2 import AttachResponse

_LAST_WORDS = (
    1.0  # seconds for a stream that is done with to end by itself, which leaves nothing behind in gRPC
)


class Attachment:
    """Carries one session's messages."""

    def __init__(self, calls: Calls, core: LockedSession, metadata: Metadata) -> None:
        self._calls = calls
        self._core = core
        self._metadata = metadata
        self._lock = core.turn.lock
        self._wanted = threading.Condition(self._lock)
        """There may be something to send."""
        self._changed = threading.Condition(self._lock)
        """There is another stream, or the session is lost."""
        self._writer_sleeps = False
        self._backoff = Backoff()
        self._attached = threading.Event()
        self._established = False
        self._writing: Writing | None = None
        self._over = False
        core.wake = self._wake
        name = f"telesock {core.session_id}"
        self._reader = threading.Thread(target=self._keep, name=f"{name} reader", daemon=True)
        self._watch = threading.Thread(target=self._keep_watch, name=f"{name} watch", daemon=True)
        self._reader.start()
        self._watch.start()

    def attached(self) -> None:
        """Wait until the agent has answered for the first time. Raises SessionLost when it never will."""
        wait_until(self._attached.wait)
        if self._core.lost is not None:
            raise self._core.lost.again()

    def close(self, why: SessionLost) -> None:
        """Lose the session if it is not lost, end the stream, and wait until its threads are gone."""
        self._core.lose(why)
        with self._lock:
            self._wanted.notify_all()
            self._changed.notify_all()
        if threading.current_thread() is self._reader:
            return  # it ends by itself, once what called this has returned
        try:
            if self._established:
                self._reader.join(_LAST_WORDS)
        finally:
            self._give_up(CallEnd(grpc.StatusCode.CANCELLED, "the session was left"))
            self._reader.join()
            self._watch.join()

    # Keeping

    def _keep(self) -> None:
        """Attach again and again until the session is lost."""
        self._core.turn.reader = threading.get_ident()
        why: SessionLost = SessionClosed("the session's stream was given up", "CLOSED")
        try:
            why = self._attach_until_lost()
        except Exception as error:  # a bug of ours must not let anybody wait for ever
            why = SessionLost(f"the client has a bug: {error!r}", "CLIENT_FAILED")
            report(error)
        finally:
            self._core.lose(why)
            self._attached.set()
            with self._lock:
                self._core.turn.reader = None
                self._over = True
                self._changed.notify_all()

    def _attach_until_lost(self) -> SessionLost:
        while True:
            try:
                end = self._attach()
            except SessionLost as lost:
                return lost
            why = self._core.lost or loss_of_stream(end)
            if why is not None:
                return why
            left = self._core.lease.deadline - time.monotonic()
            if left <= 0:
                return expired(end, self._calls.target, self._core.lease.duration)
            with self._lock:
                self._changed.wait_for(lambda: self._core.lost, min(self._backoff.pause(), left))

    def _attach(self) -> CallEnd:
        """Open a stream and serve it until it ends or the lease does. Raises SessionLost."""
        with self._lock:
            if self._core.lost is not None:
                return CallEnd(grpc.StatusCode.CANCELLED, "")
            if self._calls.closed:
                raise stream_of_closed()
            self._core.begin()
            self._writing = writing = Writing()
            call = self._calls.attach(self._messages(writing), metadata=self._metadata)
            writing.call = call
            self._changed.notify_all()
        try:
            self._read(call)
        except grpc.RpcError:
            pass  # the call says how it ended
        finally:
            self._end_writing(writing)
            call.cancel()
        return writing.given_up or end_of_call(call)

    def _end_writing(self, writing: "Writing") -> None:
        with self._lock:
            writing.over = True
            self._established = False
            self._writing = None
            self._wanted.notify_all()

    # Reading and writing

    def _read(self, call: Stream[bytes]) -> None:
        core = self._core
        for data in call:
            if core.take(AttachResponse.FromString(data), len(data)):
                self._backoff.reset()
            self._established = True
            self._attached.set()

    def _messages(self, writing: "Writing") -> Iterator[bytes]:
        """What is to be written, as gRPC's thread asks for it. The way back to us is the window in which it gathers."""
        while (message := self._next_message(writing)) is not None:
            yield message

    def _next_message(self, writing: "Writing") -> bytes | None:
        core = self._core
        with self._lock:
            while core.lost is None and not writing.over:
                now = time.monotonic()
                message = core.next_message(now)
                if message is not None:
                    return message
                self._writer_sleeps = True
                self._wanted.wait(max(core.lease.next_mark - now, 0))
            return None

    def _wake(self) -> None:
        """Whoever asked has the lock."""
        if self._writer_sleeps:
            self._writer_sleeps = False
            self._wanted.notify_all()

    # Watching

    def _keep_watch(self) -> None:
        """End each stream on which nothing is confirmed for a whole lease."""
        with self._lock:
            while not self._over:
                left = self._core.lease.deadline - time.monotonic()
                writing = self._writing
                if writing is None or writing.given_up is not None:
                    self._changed.wait()
                elif left > 0:
                    self._changed.wait(left)
                else:
                    self._give_up(CallEnd(grpc.StatusCode.DEADLINE_EXCEEDED, "no answer"))

    def _give_up(self, end: CallEnd) -> None:
        with self._lock:
            writing = self._writing
            if writing is None or writing.call is None or writing.given_up is not None:
                return
            writing.given_up = end
            writing.call.cancel()


class Writing:
    """The stream that there is, as the threads that do not read it see it."""

    def __init__(self) -> None:
        self.call: Stream[bytes] | None = None
        self.over = False
        """Whether nothing more is to be written to it."""
        self.given_up: CallEnd | None = None
        """How it ends where it was not the agent that ended it."""
