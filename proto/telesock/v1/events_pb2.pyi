import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from telesock.v1 import faults_pb2 as _faults_pb2
from telesock.v1 import operations_pb2 as _operations_pb2
from telesock.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FaultEnd(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAULT_END_UNSPECIFIED: _ClassVar[FaultEnd]
    FAULT_END_DELETED: _ClassVar[FaultEnd]
    FAULT_END_UPDATED: _ClassVar[FaultEnd]
    FAULT_END_EXPIRED: _ClassVar[FaultEnd]
    FAULT_END_TARGET_GONE: _ClassVar[FaultEnd]
    FAULT_END_SESSION_ENDED: _ClassVar[FaultEnd]

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
    EVENT_KIND_FAULT_FIRED: _ClassVar[EventKind]
    EVENT_KIND_FAULT_ENDED: _ClassVar[EventKind]
    EVENT_KIND_RELAY_CONNECTED: _ClassVar[EventKind]
    EVENT_KIND_RELAY_ENDED: _ClassVar[EventKind]
    EVENT_KIND_POLICY_DENIED: _ClassVar[EventKind]
FAULT_END_UNSPECIFIED: FaultEnd
FAULT_END_DELETED: FaultEnd
FAULT_END_UPDATED: FaultEnd
FAULT_END_EXPIRED: FaultEnd
FAULT_END_TARGET_GONE: FaultEnd
FAULT_END_SESSION_ENDED: FaultEnd
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
EVENT_KIND_FAULT_FIRED: EventKind
EVENT_KIND_FAULT_ENDED: EventKind
EVENT_KIND_RELAY_CONNECTED: EventKind
EVENT_KIND_RELAY_ENDED: EventKind
EVENT_KIND_POLICY_DENIED: EventKind

class Event(_message.Message):
    __slots__ = ("sequence", "monotonic_ns", "wall_ns", "socket_id", "operation_id", "completion", "data_received", "peer_disconnected", "socket_closed", "credit_stalled", "session_expiring", "draining", "datagram_received", "connection_accepted", "connection_inspect", "connection_inspect_aborted", "send_backlog_changed", "chain_progress", "fault_fired", "fault_ended", "relay_connected", "relay_ended", "policy_denied")
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
    FAULT_FIRED_FIELD_NUMBER: _ClassVar[int]
    FAULT_ENDED_FIELD_NUMBER: _ClassVar[int]
    RELAY_CONNECTED_FIELD_NUMBER: _ClassVar[int]
    RELAY_ENDED_FIELD_NUMBER: _ClassVar[int]
    POLICY_DENIED_FIELD_NUMBER: _ClassVar[int]
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
    fault_fired: FaultFired
    fault_ended: FaultEnded
    relay_connected: RelayConnected
    relay_ended: RelayEnded
    policy_denied: PolicyDenied
    def __init__(self, sequence: _Optional[int] = ..., monotonic_ns: _Optional[int] = ..., wall_ns: _Optional[int] = ..., socket_id: _Optional[int] = ..., operation_id: _Optional[int] = ..., completion: _Optional[_Union[_operations_pb2.Completion, _Mapping]] = ..., data_received: _Optional[_Union[DataReceived, _Mapping]] = ..., peer_disconnected: _Optional[_Union[PeerDisconnected, _Mapping]] = ..., socket_closed: _Optional[_Union[SocketClosed, _Mapping]] = ..., credit_stalled: _Optional[_Union[CreditStalled, _Mapping]] = ..., session_expiring: _Optional[_Union[SessionExpiring, _Mapping]] = ..., draining: _Optional[_Union[Draining, _Mapping]] = ..., datagram_received: _Optional[_Union[DatagramReceived, _Mapping]] = ..., connection_accepted: _Optional[_Union[ConnectionAccepted, _Mapping]] = ..., connection_inspect: _Optional[_Union[ConnectionInspect, _Mapping]] = ..., connection_inspect_aborted: _Optional[_Union[ConnectionInspectAborted, _Mapping]] = ..., send_backlog_changed: _Optional[_Union[SendBacklogChanged, _Mapping]] = ..., chain_progress: _Optional[_Union[ChainProgress, _Mapping]] = ..., fault_fired: _Optional[_Union[FaultFired, _Mapping]] = ..., fault_ended: _Optional[_Union[FaultEnded, _Mapping]] = ..., relay_connected: _Optional[_Union[RelayConnected, _Mapping]] = ..., relay_ended: _Optional[_Union[RelayEnded, _Mapping]] = ..., policy_denied: _Optional[_Union[PolicyDenied, _Mapping]] = ...) -> None: ...

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

class FaultFired(_message.Message):
    __slots__ = ("fault", "decision", "count", "direction", "stream_offset", "delay", "bytes", "detail", "seed")
    FAULT_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    STREAM_OFFSET_FIELD_NUMBER: _ClassVar[int]
    DELAY_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    fault: str
    decision: int
    count: int
    direction: _faults_pb2.Direction
    stream_offset: int
    delay: _duration_pb2.Duration
    bytes: int
    detail: str
    seed: int
    def __init__(self, fault: _Optional[str] = ..., decision: _Optional[int] = ..., count: _Optional[int] = ..., direction: _Optional[_Union[_faults_pb2.Direction, str]] = ..., stream_offset: _Optional[int] = ..., delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., bytes: _Optional[int] = ..., detail: _Optional[str] = ..., seed: _Optional[int] = ...) -> None: ...

class FaultEnded(_message.Message):
    __slots__ = ("fault", "end", "decisions", "firings", "seed")
    FAULT_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    FIRINGS_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    fault: str
    end: FaultEnd
    decisions: int
    firings: int
    seed: int
    def __init__(self, fault: _Optional[str] = ..., end: _Optional[_Union[FaultEnd, str]] = ..., decisions: _Optional[int] = ..., firings: _Optional[int] = ..., seed: _Optional[int] = ...) -> None: ...

class RelayConnected(_message.Message):
    __slots__ = ("downstream_socket_id", "upstream_socket_id", "client", "upstream", "status", "cause")
    DOWNSTREAM_SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    UPSTREAM_SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    UPSTREAM_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    downstream_socket_id: int
    upstream_socket_id: int
    client: _types_pb2.Endpoint
    upstream: _types_pb2.Endpoint
    status: _types_pb2.Status
    cause: _types_pb2.Cause
    def __init__(self, downstream_socket_id: _Optional[int] = ..., upstream_socket_id: _Optional[int] = ..., client: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., upstream: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., status: _Optional[_Union[_types_pb2.Status, str]] = ..., cause: _Optional[_Union[_types_pb2.Cause, _Mapping]] = ...) -> None: ...

class RelayEnded(_message.Message):
    __slots__ = ("downstream_socket_id", "upstream_socket_id", "bytes_to_upstream", "bytes_to_client", "status", "cause")
    DOWNSTREAM_SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    UPSTREAM_SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    BYTES_TO_UPSTREAM_FIELD_NUMBER: _ClassVar[int]
    BYTES_TO_CLIENT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    downstream_socket_id: int
    upstream_socket_id: int
    bytes_to_upstream: int
    bytes_to_client: int
    status: _types_pb2.Status
    cause: _types_pb2.Cause
    def __init__(self, downstream_socket_id: _Optional[int] = ..., upstream_socket_id: _Optional[int] = ..., bytes_to_upstream: _Optional[int] = ..., bytes_to_client: _Optional[int] = ..., status: _Optional[_Union[_types_pb2.Status, str]] = ..., cause: _Optional[_Union[_types_pb2.Cause, _Mapping]] = ...) -> None: ...

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

class PolicyDenied(_message.Message):
    __slots__ = ("action", "host", "port", "explanation")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    action: _types_pb2.PolicyAction
    host: str
    port: int
    explanation: str
    def __init__(self, action: _Optional[_Union[_types_pb2.PolicyAction, str]] = ..., host: _Optional[str] = ..., port: _Optional[int] = ..., explanation: _Optional[str] = ...) -> None: ...

class EventFilter(_message.Message):
    __slots__ = ("socket_ids", "kinds")
    SOCKET_IDS_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    socket_ids: _containers.RepeatedScalarFieldContainer[int]
    kinds: _containers.RepeatedScalarFieldContainer[EventKind]
    def __init__(self, socket_ids: _Optional[_Iterable[int]] = ..., kinds: _Optional[_Iterable[_Union[EventKind, str]]] = ...) -> None: ...
