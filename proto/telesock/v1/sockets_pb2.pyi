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

class IndicationKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INDICATION_KIND_UNSPECIFIED: _ClassVar[IndicationKind]
    INDICATION_KIND_DATA: _ClassVar[IndicationKind]
    INDICATION_KIND_DISCONNECT: _ClassVar[IndicationKind]

class SendLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEND_LEVEL_UNSPECIFIED: _ClassVar[SendLevel]
    SEND_LEVEL_WRITTEN: _ClassVar[SendLevel]
    SEND_LEVEL_ACKNOWLEDGED: _ClassVar[SendLevel]

class DisconnectMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DISCONNECT_MODE_UNSPECIFIED: _ClassVar[DisconnectMode]
    DISCONNECT_MODE_GRACEFUL: _ClassVar[DisconnectMode]
    DISCONNECT_MODE_ABORTIVE: _ClassVar[DisconnectMode]
INDICATION_KIND_UNSPECIFIED: IndicationKind
INDICATION_KIND_DATA: IndicationKind
INDICATION_KIND_DISCONNECT: IndicationKind
SEND_LEVEL_UNSPECIFIED: SendLevel
SEND_LEVEL_WRITTEN: SendLevel
SEND_LEVEL_ACKNOWLEDGED: SendLevel
DISCONNECT_MODE_UNSPECIFIED: DisconnectMode
DISCONNECT_MODE_GRACEFUL: DisconnectMode
DISCONNECT_MODE_ABORTIVE: DisconnectMode

class SocketSpec(_message.Message):
    __slots__ = ("category", "family")
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    category: _types_pb2.SocketCategory
    family: _types_pb2.AddressFamily
    def __init__(self, category: _Optional[_Union[_types_pb2.SocketCategory, str]] = ..., family: _Optional[_Union[_types_pb2.AddressFamily, str]] = ...) -> None: ...

class Socket(_message.Message):
    __slots__ = ("session_id", "socket_id", "category", "state", "family", "local", "remote", "send_offset", "receive_offset", "pending_operations", "enabled_indications", "available_credit_bytes")
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
    def __init__(self, session_id: _Optional[str] = ..., socket_id: _Optional[int] = ..., category: _Optional[_Union[_types_pb2.SocketCategory, str]] = ..., state: _Optional[_Union[_types_pb2.SocketState, str]] = ..., family: _Optional[_Union[_types_pb2.AddressFamily, str]] = ..., local: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., remote: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., send_offset: _Optional[int] = ..., receive_offset: _Optional[int] = ..., pending_operations: _Optional[int] = ..., enabled_indications: _Optional[_Iterable[_Union[IndicationKind, str]]] = ..., available_credit_bytes: _Optional[int] = ...) -> None: ...

class EventCallbacks(_message.Message):
    __slots__ = ("enable", "credit_bytes")
    ENABLE_FIELD_NUMBER: _ClassVar[int]
    CREDIT_BYTES_FIELD_NUMBER: _ClassVar[int]
    enable: _containers.RepeatedScalarFieldContainer[IndicationKind]
    credit_bytes: int
    def __init__(self, enable: _Optional[_Iterable[_Union[IndicationKind, str]]] = ..., credit_bytes: _Optional[int] = ...) -> None: ...

class CreateSocketRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "spec")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    spec: SocketSpec
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., spec: _Optional[_Union[SocketSpec, _Mapping]] = ...) -> None: ...

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
    __slots__ = ("session_id", "operation_id", "socket_id", "spec", "remote", "local", "initial_data", "timeout", "callbacks")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    REMOTE_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    INITIAL_DATA_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    CALLBACKS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    spec: SocketSpec
    remote: _types_pb2.Endpoint
    local: _types_pb2.Endpoint
    initial_data: bytes
    timeout: _duration_pb2.Duration
    callbacks: EventCallbacks
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., spec: _Optional[_Union[SocketSpec, _Mapping]] = ..., remote: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., local: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., initial_data: _Optional[bytes] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., callbacks: _Optional[_Union[EventCallbacks, _Mapping]] = ...) -> None: ...

class ConnectResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class SendRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "data", "stream_offset", "level", "timeout")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    STREAM_OFFSET_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    data: bytes
    stream_offset: int
    level: SendLevel
    timeout: _duration_pb2.Duration
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., data: _Optional[bytes] = ..., stream_offset: _Optional[int] = ..., level: _Optional[_Union[SendLevel, str]] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class SendResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class ReceiveRequest(_message.Message):
    __slots__ = ("session_id", "operation_id", "socket_id", "length", "wait_all", "drain", "peek", "timeout")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    WAIT_ALL_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    PEEK_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    length: int
    wait_all: bool
    drain: bool
    peek: bool
    timeout: _duration_pb2.Duration
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., length: _Optional[int] = ..., wait_all: bool = ..., drain: bool = ..., peek: bool = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ReceiveResponse(_message.Message):
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
    __slots__ = ("session_id", "operation_id", "socket_id", "enable", "disable", "credit_bytes")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    ENABLE_FIELD_NUMBER: _ClassVar[int]
    DISABLE_FIELD_NUMBER: _ClassVar[int]
    CREDIT_BYTES_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    operation_id: int
    socket_id: int
    enable: _containers.RepeatedScalarFieldContainer[IndicationKind]
    disable: _containers.RepeatedScalarFieldContainer[IndicationKind]
    credit_bytes: int
    def __init__(self, session_id: _Optional[str] = ..., operation_id: _Optional[int] = ..., socket_id: _Optional[int] = ..., enable: _Optional[_Iterable[_Union[IndicationKind, str]]] = ..., disable: _Optional[_Iterable[_Union[IndicationKind, str]]] = ..., credit_bytes: _Optional[int] = ...) -> None: ...

class SetEventCallbacksResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _operations_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_operations_pb2.Operation, _Mapping]] = ...) -> None: ...

class ReleaseRequest(_message.Message):
    __slots__ = ("session_id", "socket_id", "sequence", "accepted_bytes")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_BYTES_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    socket_id: int
    sequence: int
    accepted_bytes: int
    def __init__(self, session_id: _Optional[str] = ..., socket_id: _Optional[int] = ..., sequence: _Optional[int] = ..., accepted_bytes: _Optional[int] = ...) -> None: ...

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
