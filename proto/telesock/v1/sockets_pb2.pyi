import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from telesock.v1 import faults_pb2 as _faults_pb2
from telesock.v1 import operations_pb2 as _operations_pb2
from telesock.v1 import options_pb2 as _options_pb2
from telesock.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class IndicationKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INDICATION_KIND_UNSPECIFIED: _ClassVar[IndicationKind]
    INDICATION_KIND_DATA: _ClassVar[IndicationKind]
    INDICATION_KIND_DISCONNECT: _ClassVar[IndicationKind]
    INDICATION_KIND_CONNECTION: _ClassVar[IndicationKind]
    INDICATION_KIND_DATAGRAM: _ClassVar[IndicationKind]
    INDICATION_KIND_SEND_BACKLOG: _ClassVar[IndicationKind]

class SendLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEND_LEVEL_UNSPECIFIED: _ClassVar[SendLevel]
    SEND_LEVEL_WRITTEN: _ClassVar[SendLevel]
    SEND_LEVEL_ACKNOWLEDGED: _ClassVar[SendLevel]

class Digest(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIGEST_UNSPECIFIED: _ClassVar[Digest]
    DIGEST_COUNT: _ClassVar[Digest]
    DIGEST_SHA256: _ClassVar[Digest]
    DIGEST_CRC32C: _ClassVar[Digest]

class DisconnectMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DISCONNECT_MODE_UNSPECIFIED: _ClassVar[DisconnectMode]
    DISCONNECT_MODE_GRACEFUL: _ClassVar[DisconnectMode]
    DISCONNECT_MODE_ABORTIVE: _ClassVar[DisconnectMode]
INDICATION_KIND_UNSPECIFIED: IndicationKind
INDICATION_KIND_DATA: IndicationKind
INDICATION_KIND_DISCONNECT: IndicationKind
INDICATION_KIND_CONNECTION: IndicationKind
INDICATION_KIND_DATAGRAM: IndicationKind
INDICATION_KIND_SEND_BACKLOG: IndicationKind
SEND_LEVEL_UNSPECIFIED: SendLevel
SEND_LEVEL_WRITTEN: SendLevel
SEND_LEVEL_ACKNOWLEDGED: SendLevel
DIGEST_UNSPECIFIED: Digest
DIGEST_COUNT: Digest
DIGEST_SHA256: Digest
DIGEST_CRC32C: Digest
DISCONNECT_MODE_UNSPECIFIED: DisconnectMode
DISCONNECT_MODE_GRACEFUL: DisconnectMode
DISCONNECT_MODE_ABORTIVE: DisconnectMode

class SocketSpec(_message.Message):
    __slots__ = ("category", "family", "options")
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    category: _types_pb2.SocketCategory
    family: _types_pb2.AddressFamily
    options: _containers.RepeatedCompositeFieldContainer[_options_pb2.SocketOption]
    def __init__(self, category: _Optional[_Union[_types_pb2.SocketCategory, str]] = ..., family: _Optional[_Union[_types_pb2.AddressFamily, str]] = ..., options: _Optional[_Iterable[_Union[_options_pb2.SocketOption, _Mapping]]] = ...) -> None: ...

class Socket(_message.Message):
    __slots__ = ("session_id", "socket_id", "category", "state", "family", "local", "remote", "send_offset", "receive_offset", "pending_operations", "enabled_indications", "available_credit_bytes", "available_credit_connections", "available_credit_datagrams")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    SEND_OFFSET_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_OFFSET_FIELD_NUMBER: _ClassVar[int]
    PENDING_OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    ENABLED_INDICATIONS_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_CREDIT_BYTES_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_CREDIT_CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_CREDIT_DATAGRAMS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    socket_id: int
    category: _types_pb2.SocketCategory
    state: _types_pb2.SocketState
    family: _types_pb2.AddressFamily
    local: _types_pb2.Endpoint
    remote: _types_pb2.Endpoint
    send_offset: int
    receive_offset: int
    pending_operations: int
    enabled_indications: _containers.RepeatedScalarFieldContainer[IndicationKind]
    available_credit_bytes: int
    available_credit_connections: int
    available_credit_datagrams: int
    def __init__(self, session_id: _Optional[str] = ..., socket_id: _Optional[int] = ..., category: _Optional[_Union[_types_pb2.SocketCategory, str]] = ..., state: _Optional[_Union[_types_pb2.SocketState, str]] = ..., family: _Optional[_Union[_types_pb2.AddressFamily, str]] = ..., local: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., remote: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., send_offset: _Optional[int] = ..., receive_offset: _Optional[int] = ..., pending_operations: _Optional[int] = ..., enabled_indications: _Optional[_Iterable[_Union[IndicationKind, str]]] = ..., available_credit_bytes: _Optional[int] = ..., available_credit_connections: _Optional[int] = ..., available_credit_datagrams: _Optional[int] = ...) -> None: ...

class EventCallbacks(_message.Message):
    __slots__ = ("enable", "credit_bytes")
    ENABLE_FIELD_NUMBER: _ClassVar[int]
    CREDIT_BYTES_FIELD_NUMBER: _ClassVar[int]
    enable: _containers.RepeatedScalarFieldContainer[IndicationKind]
    credit_bytes: int
    def __init__(self, enable: _Optional[_Iterable[_Union[IndicationKind, str]]] = ..., credit_bytes: _Optional[int] = ...) -> None: ...

class CreateSocketRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "spec", "faults")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    spec: SocketSpec
    faults: _containers.RepeatedCompositeFieldContainer[_faults_pb2.Fault]
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., spec: _Optional[_Union[SocketSpec, _Mapping]] = ..., faults: _Optional[_Iterable[_Union[_faults_pb2.Fault, _Mapping]]] = ...) -> None: ...

class CreateSocketResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class BindRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "local")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    local: _types_pb2.Endpoint
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., local: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ...) -> None: ...

class BindResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class ConnectRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "spec", "remote", "local", "initial_data", "timeout", "callbacks", "faults")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    INITIAL_DATA_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    CALLBACKS_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    spec: SocketSpec
    remote: _types_pb2.Endpoint
    local: _types_pb2.Endpoint
    initial_data: bytes
    timeout: _duration_pb2.Duration
    callbacks: EventCallbacks
    faults: _containers.RepeatedCompositeFieldContainer[_faults_pb2.Fault]
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., spec: _Optional[_Union[SocketSpec, _Mapping]] = ..., remote: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., local: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., initial_data: _Optional[bytes] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., callbacks: _Optional[_Union[EventCallbacks, _Mapping]] = ..., faults: _Optional[_Iterable[_Union[_faults_pb2.Fault, _Mapping]]] = ...) -> None: ...

class ConnectResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class SendRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "data", "stream_offset", "level", "timeout", "pattern", "pattern_length")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    STREAM_OFFSET_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    PATTERN_FIELD_NUMBER: _ClassVar[int]
    PATTERN_LENGTH_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    data: bytes
    stream_offset: int
    level: SendLevel
    timeout: _duration_pb2.Duration
    pattern: Pattern
    pattern_length: int
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., data: _Optional[bytes] = ..., stream_offset: _Optional[int] = ..., level: _Optional[_Union[SendLevel, str]] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., pattern: _Optional[_Union[Pattern, _Mapping]] = ..., pattern_length: _Optional[int] = ...) -> None: ...

class SendResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class ReceiveRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "length", "wait_all", "drain", "peek", "timeout", "digest", "check")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    WAIT_ALL_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    PEEK_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    CHECK_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    length: int
    wait_all: bool
    drain: bool
    peek: bool
    timeout: _duration_pb2.Duration
    digest: Digest
    check: Pattern
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., length: _Optional[int] = ..., wait_all: bool = ..., drain: bool = ..., peek: bool = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., digest: _Optional[_Union[Digest, str]] = ..., check: _Optional[_Union[Pattern, _Mapping]] = ...) -> None: ...

class ReceiveResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class ListenRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ...) -> None: ...

class ListenResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class AcceptRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "timeout", "callbacks", "faults")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    CALLBACKS_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    timeout: _duration_pb2.Duration
    callbacks: EventCallbacks
    faults: _containers.RepeatedCompositeFieldContainer[_faults_pb2.Fault]
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., callbacks: _Optional[_Union[EventCallbacks, _Mapping]] = ..., faults: _Optional[_Iterable[_Union[_faults_pb2.Fault, _Mapping]]] = ...) -> None: ...

class AcceptResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class InspectCompleteRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "inspect_id", "accept")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    INSPECT_ID_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    inspect_id: int
    accept: bool
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., inspect_id: _Optional[int] = ..., accept: bool = ...) -> None: ...

class InspectCompleteResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class Pattern(_message.Message):
    __slots__ = ("seed", "offset")
    SEED_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    seed: int
    offset: int
    def __init__(self, seed: _Optional[int] = ..., offset: _Optional[int] = ...) -> None: ...

class SendToRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "remote", "datagrams", "timeout")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    DATAGRAMS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    remote: _types_pb2.Endpoint
    datagrams: _containers.RepeatedScalarFieldContainer[bytes]
    timeout: _duration_pb2.Duration
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., remote: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., datagrams: _Optional[_Iterable[bytes]] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class SendToResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class ReceiveFromRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "length", "timeout")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    length: int
    timeout: _duration_pb2.Duration
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., length: _Optional[int] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ReceiveFromResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class ControlSocketRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "set", "get", "query")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    SET_FIELD_NUMBER: _ClassVar[int]
    GET_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    set: _options_pb2.SocketOption
    get: OptionSelection
    query: QuerySelection
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., set: _Optional[_Union[_options_pb2.SocketOption, _Mapping]] = ..., get: _Optional[_Union[OptionSelection, _Mapping]] = ..., query: _Optional[_Union[QuerySelection, _Mapping]] = ...) -> None: ...

class OptionSelection(_message.Message):
    __slots__ = ("kinds",)
    KINDS_FIELD_NUMBER: _ClassVar[int]
    kinds: _containers.RepeatedScalarFieldContainer[_options_pb2.SocketOptionKind]
    def __init__(self, kinds: _Optional[_Iterable[_Union[_options_pb2.SocketOptionKind, str]]] = ...) -> None: ...

class QuerySelection(_message.Message):
    __slots__ = ("kinds",)
    KINDS_FIELD_NUMBER: _ClassVar[int]
    kinds: _containers.RepeatedScalarFieldContainer[_options_pb2.QueryKind]
    def __init__(self, kinds: _Optional[_Iterable[_Union[_options_pb2.QueryKind, str]]] = ...) -> None: ...

class ControlSocketResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class ResolveRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "name", "address", "service", "family", "name_required", "timeout")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    NAME_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    name: str
    address: _types_pb2.Endpoint
    service: str
    family: _types_pb2.AddressFamily
    name_required: bool
    timeout: _duration_pb2.Duration
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., name: _Optional[str] = ..., address: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., service: _Optional[str] = ..., family: _Optional[_Union[_types_pb2.AddressFamily, str]] = ..., name_required: bool = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ResolveResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class RelayRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "upstream", "connect_timeout")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    UPSTREAM_FIELD_NUMBER: _ClassVar[int]
    CONNECT_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    upstream: _types_pb2.Endpoint
    connect_timeout: _duration_pb2.Duration
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., upstream: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., connect_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class RelayResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class DisconnectRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "mode", "final_data", "timeout", "abort_on_timeout")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    FINAL_DATA_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    ABORT_ON_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    mode: DisconnectMode
    final_data: bytes
    timeout: _duration_pb2.Duration
    abort_on_timeout: bool
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., mode: _Optional[_Union[DisconnectMode, str]] = ..., final_data: _Optional[bytes] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., abort_on_timeout: bool = ...) -> None: ...

class DisconnectResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class CloseRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "graceful", "timeout")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    GRACEFUL_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    graceful: bool
    timeout: _duration_pb2.Duration
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., graceful: bool = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class CloseResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class SetEventCallbacksRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "enable", "disable", "credit_bytes", "credit_connections", "credit_datagrams")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    ENABLE_FIELD_NUMBER: _ClassVar[int]
    DISABLE_FIELD_NUMBER: _ClassVar[int]
    CREDIT_BYTES_FIELD_NUMBER: _ClassVar[int]
    CREDIT_CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    CREDIT_DATAGRAMS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    enable: _containers.RepeatedScalarFieldContainer[IndicationKind]
    disable: _containers.RepeatedScalarFieldContainer[IndicationKind]
    credit_bytes: int
    credit_connections: int
    credit_datagrams: int
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., enable: _Optional[_Iterable[_Union[IndicationKind, str]]] = ..., disable: _Optional[_Iterable[_Union[IndicationKind, str]]] = ..., credit_bytes: _Optional[int] = ..., credit_connections: _Optional[int] = ..., credit_datagrams: _Optional[int] = ...) -> None: ...

class SetEventCallbacksResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class ReleaseRequest(_message.Message):
    __slots__ = ("session_id", "socket_id", "sequence", "accepted_bytes", "refuse")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_BYTES_FIELD_NUMBER: _ClassVar[int]
    REFUSE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    socket_id: int
    sequence: int
    accepted_bytes: int
    refuse: bool
    def __init__(self, session_id: _Optional[str] = ..., socket_id: _Optional[int] = ..., sequence: _Optional[int] = ..., accepted_bytes: _Optional[int] = ..., refuse: bool = ...) -> None: ...

class ReleaseResponse(_message.Message):
    __slots__ = ("available_credit_bytes",)
    AVAILABLE_CREDIT_BYTES_FIELD_NUMBER: _ClassVar[int]
    available_credit_bytes: int
    def __init__(self, available_credit_bytes: _Optional[int] = ...) -> None: ...

class GetSocketRequest(_message.Message):
    __slots__ = ("session_id", "socket_id")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    socket_id: int
    def __init__(self, session_id: _Optional[str] = ..., socket_id: _Optional[int] = ...) -> None: ...

class GetSocketResponse(_message.Message):
    __slots__ = ("socket",)
    SOCKET_FIELD_NUMBER: _ClassVar[int]
    socket: Socket
    def __init__(self, socket: _Optional[_Union[Socket, _Mapping]] = ...) -> None: ...

class ListSocketsRequest(_message.Message):
    __slots__ = ("session_id", "page_size", "after_socket_id")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    AFTER_SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    page_size: int
    after_socket_id: int
    def __init__(self, session_id: _Optional[str] = ..., page_size: _Optional[int] = ..., after_socket_id: _Optional[int] = ...) -> None: ...

class ListSocketsResponse(_message.Message):
    __slots__ = ("sockets",)
    SOCKETS_FIELD_NUMBER: _ClassVar[int]
    sockets: _containers.RepeatedCompositeFieldContainer[Socket]
    def __init__(self, sockets: _Optional[_Iterable[_Union[Socket, _Mapping]]] = ...) -> None: ...
