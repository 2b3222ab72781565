import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from telesock.v1 import operations_pb2 as _operations_pb2
from telesock.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PeerDisconnectKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PEER_DISCONNECT_KIND_UNSPECIFIED: _ClassVar[PeerDisconnectKind]
    PEER_DISCONNECT_KIND_GRACEFUL: _ClassVar[PeerDisconnectKind]
    PEER_DISCONNECT_KIND_ABORTIVE: _ClassVar[PeerDisconnectKind]

class StallReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STALL_REASON_UNSPECIFIED: _ClassVar[StallReason]
    STALL_REASON_CREDIT: _ClassVar[StallReason]
    STALL_REASON_JOURNAL: _ClassVar[StallReason]

class EventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_KIND_UNSPECIFIED: _ClassVar[EventKind]
    EVENT_KIND_COMPLETION: _ClassVar[EventKind]
    EVENT_KIND_DATA_RECEIVED: _ClassVar[EventKind]
    EVENT_KIND_PEER_DISCONNECTED: _ClassVar[EventKind]
    EVENT_KIND_SOCKET_CLOSED: _ClassVar[EventKind]
    EVENT_KIND_CREDIT_STALLED: _ClassVar[EventKind]
    EVENT_KIND_SESSION_EXPIRING: _ClassVar[EventKind]
    EVENT_KIND_DRAINING: _ClassVar[EventKind]
    EVENT_KIND_DATAGRAM_RECEIVED: _ClassVar[EventKind]
    EVENT_KIND_CONNECTION_ACCEPTED: _ClassVar[EventKind]
    EVENT_KIND_CONNECTION_INSPECT: _ClassVar[EventKind]
    EVENT_KIND_CONNECTION_INSPECT_ABORTED: _ClassVar[EventKind]
    EVENT_KIND_SEND_BACKLOG_CHANGED: _ClassVar[EventKind]
    EVENT_KIND_CHAIN_PROGRESS: _ClassVar[EventKind]
PEER_DISCONNECT_KIND_UNSPECIFIED: PeerDisconnectKind
PEER_DISCONNECT_KIND_GRACEFUL: PeerDisconnectKind
PEER_DISCONNECT_KIND_ABORTIVE: PeerDisconnectKind
STALL_REASON_UNSPECIFIED: StallReason
STALL_REASON_CREDIT: StallReason
STALL_REASON_JOURNAL: StallReason
EVENT_KIND_UNSPECIFIED: EventKind
EVENT_KIND_COMPLETION: EventKind
EVENT_KIND_DATA_RECEIVED: EventKind
EVENT_KIND_PEER_DISCONNECTED: EventKind
EVENT_KIND_SOCKET_CLOSED: EventKind
EVENT_KIND_CREDIT_STALLED: EventKind
EVENT_KIND_SESSION_EXPIRING: EventKind
EVENT_KIND_DRAINING: EventKind
EVENT_KIND_DATAGRAM_RECEIVED: EventKind
EVENT_KIND_CONNECTION_ACCEPTED: EventKind
EVENT_KIND_CONNECTION_INSPECT: EventKind
EVENT_KIND_CONNECTION_INSPECT_ABORTED: EventKind
EVENT_KIND_SEND_BACKLOG_CHANGED: EventKind
EVENT_KIND_CHAIN_PROGRESS: EventKind

class Event(_message.Message):
    __slots__ = ("sequence", "monotonic_ns", "wall_ns", "socket_id", "operation_id", "completion", "data_received", "peer_disconnected", "socket_closed", "credit_stalled", "session_expiring", "draining", "datagram_received", "connection_accepted", "connection_inspect", "connection_inspect_aborted", "send_backlog_changed", "chain_progress")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    MONOTONIC_NS_FIELD_NUMBER: _ClassVar[int]
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_FIELD_NUMBER: _ClassVar[int]
    DATA_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    PEER_DISCONNECTED_FIELD_NUMBER: _ClassVar[int]
    SOCKET_CLOSED_FIELD_NUMBER: _ClassVar[int]
    CREDIT_STALLED_FIELD_NUMBER: _ClassVar[int]
    SESSION_EXPIRING_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    DATAGRAM_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_INSPECT_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_INSPECT_ABORTED_FIELD_NUMBER: _ClassVar[int]
    SEND_BACKLOG_CHANGED_FIELD_NUMBER: _ClassVar[int]
    CHAIN_PROGRESS_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    monotonic_ns: int
    wall_ns: int
    socket_id: int
    operation_id: int
    completion: _operations_pb2.Completion
    data_received: DataReceived
    peer_disconnected: PeerDisconnected
    socket_closed: SocketClosed
    credit_stalled: CreditStalled
    session_expiring: SessionExpiring
    draining: Draining
    datagram_received: DatagramReceived
    connection_accepted: ConnectionAccepted
    connection_inspect: ConnectionInspect
    connection_inspect_aborted: ConnectionInspectAborted
    send_backlog_changed: SendBacklogChanged
    chain_progress: ChainProgress
    def __init__(self, sequence: _Optional[int] = ..., monotonic_ns: _Optional[int] = ..., wall_ns: _Optional[int] = ..., socket_id: _Optional[int] = ..., operation_id: _Optional[int] = ..., completion: _Optional[_Union[_operations_pb2.Completion, _Mapping]] = ..., data_received: _Optional[_Union[DataReceived, _Mapping]] = ..., peer_disconnected: _Optional[_Union[PeerDisconnected, _Mapping]] = ..., socket_closed: _Optional[_Union[SocketClosed, _Mapping]] = ..., credit_stalled: _Optional[_Union[CreditStalled, _Mapping]] = ..., session_expiring: _Optional[_Union[SessionExpiring, _Mapping]] = ..., draining: _Optional[_Union[Draining, _Mapping]] = ..., datagram_received: _Optional[_Union[DatagramReceived, _Mapping]] = ..., connection_accepted: _Optional[_Union[ConnectionAccepted, _Mapping]] = ..., connection_inspect: _Optional[_Union[ConnectionInspect, _Mapping]] = ..., connection_inspect_aborted: _Optional[_Union[ConnectionInspectAborted, _Mapping]] = ..., send_backlog_changed: _Optional[_Union[SendBacklogChanged, _Mapping]] = ..., chain_progress: _Optional[_Union[ChainProgress, _Mapping]] = ...) -> None: ...

class DataReceived(_message.Message):
    __slots__ = ("data", "stream_offset")
    DATA_FIELD_NUMBER: _ClassVar[int]
    STREAM_OFFSET_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    stream_offset: int
    def __init__(self, data: _Optional[bytes] = ..., stream_offset: _Optional[int] = ...) -> None: ...

class DatagramReceived(_message.Message):
    __slots__ = ("datagram",)
    DATAGRAM_FIELD_NUMBER: _ClassVar[int]
    datagram: _operations_pb2.Datagram
    def __init__(self, datagram: _Optional[_Union[_operations_pb2.Datagram, _Mapping]] = ...) -> None: ...

class ConnectionAccepted(_message.Message):
    __slots__ = ("accepted",)
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    accepted: _operations_pb2.AcceptResult
    def __init__(self, accepted: _Optional[_Union[_operations_pb2.AcceptResult, _Mapping]] = ...) -> None: ...

class ConnectionInspect(_message.Message):
    __slots__ = ("inspect_id", "local", "remote")
    INSPECT_ID_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    inspect_id: int
    local: _types_pb2.Endpoint
    remote: _types_pb2.Endpoint
    def __init__(self, inspect_id: _Optional[int] = ..., local: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., remote: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ...) -> None: ...

class ConnectionInspectAborted(_message.Message):
    __slots__ = ("inspect_id",)
    INSPECT_ID_FIELD_NUMBER: _ClassVar[int]
    inspect_id: int
    def __init__(self, inspect_id: _Optional[int] = ...) -> None: ...

class SendBacklogChanged(_message.Message):
    __slots__ = ("ideal_bytes",)
    IDEAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    ideal_bytes: int
    def __init__(self, ideal_bytes: _Optional[int] = ...) -> None: ...

class ChainProgress(_message.Message):
    __slots__ = ("rounds", "transferred_bytes")
    ROUNDS_FIELD_NUMBER: _ClassVar[int]
    TRANSFERRED_BYTES_FIELD_NUMBER: _ClassVar[int]
    rounds: int
    transferred_bytes: int
    def __init__(self, rounds: _Optional[int] = ..., transferred_bytes: _Optional[int] = ...) -> None: ...

class PeerDisconnected(_message.Message):
    __slots__ = ("kind", "status", "cause")
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    kind: PeerDisconnectKind
    status: _types_pb2.Status
    cause: _types_pb2.Cause
    def __init__(self, kind: _Optional[_Union[PeerDisconnectKind, str]] = ..., status: _Optional[_Union[_types_pb2.Status, str]] = ..., cause: _Optional[_Union[_types_pb2.Cause, _Mapping]] = ...) -> None: ...

class SocketClosed(_message.Message):
    __slots__ = ("status", "cause")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    status: _types_pb2.Status
    cause: _types_pb2.Cause
    def __init__(self, status: _Optional[_Union[_types_pb2.Status, str]] = ..., cause: _Optional[_Union[_types_pb2.Cause, _Mapping]] = ...) -> None: ...

class CreditStalled(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: StallReason
    def __init__(self, reason: _Optional[_Union[StallReason, str]] = ...) -> None: ...

class SessionExpiring(_message.Message):
    __slots__ = ("expires_in",)
    EXPIRES_IN_FIELD_NUMBER: _ClassVar[int]
    expires_in: _duration_pb2.Duration
    def __init__(self, expires_in: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Draining(_message.Message):
    __slots__ = ("grace_period",)
    GRACE_PERIOD_FIELD_NUMBER: _ClassVar[int]
    grace_period: _duration_pb2.Duration
    def __init__(self, grace_period: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class EventBatch(_message.Message):
    __slots__ = ("events", "last_sequence", "gap")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    GAP_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    last_sequence: int
    gap: Gap
    def __init__(self, events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ..., last_sequence: _Optional[int] = ..., gap: _Optional[_Union[Gap, _Mapping]] = ...) -> None: ...

class Gap(_message.Message):
    __slots__ = ("first_sequence", "last_sequence")
    FIRST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    first_sequence: int
    last_sequence: int
    def __init__(self, first_sequence: _Optional[int] = ..., last_sequence: _Optional[int] = ...) -> None: ...

class EventFilter(_message.Message):
    __slots__ = ("socket_ids", "kinds")
    SOCKET_IDS_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    socket_ids: _containers.RepeatedScalarFieldContainer[int]
    kinds: _containers.RepeatedScalarFieldContainer[EventKind]
    def __init__(self, socket_ids: _Optional[_Iterable[int]] = ..., kinds: _Optional[_Iterable[_Union[EventKind, str]]] = ...) -> None: ...
