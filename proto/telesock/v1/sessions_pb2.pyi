import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from telesock.v1 import events_pb2 as _events_pb2
from telesock.v1 import operations_pb2 as _operations_pb2
from telesock.v1 import sockets_pb2 as _sockets_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Retention(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RETENTION_UNSPECIFIED: _ClassVar[Retention]
    RETENTION_UNTIL_ACKNOWLEDGED: _ClassVar[Retention]
    RETENTION_LATEST: _ClassVar[Retention]

class RefusedPart(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REFUSED_PART_UNSPECIFIED: _ClassVar[RefusedPart]
    REFUSED_PART_COMMAND: _ClassVar[RefusedPart]
    REFUSED_PART_RELEASE: _ClassVar[RefusedPart]
    REFUSED_PART_ACKNOWLEDGE: _ClassVar[RefusedPart]
RETENTION_UNSPECIFIED: Retention
RETENTION_UNTIL_ACKNOWLEDGED: Retention
RETENTION_LATEST: Retention
REFUSED_PART_UNSPECIFIED: RefusedPart
REFUSED_PART_COMMAND: RefusedPart
REFUSED_PART_RELEASE: RefusedPart
REFUSED_PART_ACKNOWLEDGE: RefusedPart

class Session(_message.Message):
    __slots__ = ("session_id", "label", "lease_remaining", "lease_duration", "retention", "last_sequence", "first_retained_sequence", "acknowledged_sequence", "highest_operation_id", "highest_socket_id", "sockets", "pending_operations", "attached", "identity", "recorded")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    LEASE_REMAINING_FIELD_NUMBER: _ClassVar[int]
    LEASE_DURATION_FIELD_NUMBER: _ClassVar[int]
    RETENTION_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    FIRST_RETAINED_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    HIGHEST_OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    HIGHEST_SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKETS_FIELD_NUMBER: _ClassVar[int]
    PENDING_OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    ATTACHED_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    label: str
    lease_remaining: _duration_pb2.Duration
    lease_duration: _duration_pb2.Duration
    retention: Retention
    last_sequence: int
    first_retained_sequence: int
    acknowledged_sequence: int
    highest_operation_id: int
    highest_socket_id: int
    sockets: int
    pending_operations: int
    attached: bool
    identity: str
    recorded: bool
    def __init__(self, session_id: _Optional[str] = ..., label: _Optional[str] = ..., lease_remaining: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., lease_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., retention: _Optional[_Union[Retention, str]] = ..., last_sequence: _Optional[int] = ..., first_retained_sequence: _Optional[int] = ..., acknowledged_sequence: _Optional[int] = ..., highest_operation_id: _Optional[int] = ..., highest_socket_id: _Optional[int] = ..., sockets: _Optional[int] = ..., pending_operations: _Optional[int] = ..., attached: bool = ..., identity: _Optional[str] = ..., recorded: bool = ...) -> None: ...

class OpenSessionRequest(_message.Message):
    __slots__ = ("request_id", "lease_duration", "label", "retention", "record", "contract_revision")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_DURATION_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    RETENTION_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_REVISION_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    lease_duration: _duration_pb2.Duration
    label: str
    retention: Retention
    record: bool
    contract_revision: int
    def __init__(self, request_id: _Optional[str] = ..., lease_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., label: _Optional[str] = ..., retention: _Optional[_Union[Retention, str]] = ..., record: bool = ..., contract_revision: _Optional[int] = ...) -> None: ...

class OpenSessionResponse(_message.Message):
    __slots__ = ("session_id", "session_token", "boot_id", "lease_duration", "contract_revision")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_TOKEN_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_DURATION_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_REVISION_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    session_token: str
    boot_id: str
    lease_duration: _duration_pb2.Duration
    contract_revision: int
    def __init__(self, session_id: _Optional[str] = ..., session_token: _Optional[str] = ..., boot_id: _Optional[str] = ..., lease_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., contract_revision: _Optional[int] = ...) -> None: ...

class GetSessionRequest(_message.Message):
    __slots__ = ("session_id",)
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    def __init__(self, session_id: _Optional[str] = ...) -> None: ...

class GetSessionResponse(_message.Message):
    __slots__ = ("session",)
    SESSION_FIELD_NUMBER: _ClassVar[int]
    session: Session
    def __init__(self, session: _Optional[_Union[Session, _Mapping]] = ...) -> None: ...

class ListSessionsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListSessionsResponse(_message.Message):
    __slots__ = ("sessions",)
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    sessions: _containers.RepeatedCompositeFieldContainer[Session]
    def __init__(self, sessions: _Optional[_Iterable[_Union[Session, _Mapping]]] = ...) -> None: ...

class KeepAliveRequest(_message.Message):
    __slots__ = ("session_id",)
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    def __init__(self, session_id: _Optional[str] = ...) -> None: ...

class KeepAliveResponse(_message.Message):
    __slots__ = ("lease_remaining",)
    LEASE_REMAINING_FIELD_NUMBER: _ClassVar[int]
    lease_remaining: _duration_pb2.Duration
    def __init__(self, lease_remaining: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class CloseSessionRequest(_message.Message):
    __slots__ = ("session_id",)
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    def __init__(self, session_id: _Optional[str] = ...) -> None: ...

class CloseSessionResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StreamEventsRequest(_message.Message):
    __slots__ = ("session_id", "start_after", "filter")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    START_AFTER_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    start_after: int
    filter: _events_pb2.EventFilter
    def __init__(self, session_id: _Optional[str] = ..., start_after: _Optional[int] = ..., filter: _Optional[_Union[_events_pb2.EventFilter, _Mapping]] = ...) -> None: ...

class StreamEventsResponse(_message.Message):
    __slots__ = ("batch",)
    BATCH_FIELD_NUMBER: _ClassVar[int]
    batch: _events_pb2.EventBatch
    def __init__(self, batch: _Optional[_Union[_events_pb2.EventBatch, _Mapping]] = ...) -> None: ...

class AcknowledgeEventsRequest(_message.Message):
    __slots__ = ("session_id", "sequence")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    sequence: int
    def __init__(self, session_id: _Optional[str] = ..., sequence: _Optional[int] = ...) -> None: ...

class AcknowledgeEventsResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Command(_message.Message):
    __slots__ = ("send", "receive", "connect", "disconnect", "close", "create_socket", "bind", "set_event_callbacks", "send_to", "receive_from", "accept", "inspect_complete", "listen", "control_socket", "resolve", "chain", "relay", "trace_parent")
    SEND_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_FIELD_NUMBER: _ClassVar[int]
    CONNECT_FIELD_NUMBER: _ClassVar[int]
    DISCONNECT_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    CREATE_SOCKET_FIELD_NUMBER: _ClassVar[int]
    BIND_FIELD_NUMBER: _ClassVar[int]
    SET_EVENT_CALLBACKS_FIELD_NUMBER: _ClassVar[int]
    SEND_TO_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_FROM_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_FIELD_NUMBER: _ClassVar[int]
    INSPECT_COMPLETE_FIELD_NUMBER: _ClassVar[int]
    LISTEN_FIELD_NUMBER: _ClassVar[int]
    CONTROL_SOCKET_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_FIELD_NUMBER: _ClassVar[int]
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    RELAY_FIELD_NUMBER: _ClassVar[int]
    TRACE_PARENT_FIELD_NUMBER: _ClassVar[int]
    send: _sockets_pb2.SendRequest
    receive: _sockets_pb2.ReceiveRequest
    connect: _sockets_pb2.ConnectRequest
    disconnect: _sockets_pb2.DisconnectRequest
    close: _sockets_pb2.CloseRequest
    create_socket: _sockets_pb2.CreateSocketRequest
    bind: _sockets_pb2.BindRequest
    set_event_callbacks: _sockets_pb2.SetEventCallbacksRequest
    send_to: _sockets_pb2.SendToRequest
    receive_from: _sockets_pb2.ReceiveFromRequest
    accept: _sockets_pb2.AcceptRequest
    inspect_complete: _sockets_pb2.InspectCompleteRequest
    listen: _sockets_pb2.ListenRequest
    control_socket: _sockets_pb2.ControlSocketRequest
    resolve: _sockets_pb2.ResolveRequest
    chain: SubmitChainRequest
    relay: _sockets_pb2.RelayRequest
    trace_parent: str
    def __init__(self, send: _Optional[_Union[_sockets_pb2.SendRequest, _Mapping]] = ..., receive: _Optional[_Union[_sockets_pb2.ReceiveRequest, _Mapping]] = ..., connect: _Optional[_Union[_sockets_pb2.ConnectRequest, _Mapping]] = ..., disconnect: _Optional[_Union[_sockets_pb2.DisconnectRequest, _Mapping]] = ..., close: _Optional[_Union[_sockets_pb2.CloseRequest, _Mapping]] = ..., create_socket: _Optional[_Union[_sockets_pb2.CreateSocketRequest, _Mapping]] = ..., bind: _Optional[_Union[_sockets_pb2.BindRequest, _Mapping]] = ..., set_event_callbacks: _Optional[_Union[_sockets_pb2.SetEventCallbacksRequest, _Mapping]] = ..., send_to: _Optional[_Union[_sockets_pb2.SendToRequest, _Mapping]] = ..., receive_from: _Optional[_Union[_sockets_pb2.ReceiveFromRequest, _Mapping]] = ..., accept: _Optional[_Union[_sockets_pb2.AcceptRequest, _Mapping]] = ..., inspect_complete: _Optional[_Union[_sockets_pb2.InspectCompleteRequest, _Mapping]] = ..., listen: _Optional[_Union[_sockets_pb2.ListenRequest, _Mapping]] = ..., control_socket: _Optional[_Union[_sockets_pb2.ControlSocketRequest, _Mapping]] = ..., resolve: _Optional[_Union[_sockets_pb2.ResolveRequest, _Mapping]] = ..., chain: _Optional[_Union[SubmitChainRequest, _Mapping]] = ..., relay: _Optional[_Union[_sockets_pb2.RelayRequest, _Mapping]] = ..., trace_parent: _Optional[str] = ...) -> None: ...

class SubmitChainRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "links", "start_at_ns", "timeout", "repeat")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    LINKS_FIELD_NUMBER: _ClassVar[int]
    START_AT_NS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    REPEAT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    links: _containers.RepeatedCompositeFieldContainer[ChainLink]
    start_at_ns: int
    timeout: _duration_pb2.Duration
    repeat: Repeat
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., links: _Optional[_Iterable[_Union[ChainLink, _Mapping]]] = ..., start_at_ns: _Optional[int] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., repeat: _Optional[_Union[Repeat, _Mapping]] = ...) -> None: ...

class ChainLink(_message.Message):
    __slots__ = ("command", "hard")
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    HARD_FIELD_NUMBER: _ClassVar[int]
    command: Command
    hard: bool
    def __init__(self, command: _Optional[_Union[Command, _Mapping]] = ..., hard: bool = ...) -> None: ...

class Repeat(_message.Message):
    __slots__ = ("count", "interval", "progress_every")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_EVERY_FIELD_NUMBER: _ClassVar[int]
    count: int
    interval: _duration_pb2.Duration
    progress_every: int
    def __init__(self, count: _Optional[int] = ..., interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., progress_every: _Optional[int] = ...) -> None: ...

class SubmitChainResponse(_message.Message):
    __slots__ = ("operations",)
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    operations: _containers.RepeatedCompositeFieldContainer[_operations_pb2.Operation]
    def __init__(self, operations: _Optional[_Iterable[_Union[_operations_pb2.Operation, _Mapping]]] = ...) -> None: ...

class AttachRequest(_message.Message):
    __slots__ = ("session_id", "start_after", "boot_id", "commands", "acknowledge", "releases", "cancels")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    START_AFTER_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGE_FIELD_NUMBER: _ClassVar[int]
    RELEASES_FIELD_NUMBER: _ClassVar[int]
    CANCELS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    start_after: int
    boot_id: str
    commands: _containers.RepeatedCompositeFieldContainer[Command]
    acknowledge: int
    releases: _containers.RepeatedCompositeFieldContainer[_sockets_pb2.ReleaseRequest]
    cancels: _containers.RepeatedCompositeFieldContainer[_operations_pb2.CancelOperationRequest]
    def __init__(self, session_id: _Optional[str] = ..., start_after: _Optional[int] = ..., boot_id: _Optional[str] = ..., commands: _Optional[_Iterable[_Union[Command, _Mapping]]] = ..., acknowledge: _Optional[int] = ..., releases: _Optional[_Iterable[_Union[_sockets_pb2.ReleaseRequest, _Mapping]]] = ..., cancels: _Optional[_Iterable[_Union[_operations_pb2.CancelOperationRequest, _Mapping]]] = ...) -> None: ...

class AttachResponse(_message.Message):
    __slots__ = ("batch", "handled_requests", "refusals", "cancellations", "session")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    HANDLED_REQUESTS_FIELD_NUMBER: _ClassVar[int]
    REFUSALS_FIELD_NUMBER: _ClassVar[int]
    CANCELLATIONS_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    batch: _events_pb2.EventBatch
    handled_requests: int
    refusals: _containers.RepeatedCompositeFieldContainer[Refusal]
    cancellations: _containers.RepeatedCompositeFieldContainer[_operations_pb2.CancelOperationResponse]
    session: Session
    def __init__(self, batch: _Optional[_Union[_events_pb2.EventBatch, _Mapping]] = ..., handled_requests: _Optional[int] = ..., refusals: _Optional[_Iterable[_Union[Refusal, _Mapping]]] = ..., cancellations: _Optional[_Iterable[_Union[_operations_pb2.CancelOperationResponse, _Mapping]]] = ..., session: _Optional[_Union[Session, _Mapping]] = ...) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("request_number", "position", "part", "operation_id", "code", "message", "reason", "metadata")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    REQUEST_NUMBER_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    request_number: int
    position: int
    part: RefusedPart
    operation_id: int
    code: int
    message: str
    reason: str
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, request_number: _Optional[int] = ..., position: _Optional[int] = ..., part: _Optional[_Union[RefusedPart, str]] = ..., operation_id: _Optional[int] = ..., code: _Optional[int] = ..., message: _Optional[str] = ..., reason: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...
