import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from telesock.v1 import options_pb2 as _options_pb2
from telesock.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OperationKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPERATION_KIND_UNSPECIFIED: _ClassVar[OperationKind]
    OPERATION_KIND_CREATE_SOCKET: _ClassVar[OperationKind]
    OPERATION_KIND_BIND: _ClassVar[OperationKind]
    OPERATION_KIND_CONNECT: _ClassVar[OperationKind]
    OPERATION_KIND_SEND: _ClassVar[OperationKind]
    OPERATION_KIND_RECEIVE: _ClassVar[OperationKind]
    OPERATION_KIND_DISCONNECT: _ClassVar[OperationKind]
    OPERATION_KIND_CLOSE: _ClassVar[OperationKind]
    OPERATION_KIND_SET_EVENT_CALLBACKS: _ClassVar[OperationKind]
    OPERATION_KIND_LISTEN: _ClassVar[OperationKind]
    OPERATION_KIND_ACCEPT: _ClassVar[OperationKind]
    OPERATION_KIND_INSPECT_COMPLETE: _ClassVar[OperationKind]
    OPERATION_KIND_SEND_TO: _ClassVar[OperationKind]
    OPERATION_KIND_RECEIVE_FROM: _ClassVar[OperationKind]
    OPERATION_KIND_CONTROL_SOCKET: _ClassVar[OperationKind]
    OPERATION_KIND_RESOLVE: _ClassVar[OperationKind]
    OPERATION_KIND_CHAIN: _ClassVar[OperationKind]
    OPERATION_KIND_RELAY: _ClassVar[OperationKind]

class OperationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPERATION_STATE_UNSPECIFIED: _ClassVar[OperationState]
    OPERATION_STATE_PENDING: _ClassVar[OperationState]
    OPERATION_STATE_COMPLETED: _ClassVar[OperationState]

class CancelOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CANCEL_OUTCOME_UNSPECIFIED: _ClassVar[CancelOutcome]
    CANCEL_OUTCOME_CANCELLED: _ClassVar[CancelOutcome]
    CANCEL_OUTCOME_TOO_LATE: _ClassVar[CancelOutcome]
    CANCEL_OUTCOME_NOT_FOUND: _ClassVar[CancelOutcome]
OPERATION_KIND_UNSPECIFIED: OperationKind
OPERATION_KIND_CREATE_SOCKET: OperationKind
OPERATION_KIND_BIND: OperationKind
OPERATION_KIND_CONNECT: OperationKind
OPERATION_KIND_SEND: OperationKind
OPERATION_KIND_RECEIVE: OperationKind
OPERATION_KIND_DISCONNECT: OperationKind
OPERATION_KIND_CLOSE: OperationKind
OPERATION_KIND_SET_EVENT_CALLBACKS: OperationKind
OPERATION_KIND_LISTEN: OperationKind
OPERATION_KIND_ACCEPT: OperationKind
OPERATION_KIND_INSPECT_COMPLETE: OperationKind
OPERATION_KIND_SEND_TO: OperationKind
OPERATION_KIND_RECEIVE_FROM: OperationKind
OPERATION_KIND_CONTROL_SOCKET: OperationKind
OPERATION_KIND_RESOLVE: OperationKind
OPERATION_KIND_CHAIN: OperationKind
OPERATION_KIND_RELAY: OperationKind
OPERATION_STATE_UNSPECIFIED: OperationState
OPERATION_STATE_PENDING: OperationState
OPERATION_STATE_COMPLETED: OperationState
CANCEL_OUTCOME_UNSPECIFIED: CancelOutcome
CANCEL_OUTCOME_CANCELLED: CancelOutcome
CANCEL_OUTCOME_TOO_LATE: CancelOutcome
CANCEL_OUTCOME_NOT_FOUND: CancelOutcome

class Operation(_message.Message):
    __slots__ = ("session_id", "operation_id", "kind", "socket_id", "state", "completion", "completion_sequence")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    kind: OperationKind
    socket_id: int
    state: OperationState
    completion: Completion
    completion_sequence: int
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., kind: _Optional[_Union[OperationKind, str]] = ..., socket_id: _Optional[int] = ..., state: _Optional[_Union[OperationState, str]] = ..., completion: _Optional[_Union[Completion, _Mapping]] = ..., completion_sequence: _Optional[int] = ...) -> None: ...

class Completion(_message.Message):
    __slots__ = ("status", "kind", "transferred_bytes", "cause", "bind", "connect", "receive", "disconnect", "close", "accept", "send_to", "receive_from", "control", "resolve", "chain", "relay", "cancelled_by_operation", "faults")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TRANSFERRED_BYTES_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    BIND_FIELD_NUMBER: _ClassVar[int]
    CONNECT_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_FIELD_NUMBER: _ClassVar[int]
    DISCONNECT_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_FIELD_NUMBER: _ClassVar[int]
    SEND_TO_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_FROM_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_FIELD_NUMBER: _ClassVar[int]
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    RELAY_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_BY_OPERATION_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    status: _types_pb2.Status
    kind: OperationKind
    transferred_bytes: int
    cause: _types_pb2.Cause
    bind: BindResult
    connect: ConnectResult
    receive: ReceiveResult
    disconnect: DisconnectResult
    close: CloseResult
    accept: AcceptResult
    send_to: SendToResult
    receive_from: ReceiveFromResult
    control: ControlResult
    resolve: ResolveResult
    chain: ChainResult
    relay: RelayResult
    cancelled_by_operation: int
    faults: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, status: _Optional[_Union[_types_pb2.Status, str]] = ..., kind: _Optional[_Union[OperationKind, str]] = ..., transferred_bytes: _Optional[int] = ..., cause: _Optional[_Union[_types_pb2.Cause, _Mapping]] = ..., bind: _Optional[_Union[BindResult, _Mapping]] = ..., connect: _Optional[_Union[ConnectResult, _Mapping]] = ..., receive: _Optional[_Union[ReceiveResult, _Mapping]] = ..., disconnect: _Optional[_Union[DisconnectResult, _Mapping]] = ..., close: _Optional[_Union[CloseResult, _Mapping]] = ..., accept: _Optional[_Union[AcceptResult, _Mapping]] = ..., send_to: _Optional[_Union[SendToResult, _Mapping]] = ..., receive_from: _Optional[_Union[ReceiveFromResult, _Mapping]] = ..., control: _Optional[_Union[ControlResult, _Mapping]] = ..., resolve: _Optional[_Union[ResolveResult, _Mapping]] = ..., chain: _Optional[_Union[ChainResult, _Mapping]] = ..., relay: _Optional[_Union[RelayResult, _Mapping]] = ..., cancelled_by_operation: _Optional[int] = ..., faults: _Optional[_Iterable[str]] = ...) -> None: ...

class RelayResult(_message.Message):
    __slots__ = ("connections", "failures", "bytes_to_upstream", "bytes_to_client")
    CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    BYTES_TO_UPSTREAM_FIELD_NUMBER: _ClassVar[int]
    BYTES_TO_CLIENT_FIELD_NUMBER: _ClassVar[int]
    connections: int
    failures: int
    bytes_to_upstream: int
    bytes_to_client: int
    def __init__(self, connections: _Optional[int] = ..., failures: _Optional[int] = ..., bytes_to_upstream: _Optional[int] = ..., bytes_to_client: _Optional[int] = ...) -> None: ...

class BindResult(_message.Message):
    __slots__ = ("local",)
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    local: _types_pb2.Endpoint
    def __init__(self, local: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ...) -> None: ...

class ConnectResult(_message.Message):
    __slots__ = ("local", "remote", "attempts")
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    local: _types_pb2.Endpoint
    remote: _types_pb2.Endpoint
    attempts: _containers.RepeatedCompositeFieldContainer[ConnectAttempt]
    def __init__(self, local: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., remote: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., attempts: _Optional[_Iterable[_Union[ConnectAttempt, _Mapping]]] = ...) -> None: ...

class ConnectAttempt(_message.Message):
    __slots__ = ("remote", "status", "cause")
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    remote: _types_pb2.Endpoint
    status: _types_pb2.Status
    cause: _types_pb2.Cause
    def __init__(self, remote: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., status: _Optional[_Union[_types_pb2.Status, str]] = ..., cause: _Optional[_Union[_types_pb2.Cause, _Mapping]] = ...) -> None: ...

class ReceiveResult(_message.Message):
    __slots__ = ("data", "stream_offset", "end_of_stream", "digest", "first_difference")
    DATA_FIELD_NUMBER: _ClassVar[int]
    STREAM_OFFSET_FIELD_NUMBER: _ClassVar[int]
    END_OF_STREAM_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    FIRST_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    stream_offset: int
    end_of_stream: bool
    digest: bytes
    first_difference: int
    def __init__(self, data: _Optional[bytes] = ..., stream_offset: _Optional[int] = ..., end_of_stream: bool = ..., digest: _Optional[bytes] = ..., first_difference: _Optional[int] = ...) -> None: ...

class AcceptResult(_message.Message):
    __slots__ = ("socket_id", "local", "remote", "inspect_id")
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    INSPECT_ID_FIELD_NUMBER: _ClassVar[int]
    socket_id: int
    local: _types_pb2.Endpoint
    remote: _types_pb2.Endpoint
    inspect_id: int
    def __init__(self, socket_id: _Optional[int] = ..., local: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., remote: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., inspect_id: _Optional[int] = ...) -> None: ...

class SendToResult(_message.Message):
    __slots__ = ("datagrams",)
    DATAGRAMS_FIELD_NUMBER: _ClassVar[int]
    datagrams: int
    def __init__(self, datagrams: _Optional[int] = ...) -> None: ...

class ReceiveFromResult(_message.Message):
    __slots__ = ("datagram",)
    DATAGRAM_FIELD_NUMBER: _ClassVar[int]
    datagram: Datagram
    def __init__(self, datagram: _Optional[_Union[Datagram, _Mapping]] = ...) -> None: ...

class Datagram(_message.Message):
    __slots__ = ("data", "remote", "local", "truncated", "broadcast", "multicast")
    DATA_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    BROADCAST_FIELD_NUMBER: _ClassVar[int]
    MULTICAST_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    remote: _types_pb2.Endpoint
    local: _types_pb2.Endpoint
    truncated: bool
    broadcast: bool
    multicast: bool
    def __init__(self, data: _Optional[bytes] = ..., remote: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., local: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., truncated: bool = ..., broadcast: bool = ..., multicast: bool = ...) -> None: ...

class ControlResult(_message.Message):
    __slots__ = ("options", "unavailable", "queries")
    class UnavailableEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    UNAVAILABLE_FIELD_NUMBER: _ClassVar[int]
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    options: _containers.RepeatedCompositeFieldContainer[_options_pb2.SocketOption]
    unavailable: _containers.ScalarMap[str, str]
    queries: _options_pb2.SocketQueries
    def __init__(self, options: _Optional[_Iterable[_Union[_options_pb2.SocketOption, _Mapping]]] = ..., unavailable: _Optional[_Mapping[str, str]] = ..., queries: _Optional[_Union[_options_pb2.SocketQueries, _Mapping]] = ...) -> None: ...

class ResolveResult(_message.Message):
    __slots__ = ("addresses", "canonical_name", "host_name", "service_name")
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    CANONICAL_NAME_FIELD_NUMBER: _ClassVar[int]
    HOST_NAME_FIELD_NUMBER: _ClassVar[int]
    SERVICE_NAME_FIELD_NUMBER: _ClassVar[int]
    addresses: _containers.RepeatedCompositeFieldContainer[_types_pb2.Endpoint]
    canonical_name: str
    host_name: str
    service_name: str
    def __init__(self, addresses: _Optional[_Iterable[_Union[_types_pb2.Endpoint, _Mapping]]] = ..., canonical_name: _Optional[str] = ..., host_name: _Optional[str] = ..., service_name: _Optional[str] = ...) -> None: ...

class ChainResult(_message.Message):
    __slots__ = ("rounds", "failed_link")
    ROUNDS_FIELD_NUMBER: _ClassVar[int]
    FAILED_LINK_FIELD_NUMBER: _ClassVar[int]
    rounds: int
    failed_link: int
    def __init__(self, rounds: _Optional[int] = ..., failed_link: _Optional[int] = ...) -> None: ...

class DisconnectResult(_message.Message):
    __slots__ = ("tcp_info", "final_bytes", "unsent_bytes", "unacknowledged_bytes")
    TCP_INFO_FIELD_NUMBER: _ClassVar[int]
    FINAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    UNSENT_BYTES_FIELD_NUMBER: _ClassVar[int]
    UNACKNOWLEDGED_BYTES_FIELD_NUMBER: _ClassVar[int]
    tcp_info: _types_pb2.TcpInfo
    final_bytes: int
    unsent_bytes: int
    unacknowledged_bytes: int
    def __init__(self, tcp_info: _Optional[_Union[_types_pb2.TcpInfo, _Mapping]] = ..., final_bytes: _Optional[int] = ..., unsent_bytes: _Optional[int] = ..., unacknowledged_bytes: _Optional[int] = ...) -> None: ...

class CloseResult(_message.Message):
    __slots__ = ("aborted", "discarded_bytes")
    ABORTED_FIELD_NUMBER: _ClassVar[int]
    DISCARDED_BYTES_FIELD_NUMBER: _ClassVar[int]
    aborted: bool
    discarded_bytes: int
    def __init__(self, aborted: bool = ..., discarded_bytes: _Optional[int] = ...) -> None: ...

class GetOperationRequest(_message.Message):
    __slots__ = ("session_id", "operation_id")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ...) -> None: ...

class GetOperationResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: Operation
    def __init__(self, operation: _Optional[_Union[Operation, _Mapping]] = ...) -> None: ...

class ListOperationsRequest(_message.Message):
    __slots__ = ("session_id", "socket_id", "pending_only", "page_size", "after_operation_id")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    PENDING_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    AFTER_OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    socket_id: int
    pending_only: bool
    page_size: int
    after_operation_id: int
    def __init__(self, session_id: _Optional[str] = ..., socket_id: _Optional[int] = ..., pending_only: bool = ..., page_size: _Optional[int] = ..., after_operation_id: _Optional[int] = ...) -> None: ...

class ListOperationsResponse(_message.Message):
    __slots__ = ("operations",)
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    operations: _containers.RepeatedCompositeFieldContainer[Operation]
    def __init__(self, operations: _Optional[_Iterable[_Union[Operation, _Mapping]]] = ...) -> None: ...

class WaitOperationRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "timeout")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    timeout: _duration_pb2.Duration
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class WaitOperationResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: Operation
    def __init__(self, operation: _Optional[_Union[Operation, _Mapping]] = ...) -> None: ...

class CancelOperationRequest(_message.Message):
    __slots__ = ("session_id", "operation_id")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ...) -> None: ...

class CancelOperationResponse(_message.Message):
    __slots__ = ("operation_id", "outcome")
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    operation_id: int
    outcome: CancelOutcome
    def __init__(self, operation_id: _Optional[int] = ..., outcome: _Optional[_Union[CancelOutcome, str]] = ...) -> None: ...
