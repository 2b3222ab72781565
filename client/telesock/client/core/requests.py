"""The commands, written into the contract's messages. Nothing is judged here: the agent judges.

Each function fills one Command for an operation; sends have send_frames.py. Times are seconds, None means that the
field stays unset.
"""

from collections.abc import Iterable

from google.protobuf.duration_pb2 import Duration

from telesock.client.enumerations import AddressFamily, IndicationKind, SocketCategory
from telesock.v1.sessions_pb2 import Command
from telesock.v1.sockets_pb2 import (
    DISCONNECT_MODE_ABORTIVE,
    BindRequest,
    CloseRequest,
    ConnectRequest,
    CreateSocketRequest,
    DisconnectRequest,
    EventCallbacks,
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


def spec(category: SocketCategory, family: AddressFamily | None) -> SocketSpec:
    """Write what a socket is to be."""
    return SocketSpec(category=category, family=family or 0)  # type: ignore[arg-type]  # the contract's numbers


def endpoint(address: tuple[str, int] | None) -> Endpoint | None:
    """Write an address."""
    return None if address is None else Endpoint(host=address[0], port=address[1])


def create_socket(command: Command, operation_id: int, socket_id: int, wanted: SocketSpec) -> None:
    """Make a socket."""
    command.create_socket.MergeFrom(
        CreateSocketRequest(operation_id=operation_id, socket_id=socket_id, spec=wanted)
    )


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
) -> None:
    """Connect a socket; with `wanted`, make one."""
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
) -> None:
    """Receive bytes."""
    request = command.receive
    request.operation_id = operation_id
    request.socket_id = socket_id
    request.length = length
    request.wait_all = wait_all
    request.drain = drain
    request.peek = peek
    if timeout is not None:
        request.timeout.CopyFrom(duration(timeout))  # type: ignore[arg-type]  # it is not None


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
) -> None:
    """Change what a socket indicates."""
    command.set_event_callbacks.MergeFrom(
        SetEventCallbacksRequest(
            operation_id=operation_id,
            socket_id=socket_id,
            enable=list(enable),  # type: ignore[arg-type]  # the contract's numbers
            disable=list(disable),  # type: ignore[arg-type]  # the same
            credit_bytes=credit_bytes,
        )
    )
