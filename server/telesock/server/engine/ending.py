"""How a connection ends: graceful and abortive disconnect, close, and who waits for which.

The rules are those of WskDisconnect and WskCloseSocket (docs/semantics.md has them in full). A graceful
disconnect is done when the peer's TCP has acknowledged our FIN, which Linux shows as FIN_WAIT2, or as CLOSE when
the peer had ended first. A reset is made by SO_LINGER {1, 0} before close(2), see socket(7): it works with unread
data and in half-closed states alike, and nothing stays behind in the kernel.

A Unix-domain socket has neither acknowledgements nor resets. Its end is done when it is handed over. A send at
ACKNOWLEDGED is done when SIOCOUTQ has come to 0, that is when the peer's program has read everything that was written,
and a graceful close waits for it. An abort is a close(2): the peer reads an end, after all that was written, or a reset
(ECONNRESET) if it had sent something that was not read.
"""

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from telesock.server.core.events import CloseResult, DisconnectResult
from telesock.server.core.operations import Operation
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Close, Disconnect, Family
from telesock.server.core.states import Happening, Request, State
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status
from telesock.server.engine.faulted_sending import add_faults
from telesock.server.engine.silence import SILENT, close_silently
from telesock.server.engine.sockets import CANCELLED_BY_CLOSE, TIMED_OUT
from telesock.server.engine.tcp_info import FIN_ACKNOWLEDGED, read_tcp_info, unacknowledged_bytes

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection

LINGER_RESET = struct.pack("ii", 1, 0)
_FIRST_LOOK = 0.001  # seconds until the kernel is asked again whether the peer has acknowledged
_LAST_LOOK = 0.04  # and the longest such pause; a peer may delay its acknowledgement by 40 ms

_WAITING = (State.DISCONNECTING, State.DISCONNECTING_LAST)
_UNCONNECTED = (State.CREATED, State.BOUND, State.CONNECTING)


class Ending:
    """What is known of one connection's end, and who waits for it."""

    __slots__ = (
        "_close",
        "_connection",
        "_disconnect",
        "_fin_wanted",
        "_pause",
        "_watch",
        "fin_acknowledged",
        "fin_sent",
    )

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._disconnect: Operation | None = None
        self._close: Operation | None = None
        self._fin_wanted = False
        self.fin_sent = False
        self.fin_acknowledged = False
        self._watch: asyncio.TimerHandle | None = None
        self._pause = _FIRST_LOOK

    # Graceful disconnect

    def disconnect(self, operation: Operation, request: Disconnect) -> None:
        """Begin a graceful disconnect, or join one that nobody waits for, or that is done."""
        connection = self._connection
        following = connection.permit(Request.DISCONNECT)
        if self._fin_wanted and request.final_data:
            raise Refused(
                Reason.WRONG_STATE, "the send side is disconnected already: no final data can follow"
            )
        connection.accept(operation, connection.slots.take_disconnect(abortive=False))
        connection.state = following
        self._disconnect = operation
        connection.start_timer(operation, request.timeout)
        if connection.failure is not None:
            self._complete_disconnect(connection.failure)
        elif self.fin_acknowledged:
            self._complete_disconnect()
        elif not self._fin_wanted:
            if request.final_data:
                connection.sends.put_final(request.final_data)
            self.want_fin()

    def want_fin(self) -> None:
        """Send the FIN as soon as everything before it is written."""
        self._fin_wanted = True
        self._connection.flush()

    def progress(self) -> None:
        """Something was written or acknowledged: go as far towards the end as that allows."""
        connection = self._connection
        if self._fin_wanted and not self.fin_sent and connection.sends.finish():
            self._send_fin()
        if self._fin_wanted and self.fin_sent and not self.fin_acknowledged:
            self._look_for_acknowledgement()

    def _send_fin(self) -> None:
        descriptor = self._connection.descriptor
        if descriptor is None:
            return
        self.fin_sent = True
        try:
            descriptor.shutdown(socket.SHUT_WR)
        except OSError as error:  # the connection is gone already
            self._connection.lost(self._connection.take_error() or error.errno or 0, Phase.DISCONNECT)

    def end_left(self, faults: tuple[str, ...]) -> None:
        """The end of our side has come out of its faults, or was made by one."""
        if self._disconnect is not None:
            add_faults(self._disconnect, faults)
        if not self.fin_sent:
            self._send_fin()
        self.progress()

    def _look_for_acknowledgement(self) -> None:
        connection = self._connection
        if connection.descriptor is None:
            return
        unix = connection.family is Family.UNIX  # nothing is acknowledged there: it is handed over
        if not unix and read_tcp_info(connection.descriptor).state not in FIN_ACKNOWLEDGED:
            self.watch()
            return
        error = connection.take_error()
        if error:
            connection.lost(error, Phase.DISCONNECT)
        else:
            self._fin_was_acknowledged()

    def _fin_was_acknowledged(self) -> None:
        connection = self._connection
        self.fin_acknowledged = True
        if connection.family is not Family.UNIX:
            connection.sends.acknowledged(connection.sends.written)
        connection.happen(Happening.FIN_ACKNOWLEDGED)
        self._complete_disconnect()
        self.maybe_finish_close()

    def _complete_disconnect(self, failure: Failure | None = None) -> None:
        operation, self._disconnect = self._disconnect, None
        if operation is not None:
            result = self.result()
            operation.moved = result.final_bytes
            self._connection.complete(operation, result, failure)

    def stop_waiting(self, failure: Failure) -> None:
        """The wait for a graceful disconnect is over; the disconnect itself goes on."""
        if self._connection.state in _WAITING:
            self._connection.happen(Happening.WAITING_ENDED)
        self._complete_disconnect(failure)

    def give_up(self, failure: Failure) -> None:
        """The send side is broken: no FIN will follow, so a graceful disconnect cannot be done."""
        self._fin_wanted = False
        self._complete_disconnect(failure)

    def time_out(self, request: Disconnect) -> None:
        """The timeout of a graceful disconnect passed."""
        closing = self._connection.state is State.CLOSING
        self.stop_waiting(TIMED_OUT)
        if not request.abort_on_timeout:
            return
        if closing:
            self.finish_close()
        else:
            self._connection.state = self._connection.permit(Request.ABORT)
            self.reset(_ABORTED_BY_DEADLINE)

    def result(self) -> DisconnectResult:
        """The connection as it is now."""
        connection = self._connection
        final = connection.sends.final_bytes
        unsent = connection.sends.unsent
        if connection.descriptor is None:
            return DisconnectResult(None, final, unsent, 0)
        fin = self.fin_sent and not self.fin_acknowledged
        unacknowledged = max(0, unacknowledged_bytes(connection.descriptor) - fin)
        if connection.family is Family.UNIX:  # its count has the kernel's own bytes in it
            return DisconnectResult(None, final, unsent, min(unacknowledged, connection.sends.written))
        return DisconnectResult(read_tcp_info(connection.descriptor), final, unsent, unacknowledged)

    # Acknowledgements: the kernel does not call for each, so it is asked again after a pause

    def watch(self) -> None:
        """Look again soon; sooner after progress, later without."""
        if self._watch is None:
            loop = self._connection.engine.loop
            self._watch = loop.call_later(self._pause, self._look_again)

    def _look_again(self) -> None:
        self._watch = None
        before = self._connection.pending
        self.look()
        self._pause = _FIRST_LOOK if self._connection.pending < before else min(self._pause * 2, _LAST_LOOK)

    def look(self) -> None:
        """Complete what the peer's TCP has acknowledged by now."""
        connection = self._connection
        if connection.descriptor is None:
            return
        if connection.sends.awaits_acknowledgement:
            fin = self.fin_sent and not self.fin_acknowledged
            missing = max(0, unacknowledged_bytes(connection.descriptor) - fin)
            error = connection.take_error() if connection.family is Family.UNIX else 0
            if error:  # a peer that closes has taken nothing of what it did not read
                connection.lost(error, Phase.SEND)
                return
            connection.sends.acknowledged(connection.sends.written - missing)
        if connection.sends.awaits_acknowledgement:
            self.watch()
        self.progress()
        self.maybe_finish_close()

    def _stop_watch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    # Abortive disconnect, and the connection's loss

    def abort(self, operation: Operation) -> None:
        """Reset the connection; everything that is pending completes first."""
        connection = self._connection
        following = connection.permit(Request.ABORT)
        connection.accept(operation, connection.slots.take_disconnect(abortive=True))
        result = self.result()
        if following is State.ABORTED:
            self.reset(_ABORTED)
        connection.state = following
        connection.complete(operation, result)

    def reset(self, failure: Failure) -> None:
        """Send a RST; everything that is pending completes with `failure`."""
        self.end_all(failure)
        self._connection.receives.drop()
        self.drop_descriptor(reset=True)

    def end_all(self, failure: Failure) -> None:
        """Complete receives, sends and the graceful disconnect, in this order."""
        connection = self._connection
        result = self.result() if self._disconnect is not None else None
        connection.receives.end(failure)
        connection.sends.end(failure)
        operation, self._disconnect = self._disconnect, None
        if operation is not None and result is not None:
            operation.moved = result.final_bytes
            connection.complete(operation, result, failure)

    def drop_descriptor(self, *, reset: bool) -> None:
        """Close the descriptor, with a RST if that is asked for."""
        self._stop_watch()
        connection = self._connection
        if connection.faulted is not None:
            connection.faulted.close()
        connection.engine.probing.discard(connection)
        if connection.state in SILENT:
            close_silently(connection)
        elif connection.descriptor is not None and reset:
            connection.descriptor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
        connection.release_descriptor()

    # Close

    def close(self, operation: Operation, request: Close) -> None:
        """Begin a close. A second one ends the first by a reset."""
        connection = self._connection
        following = connection.permit(Request.CLOSE_GRACEFULLY if request.graceful else Request.CLOSE)
        connection.accept(operation, connection.slots.take_close())
        if following is State.CLOSED:
            self.finish_close(operation)
            return
        connection.state = following
        self._close = operation
        default = connection.engine.limits.default_close_timeout
        connection.start_timer(operation, default if request.timeout is None else request.timeout)
        connection.stop_indicating()
        connection.receives.end(CANCELLED_BY_CLOSE)
        if not self._fin_wanted:
            self.want_fin()
        connection.read()
        self.maybe_finish_close()

    def maybe_finish_close(self) -> None:
        """Finish a graceful close once both sides have ended and no send waits to be taken by the peer."""
        connection = self._connection
        ended = self.fin_acknowledged and connection.peer_finished
        if connection.state is State.CLOSING and ended and not connection.sends.awaits_acknowledgement:
            self.finish_close()

    def finish_close(self, operation: Operation | None = None) -> None:
        """Complete what is left, reset what is not ended, and complete the closes last."""
        connection = self._connection
        ended = self.fin_acknowledged and connection.peer_finished
        aborted = connection.state not in _UNCONNECTED and not ended
        connection.end_connecting(CANCELLED_BY_CLOSE)
        self.end_all(CANCELLED_BY_CLOSE)
        discarded = connection.receives.drop()
        self.drop_descriptor(reset=aborted)
        closes = tuple(close for close in (self._close, operation) if close is not None)
        connection.finish_close(closes, CloseResult(aborted, discarded))


_ABORTED = Failure(
    Status.CONNECTION_ABORTED, Cause(Origin.CANCEL, Phase.DISCONNECT, detail="an abortive disconnect")
)
_ABORTED_BY_DEADLINE = Failure(
    Status.CONNECTION_ABORTED,
    Cause(Origin.DEADLINE, Phase.DISCONNECT, detail="a graceful disconnect with abort_on_timeout timed out"),
)
