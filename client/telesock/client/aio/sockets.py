"""A socket on an agent, as an asyncio program uses it: every verb returns its operation at once, without waiting.

Whatever is asked travels in the order of asking. Nothing is judged here: what the agent refuses is raised when the
operation is awaited.
"""

import contextlib
from collections.abc import Iterable
from types import TracebackType
from typing import Self, Unpack

from telesock.client.aio.faults import AsyncFault
from telesock.client.aio.indications import Indications
from telesock.client.aio.operations import Operation
from telesock.client.aio.options import Options
from telesock.client.core import requests
from telesock.client.core.asked import Asked
from telesock.client.core.pattern import Pattern
from telesock.client.core.requests import Bytes, as_bytes
from telesock.client.core.results import Received, address_text, nothing, received, transferred_bytes
from telesock.client.core.sockets import SocketRecord
from telesock.client.enumerations import Digest, IndicationKind, OperationKind, QueryKind, SendLevel
from telesock.client.errors import Rejected, SessionLost
from telesock.client.faults import Effect, Fault, Rule, as_fault
from telesock.v1.operations_pb2 import CloseResult, DisconnectResult
from telesock.v1.options_pb2 import SocketQueries
from telesock.v1.types_pb2 import STATUS_SUCCESS, Endpoint

CLOSE_TIMEOUT = 10.0
"""Seconds that leaving `async with socket` waits for the peer's end before it resets the connection."""


class AsyncSocket:
    """One socket of a session. Made by the session's `create_socket`, `connect` or `take_up_socket`.

    Those of other categories have further verbs: `AsyncListener`, `AsyncStreamSocket`, `AsyncDatagramSocket`.

    `async with socket:` leaves by a graceful close with a timeout of CLOSE_TIMEOUT: what was sent arrives, if the peer
    reads it. A block that is left by a cancelled task closes at once, which resets the connection.
    """

    def __init__(self, core: Asked, record: SocketRecord) -> None:
        self._core = core
        self._record = record
        self.options = Options(core, record)
        """Its options: `await socket.options.set(no_delay=True)`."""

    def __repr__(self) -> str:
        """Number and addresses."""
        return f"<{type(self).__name__} {self.socket_id} local={address_text(self.local)} remote={address_text(self.remote)}>"

    async def __aenter__(self) -> Self:
        """Use the socket until the block is left."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the socket, unless it is closed."""
        if self._record.closed:
            return
        graceful = kind is None or issubclass(kind, Exception)
        with contextlib.suppress(*([SessionLost] if kind else [])):
            await self._close_if_open(graceful)

    async def _close_if_open(self, graceful: bool) -> None:
        try:
            await self.close(graceful=graceful, timeout=CLOSE_TIMEOUT if graceful else None)
        except Rejected as refused:
            if refused.reason not in ("SOCKET_CLOSED", "SOCKET_UNKNOWN"):
                raise

    @property
    def socket_id(self) -> int:
        """Its number in the session."""
        return self._record.socket_id

    @property
    def local(self) -> Endpoint | None:
        """Its local address, once it is bound or connected; also after the connection is gone."""
        return self._record.local

    @property
    def remote(self) -> Endpoint | None:
        """Its remote address, once it is connected; also after the connection is gone."""
        return self._record.remote

    def bind(self, host: str = "", port: int = 0) -> Operation[Endpoint]:
        """Give it a local address. An empty host is the wildcard, port 0 any. Yields the address it got."""
        operation = Operation(
            self._core, OperationKind.BIND, self.socket_id, lambda completion: completion.bind.local
        )
        return self._core.submit(operation, requests.bind, self.socket_id, Endpoint(host=host, port=port))

    def listen(self) -> Operation[None]:
        """Take connections from now on: a stream socket that is bound. What it takes, its `accept` yields."""
        operation = Operation(self._core, OperationKind.LISTEN, self.socket_id, nothing)
        return self._core.submit(operation, requests.listen, self.socket_id)

    def query(self, *kinds: QueryKind) -> Operation[SocketQueries]:
        """Ask for its queues, the kernel's view of it, the host's addresses. Yields the contract's SocketQueries."""
        operation = Operation(
            self._core,
            OperationKind.CONTROL_SOCKET,
            self.socket_id,
            lambda completion: completion.control.queries,
        )
        return self._core.submit(operation, requests.query, self.socket_id, kinds)

    def connect(
        self,
        host: str,
        port: int = 0,
        *,
        initial_data: Bytes = b"",
        timeout: float | None = None,
        indications: Iterable[IndicationKind] = (),
        credit_bytes: int = 0,
    ) -> Operation["AsyncSocket"]:
        """Connect it; it has to be bound. Arguments and failures as in the session's `connect`. Yields itself."""
        data = as_bytes(initial_data)
        callbacks = requests.callbacks(indications, credit_bytes)
        operation = Operation(self._core, OperationKind.CONNECT, self.socket_id, lambda completion: self)
        remote = Endpoint(host=host, port=port)
        self._core.begin_connect(self._record, len(data))
        if callbacks is not None:
            self.expect_indications(credit_bytes)
        return self._core.submit(
            operation, requests.connect, self.socket_id, None, remote, None, data, timeout, callbacks
        )

    def send(
        self, data: Bytes, *, level: SendLevel = SendLevel.WRITTEN, timeout: float | None = None
    ) -> Operation[int]:
        """Send bytes behind all that was sent before. Yields their number: all of them, or it fails.

        WRITTEN is done when the agent's TCP has taken them, ACKNOWLEDGED when the peer's TCP has. `timeout` in seconds,
        None for ever; a send cut by it after its first byte breaks the send side.

        When a send is refused, those pipelined behind it are refused too (STREAM_OFFSET_MISMATCH), so that no byte is
        ever skipped; a send asked for after the refusal came in goes on from what the agent has accepted.
        """
        core, record = self._core, self._record
        operation = Operation(core, OperationKind.SEND, record.socket_id, transferred_bytes)
        return core.submit_send(operation, record, as_bytes(data), level, timeout)

    def receive(
        self,
        length: int,
        *,
        wait_all: bool = False,
        drain: bool = False,
        peek: bool = False,
        timeout: float | None = None,
    ) -> Operation[bytes]:
        """Receive at most `length` bytes, at least one. Yields them; none is the peer's graceful end.

        `wait_all` waits for all of them or the end, `peek` leaves them for the next receive. `drain`, with length 0,
        throws away everything until the end. On a failure the exception's `completion.receive.data` has what had
        arrived.
        """
        operation = Operation(
            self._core, OperationKind.RECEIVE, self.socket_id, lambda completion: completion.receive.data
        )
        return self._core.submit(
            operation, requests.receive, self.socket_id, length, wait_all, drain, peek, timeout
        )

    def send_pattern(
        self,
        length: int,
        pattern: Pattern,
        *,
        level: SendLevel = SendLevel.WRITTEN,
        timeout: float | None = None,
    ) -> Operation[int]:
        """Send `length` bytes that the agent makes from a seed: none of them crosses the control channel.

        As `send` otherwise; no limit on sizes concerns it. `telesock.client.pattern` makes the same bytes.
        """
        core, record = self._core, self._record
        operation = Operation(core, OperationKind.SEND, record.socket_id, transferred_bytes)
        return core.submit_pattern(operation, record, pattern, length, level, timeout)

    def receive_digest(
        self,
        length: int,
        digest: Digest = Digest.SHA256,
        *,
        check: Pattern | None = None,
        wait_all: bool = True,
        timeout: float | None = None,
    ) -> Operation[Received]:
        """Receive `length` bytes and keep only their number and a digest, and where they first differ from a pattern.

        Fewer at the peer's end, or with `wait_all=False` as soon as there are some.
        """
        operation = Operation(self._core, OperationKind.RECEIVE, self.socket_id, received)
        return self._core.submit(
            operation,
            requests.receive,
            self.socket_id,
            length,
            wait_all,
            drain=False,
            peek=False,
            timeout=timeout,
            digest=digest,
            check=check,
        )

    def disconnect(
        self,
        final_data: Bytes = b"",
        *,
        abortive: bool = False,
        timeout: float | None = None,
        abort_on_timeout: bool = False,
    ) -> Operation[DisconnectResult]:
        """End the connection; the socket remains, to be closed.

        Gracefully: all sends, `final_data`, a FIN; done when the peer's TCP has acknowledged all of it, which may be
        never: a `timeout` (seconds) ends the waiting, with `abort_on_timeout` the connection as well. Data still
        arrives until the peer ends its side. Abortively: a RST at once, which also ends a graceful one that hangs.
        """
        operation = Operation(
            self._core, OperationKind.DISCONNECT, self.socket_id, lambda completion: completion.disconnect
        )
        if abortive:
            operation.when_done(lambda: self._aborted(operation))
        data = as_bytes(final_data)
        return self._core.submit(
            operation, requests.disconnect, self.socket_id, abortive, data, timeout, abort_on_timeout
        )

    def abort(self) -> Operation[DisconnectResult]:
        """Disconnect abortively."""
        return self.disconnect(abortive=True)

    def close(self, *, graceful: bool = False, timeout: float | None = None) -> Operation[CloseResult]:
        """Release the socket: everything pending on it ends, and this last.

        A connection that is not disconnected in both directions is reset, unless `graceful`: then sends finish, the
        connection is disconnected, and what arrives is thrown away until the peer's end or the `timeout` (seconds,
        None for the agent's default).
        """
        operation = Operation(
            self._core, OperationKind.CLOSE, self.socket_id, lambda completion: completion.close
        )
        return self._core.submit(operation, requests.close, self.socket_id, graceful, timeout)

    def set_event_callbacks(
        self,
        *,
        enable: Iterable[IndicationKind] = (),
        disable: Iterable[IndicationKind] = (),
        credit_bytes: int = 0,
        credit_connections: int = 0,
        credit_datagrams: int = 0,
    ) -> Operation[None]:
        """Choose what it indicates, and how much may be indicated and not yet released; 0 leaves that.

        On a listener the kinds of connections are those of the sockets that it will indicate, for good.
        """
        enable = list(enable)
        operation = Operation(self._core, OperationKind.SET_EVENT_CALLBACKS, self.socket_id, nothing)
        if enable or credit_bytes:
            self.expect_indications(credit_bytes)
        return self._core.submit(
            operation,
            requests.set_event_callbacks,
            self.socket_id,
            enable,
            list(disable),
            credit_bytes,
            credit_connections,
            credit_datagrams,
        )

    def indications(self, *, auto_release: bool = True) -> Indications:
        """Iterate over what happens unasked, in its order: what was enabled, and stalls and the socket's end.

        Yields the contract's `Event`s, or a `Gap` where Retention.LATEST has lost some. It ends when nothing more can
        come: after a reset or abort, and when the socket is closed. Asking for the next one releases the credit of the
        one before; with `auto_release=False` that is left to `release`. One iteration at a time; a later one goes on
        where this one stopped. Raises SessionLost, and Rejected when a release was refused.
        """
        return Indications(self._core, self._record, auto_release=auto_release)

    def release(
        self, event_sequence: int, accepted_bytes: int | None = None, *, refuse: bool = False
    ) -> None:
        """Give back the credit of an indication and all before it. Not an operation: it leaves at the next turn.

        With `accepted_bytes`, only so many bytes of it are accepted: its rest and all that was indicated after it is
        refused, and comes again after the next `receive`. With `refuse` it is refused as a whole: a connection is reset,
        a datagram and those after it come again once the kind is enabled anew.
        """
        self._core.release(self._record, event_sequence, accepted_bytes, refuse)

    def fault(self, effect: Effect | Fault, **rule: Unpack[Rule]) -> AsyncFault:
        """Return a fault of this socket that is to be, as the session's `fault`; it ends with the socket."""
        rule.setdefault("socket", self.socket_id)
        return AsyncFault(self._core.shell, as_fault(effect, **rule))

    def expect_indications(self, credit_bytes: int) -> None:
        """Indications were asked for, with so much credit of data, by another way than this socket's verbs."""
        self._record.expect(credit_bytes)

    def _aborted(self, operation: Operation[DisconnectResult]) -> None:
        """Nothing arrives after an abort of ours."""
        completion = operation.completion
        if completion is not None and completion.status == STATUS_SUCCESS:
            self._record.end()
