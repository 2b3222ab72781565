"""The commands, written into the contract's messages. Nothing is judged here: the agent judges.

Each function fills one Command for an operation; sends have send_frames.py. Times are seconds, None means that the
field stays unset.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from google.protobuf.duration_pb2 import Duration

from telesock.client.core.options import write_options
from telesock.client.core.pattern import Pattern
from telesock.client.enumerations import (
    AddressFamily,
    Digest,
    IndicationKind,
    QueryKind,
    SendLevel,
    SocketCategory,
)
from telesock.v1.faults_pb2 import Fault
from telesock.v1.options_pb2 import SocketOption, SocketOptionKind
from telesock.v1.sessions_pb2 import Command
from telesock.v1.sockets_pb2 import (
    DISCONNECT_MODE_ABORTIVE,
    AcceptRequest,
    BindRequest,
    CloseRequest,
    ConnectRequest,
    ControlSocketRequest,
    CreateSocketRequest,
    DisconnectRequest,
    EventCallbacks,
    InspectCompleteRequest,
    ListenRequest,
    ReceiveFromRequest,
    RelayRequest,
    ResolveRequest,
    SendRequest,
    SendToRequest,
    SetEventCallbacksRequest,
    SocketSpec,
)
from telesock.v1.types_pb2 import Endpoint

Bytes = bytes | bytearray | memoryview


def duration(seconds: float | None) -> Duration | None:
    """Write a time span."""
    if seconds is None:
        return None
    written = Duration()
    written.FromNanoseconds(round(seconds * 1e9))
    return written


def as_bytes(data: Bytes) -> bytes:
    """Return the bytes of a buffer. Raises TypeError for anything else."""
    return data if isinstance(data, bytes) else bytes(memoryview(data))


def spec(
    category: SocketCategory,
    family: AddressFamily | None,
    options: Mapping[str, Any] | None = None,
    host: str = "",
) -> SocketSpec:
    """Write what a socket is to be; of the family that a host leaves no choice about, unless one is named."""
    if family is None and host.startswith("unix:"):
        family = AddressFamily.UNIX
    elif family is None and ":" in host:
        family = AddressFamily.IPV6
    return SocketSpec(
        category=category,  # type: ignore[arg-type]  # the contract's numbers
        family=family or 0,  # type: ignore[arg-type]  # the same
        options=write_options(options or {}),
    )


def endpoint(address: tuple[str, int] | None) -> Endpoint | None:
    """Write an address."""
    return None if address is None else Endpoint(host=address[0], port=address[1])


def create_socket(
    command: Command, operation_id: int, socket_id: int, wanted: SocketSpec, faults: Sequence[Fault] = ()
) -> None:
    """Make a socket, with faults."""
    request = CreateSocketRequest(operation_id=operation_id, socket_id=socket_id, spec=wanted, faults=faults)
    command.create_socket.MergeFrom(request)


def bind(command: Command, operation_id: int, socket_id: int, local: Endpoint) -> None:
    """Give a socket its local address."""
    command.bind.MergeFrom(BindRequest(operation_id=operation_id, socket_id=socket_id, local=local))


def connect(
    command: Command,
    operation_id: int,
    socket_id: int,
    wanted: SocketSpec | None,
    remote: Endpoint,
    local: Endpoint | None,
    initial_data: bytes,
    timeout: float | None,
    callbacks: EventCallbacks | None,
    faults: Sequence[Fault] = (),
) -> None:
    """Connect a socket; with `wanted`, make one, with faults."""
    command.connect.MergeFrom(
        ConnectRequest(
            operation_id=operation_id,
            socket_id=socket_id,
            spec=wanted,
            remote=remote,
            local=local,
            initial_data=initial_data,
            timeout=duration(timeout),
            callbacks=callbacks,
            faults=faults,
        )
    )


def callbacks(kinds: Iterable[IndicationKind], credit_bytes: int) -> EventCallbacks | None:
    """Write which indications a socket gives from its birth on; none for none."""
    enabled = list(kinds)
    if not enabled and not credit_bytes:
        return None
    return EventCallbacks(enable=enabled, credit_bytes=credit_bytes)  # type: ignore[arg-type]  # as above


def receive(
    command: Command,
    operation_id: int,
    socket_id: int,
    length: int,
    wait_all: bool,
    drain: bool,
    peek: bool,
    timeout: float | None,
    digest: Digest | None = None,
    check: Pattern | None = None,
) -> None:
    """Receive bytes, or what is kept of them."""
    request = command.receive
    request.operation_id = operation_id
    request.socket_id = socket_id
    request.length = length
    request.wait_all = wait_all
    request.drain = drain
    request.peek = peek
    if timeout is not None:
        request.timeout.CopyFrom(duration(timeout))  # type: ignore[arg-type]  # it is not None
    if digest is not None:
        request.digest = digest  # type: ignore[assignment]  # the contract's numbers
    if check is not None:
        request.check.seed, request.check.offset = check
        request.check.SetInParent()


def disconnect(
    command: Command,
    operation_id: int,
    socket_id: int,
    abortive: bool,
    final_data: bytes,
    timeout: float | None,
    abort_on_timeout: bool,
) -> None:
    """End a connection."""
    command.disconnect.MergeFrom(
        DisconnectRequest(
            operation_id=operation_id,
            socket_id=socket_id,
            mode=DISCONNECT_MODE_ABORTIVE if abortive else None,
            final_data=final_data,
            timeout=duration(timeout),
            abort_on_timeout=abort_on_timeout,
        )
    )


def close(command: Command, operation_id: int, socket_id: int, graceful: bool, timeout: float | None) -> None:
    """Release a socket."""
    command.close.MergeFrom(
        CloseRequest(
            operation_id=operation_id, socket_id=socket_id, graceful=graceful, timeout=duration(timeout)
        )
    )


def set_event_callbacks(
    command: Command,
    operation_id: int,
    socket_id: int,
    enable: Iterable[IndicationKind],
    disable: Iterable[IndicationKind],
    credit_bytes: int,
    credit_connections: int = 0,
    credit_datagrams: int = 0,
) -> None:
    """Change what a socket indicates, or with socket 0 all of them."""
    command.set_event_callbacks.MergeFrom(
        SetEventCallbacksRequest(
            operation_id=operation_id,
            socket_id=socket_id,
            enable=list(enable),  # type: ignore[arg-type]  # the contract's numbers
            disable=list(disable),  # type: ignore[arg-type]  # the same
            credit_bytes=credit_bytes,
            credit_connections=credit_connections,
            credit_datagrams=credit_datagrams,
        )
    )


def listen(command: Command, operation_id: int, socket_id: int) -> None:
    """Let a stream socket take connections."""
    command.listen.MergeFrom(ListenRequest(operation_id=operation_id, socket_id=socket_id))


def accept(
    command: Command,
    operation_id: int,
    socket_id: int,
    timeout: float | None,
    callbacks: EventCallbacks | None,
    faults: Sequence[Fault] = (),
) -> None:
    """Take the next connection, with faults."""
    request = AcceptRequest(
        operation_id=operation_id,
        socket_id=socket_id,
        timeout=duration(timeout),
        callbacks=callbacks,
        faults=faults,
    )
    command.accept.MergeFrom(request)


def relay(
    command: Command,
    operation_id: int,
    socket_id: int,
    upstream: Endpoint,
    connect_timeout: float | None,
) -> None:
    """Forward the connections of a listener."""
    request = RelayRequest(
        operation_id=operation_id,
        socket_id=socket_id,
        upstream=upstream,
        connect_timeout=duration(connect_timeout),
    )
    command.relay.MergeFrom(request)


def inspect_complete(
    command: Command, operation_id: int, socket_id: int, inspect_id: int, accepting: bool
) -> None:
    """Decide about a connection that is held."""
    request = InspectCompleteRequest(
        operation_id=operation_id, socket_id=socket_id, inspect_id=inspect_id, accept=accepting
    )
    command.inspect_complete.MergeFrom(request)


def send_pattern(
    command: Command,
    operation_id: int,
    socket_id: int,
    pattern: Pattern,
    length: int,
    stream_offset: int | None,
    level: SendLevel,
    timeout: float | None,
) -> None:
    """Send bytes made from a seed."""
    request = SendRequest(
        operation_id=operation_id,
        socket_id=socket_id,
        level=level,  # type: ignore[arg-type]  # the contract's numbers
        pattern_length=length,
        stream_offset=stream_offset,
        timeout=duration(timeout),
    )
    request.pattern.seed, request.pattern.offset = pattern
    request.pattern.SetInParent()
    command.send.MergeFrom(request)


def send(
    command: Command,
    operation_id: int,
    socket_id: int,
    data: bytes,
    stream_offset: int | None,
    level: SendLevel,
    timeout: float | None,
) -> None:
    """Send bytes, as a link of a chain; others have frames of their own (send_frames.py)."""
    request = SendRequest(
        operation_id=operation_id,
        socket_id=socket_id,
        data=data,
        level=level,  # type: ignore[arg-type]  # the contract's numbers
        stream_offset=stream_offset,
        timeout=duration(timeout),
    )
    command.send.MergeFrom(request)


def send_to(
    command: Command,
    operation_id: int,
    socket_id: int,
    datagrams: Sequence[bytes],
    remote: Endpoint | None,
    timeout: float | None,
) -> None:
    """Send datagrams."""
    request = SendToRequest(
        operation_id=operation_id,
        socket_id=socket_id,
        datagrams=datagrams,
        remote=remote,
        timeout=duration(timeout),
    )
    command.send_to.MergeFrom(request)


def receive_from(
    command: Command, operation_id: int, socket_id: int, length: int, timeout: float | None
) -> None:
    """Receive a datagram."""
    request = ReceiveFromRequest(
        operation_id=operation_id, socket_id=socket_id, length=length, timeout=duration(timeout)
    )
    command.receive_from.MergeFrom(request)


def set_option(command: Command, operation_id: int, socket_id: int, option: SocketOption) -> None:
    """Set an option."""
    request = ControlSocketRequest(operation_id=operation_id, socket_id=socket_id, set=option)
    command.control_socket.MergeFrom(request)


def get_options(
    command: Command, operation_id: int, socket_id: int, kinds: Sequence[SocketOptionKind]
) -> None:
    """Read options; none named means all."""
    request = ControlSocketRequest(operation_id=operation_id, socket_id=socket_id)
    request.get.kinds.extend(kinds)
    request.get.SetInParent()
    command.control_socket.MergeFrom(request)


def query(command: Command, operation_id: int, socket_id: int, kinds: Iterable[QueryKind]) -> None:
    """Ask queries."""
    request = ControlSocketRequest(operation_id=operation_id, socket_id=socket_id)
    request.query.kinds.extend(kinds)  # type: ignore[arg-type]  # the contract's numbers
    request.query.SetInParent()
    command.control_socket.MergeFrom(request)


def resolve(command: Command, operation_id: int, request: ResolveRequest) -> None:
    """Look something up."""
    command.resolve.MergeFrom(request)
    command.resolve.operation_id = operation_id
