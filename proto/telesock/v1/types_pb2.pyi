from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SocketCategory(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOCKET_CATEGORY_UNSPECIFIED: _ClassVar[SocketCategory]
    SOCKET_CATEGORY_BASIC: _ClassVar[SocketCategory]
    SOCKET_CATEGORY_LISTENING: _ClassVar[SocketCategory]
    SOCKET_CATEGORY_CONNECTION: _ClassVar[SocketCategory]
    SOCKET_CATEGORY_DATAGRAM: _ClassVar[SocketCategory]
    SOCKET_CATEGORY_STREAM: _ClassVar[SocketCategory]

class AddressFamily(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ADDRESS_FAMILY_UNSPECIFIED: _ClassVar[AddressFamily]
    ADDRESS_FAMILY_IPV4: _ClassVar[AddressFamily]
    ADDRESS_FAMILY_IPV6: _ClassVar[AddressFamily]
    ADDRESS_FAMILY_UNIX: _ClassVar[AddressFamily]

class SocketState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOCKET_STATE_UNSPECIFIED: _ClassVar[SocketState]
    SOCKET_STATE_CREATED: _ClassVar[SocketState]
    SOCKET_STATE_BOUND: _ClassVar[SocketState]
    SOCKET_STATE_CONNECTING: _ClassVar[SocketState]
    SOCKET_STATE_CONNECTED: _ClassVar[SocketState]
    SOCKET_STATE_PEER_DISCONNECTED: _ClassVar[SocketState]
    SOCKET_STATE_DISCONNECTING: _ClassVar[SocketState]
    SOCKET_STATE_DISCONNECTING_LAST: _ClassVar[SocketState]
    SOCKET_STATE_DRAINING: _ClassVar[SocketState]
    SOCKET_STATE_DRAINING_LAST: _ClassVar[SocketState]
    SOCKET_STATE_SEND_DISCONNECTED: _ClassVar[SocketState]
    SOCKET_STATE_DISCONNECTED: _ClassVar[SocketState]
    SOCKET_STATE_SEND_BROKEN: _ClassVar[SocketState]
    SOCKET_STATE_SEND_BROKEN_LAST: _ClassVar[SocketState]
    SOCKET_STATE_RESET: _ClassVar[SocketState]
    SOCKET_STATE_ABORTED: _ClassVar[SocketState]
    SOCKET_STATE_CLOSING: _ClassVar[SocketState]
    SOCKET_STATE_CLOSED: _ClassVar[SocketState]
    SOCKET_STATE_LISTENING: _ClassVar[SocketState]
    SOCKET_STATE_SILENT: _ClassVar[SocketState]
    SOCKET_STATE_SILENT_LAST: _ClassVar[SocketState]
    SOCKET_STATE_RELAYING: _ClassVar[SocketState]

class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATUS_UNSPECIFIED: _ClassVar[Status]
    STATUS_SUCCESS: _ClassVar[Status]
    STATUS_CANCELLED: _ClassVar[Status]
    STATUS_CONNECTION_REFUSED: _ClassVar[Status]
    STATUS_CONNECTION_RESET: _ClassVar[Status]
    STATUS_CONNECTION_ABORTED: _ClassVar[Status]
    STATUS_CONNECTION_DISCONNECTED: _ClassVar[Status]
    STATUS_IO_TIMEOUT: _ClassVar[Status]
    STATUS_HOST_UNREACHABLE: _ClassVar[Status]
    STATUS_NETWORK_UNREACHABLE: _ClassVar[Status]
    STATUS_ADDRESS_ALREADY_EXISTS: _ClassVar[Status]
    STATUS_ACCESS_DENIED: _ClassVar[Status]
    STATUS_INSUFFICIENT_RESOURCES: _ClassVar[Status]
    STATUS_FILE_FORCED_CLOSED: _ClassVar[Status]
    STATUS_NO_MATCH: _ClassVar[Status]
    STATUS_INVALID_PARAMETER: _ClassVar[Status]
    STATUS_NOT_SUPPORTED: _ClassVar[Status]
    STATUS_INVALID_DEVICE_STATE: _ClassVar[Status]
    STATUS_BUFFER_OVERFLOW: _ClassVar[Status]
    STATUS_REQUEST_NOT_ACCEPTED: _ClassVar[Status]
    STATUS_UNSUCCESSFUL: _ClassVar[Status]

class Origin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORIGIN_UNSPECIFIED: _ClassVar[Origin]
    ORIGIN_PEER: _ClassVar[Origin]
    ORIGIN_LOCAL_HOST: _ClassVar[Origin]
    ORIGIN_DEADLINE: _ClassVar[Origin]
    ORIGIN_CANCEL: _ClassVar[Origin]
    ORIGIN_POLICY: _ClassVar[Origin]
    ORIGIN_FAULT: _ClassVar[Origin]

class Phase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PHASE_UNSPECIFIED: _ClassVar[Phase]
    PHASE_RESOLVE: _ClassVar[Phase]
    PHASE_BIND: _ClassVar[Phase]
    PHASE_CONNECT: _ClassVar[Phase]
    PHASE_SEND: _ClassVar[Phase]
    PHASE_RECEIVE: _ClassVar[Phase]
    PHASE_DISCONNECT: _ClassVar[Phase]
    PHASE_CLOSE: _ClassVar[Phase]

class PolicyAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POLICY_ACTION_UNSPECIFIED: _ClassVar[PolicyAction]
    POLICY_ACTION_CONNECT: _ClassVar[PolicyAction]
    POLICY_ACTION_SEND_TO: _ClassVar[PolicyAction]
    POLICY_ACTION_LISTEN: _ClassVar[PolicyAction]
    POLICY_ACTION_RESOLVE: _ClassVar[PolicyAction]
SOCKET_CATEGORY_UNSPECIFIED: SocketCategory
SOCKET_CATEGORY_BASIC: SocketCategory
SOCKET_CATEGORY_LISTENING: SocketCategory
SOCKET_CATEGORY_CONNECTION: SocketCategory
SOCKET_CATEGORY_DATAGRAM: SocketCategory
SOCKET_CATEGORY_STREAM: SocketCategory
ADDRESS_FAMILY_UNSPECIFIED: AddressFamily
ADDRESS_FAMILY_IPV4: AddressFamily
ADDRESS_FAMILY_IPV6: AddressFamily
ADDRESS_FAMILY_UNIX: AddressFamily
SOCKET_STATE_UNSPECIFIED: SocketState
SOCKET_STATE_CREATED: SocketState
SOCKET_STATE_BOUND: SocketState
SOCKET_STATE_CONNECTING: SocketState
SOCKET_STATE_CONNECTED: SocketState
SOCKET_STATE_PEER_DISCONNECTED: SocketState
SOCKET_STATE_DISCONNECTING: SocketState
SOCKET_STATE_DISCONNECTING_LAST: SocketState
SOCKET_STATE_DRAINING: SocketState
SOCKET_STATE_DRAINING_LAST: SocketState
SOCKET_STATE_SEND_DISCONNECTED: SocketState
SOCKET_STATE_DISCONNECTED: SocketState
SOCKET_STATE_SEND_BROKEN: SocketState
SOCKET_STATE_SEND_BROKEN_LAST: SocketState
SOCKET_STATE_RESET: SocketState
SOCKET_STATE_ABORTED: SocketState
SOCKET_STATE_CLOSING: SocketState
SOCKET_STATE_CLOSED: SocketState
SOCKET_STATE_LISTENING: SocketState
SOCKET_STATE_SILENT: SocketState
SOCKET_STATE_SILENT_LAST: SocketState
SOCKET_STATE_RELAYING: SocketState
STATUS_UNSPECIFIED: Status
STATUS_SUCCESS: Status
STATUS_CANCELLED: Status
STATUS_CONNECTION_REFUSED: Status
STATUS_CONNECTION_RESET: Status
STATUS_CONNECTION_ABORTED: Status
STATUS_CONNECTION_DISCONNECTED: Status
STATUS_IO_TIMEOUT: Status
STATUS_HOST_UNREACHABLE: Status
STATUS_NETWORK_UNREACHABLE: Status
STATUS_ADDRESS_ALREADY_EXISTS: Status
STATUS_ACCESS_DENIED: Status
STATUS_INSUFFICIENT_RESOURCES: Status
STATUS_FILE_FORCED_CLOSED: Status
STATUS_NO_MATCH: Status
STATUS_INVALID_PARAMETER: Status
STATUS_NOT_SUPPORTED: Status
STATUS_INVALID_DEVICE_STATE: Status
STATUS_BUFFER_OVERFLOW: Status
STATUS_REQUEST_NOT_ACCEPTED: Status
STATUS_UNSUCCESSFUL: Status
ORIGIN_UNSPECIFIED: Origin
ORIGIN_PEER: Origin
ORIGIN_LOCAL_HOST: Origin
ORIGIN_DEADLINE: Origin
ORIGIN_CANCEL: Origin
ORIGIN_POLICY: Origin
ORIGIN_FAULT: Origin
PHASE_UNSPECIFIED: Phase
PHASE_RESOLVE: Phase
PHASE_BIND: Phase
PHASE_CONNECT: Phase
PHASE_SEND: Phase
PHASE_RECEIVE: Phase
PHASE_DISCONNECT: Phase
PHASE_CLOSE: Phase
POLICY_ACTION_UNSPECIFIED: PolicyAction
POLICY_ACTION_CONNECT: PolicyAction
POLICY_ACTION_SEND_TO: PolicyAction
POLICY_ACTION_LISTEN: PolicyAction
POLICY_ACTION_RESOLVE: PolicyAction

class Endpoint(_message.Message):
    __slots__ = ("host", "port")
    HOST_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    host: str
    port: int
    def __init__(self, host: _Optional[str] = ..., port: _Optional[int] = ...) -> None: ...

class Cause(_message.Message):
    __slots__ = ("origin", "phase", "errno_name", "fault_name", "detail")
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    ERRNO_NAME_FIELD_NUMBER: _ClassVar[int]
    FAULT_NAME_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    origin: Origin
    phase: Phase
    errno_name: str
    fault_name: str
    detail: str
    def __init__(self, origin: _Optional[_Union[Origin, str]] = ..., phase: _Optional[_Union[Phase, str]] = ..., errno_name: _Optional[str] = ..., fault_name: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class TcpInfo(_message.Message):
    __slots__ = ("state", "round_trip_time_us", "round_trip_variation_us", "send_segment_bytes", "congestion_window", "unacknowledged_segments", "retransmitted_segments", "acknowledged_bytes", "received_bytes", "unsent_bytes")
    STATE_FIELD_NUMBER: _ClassVar[int]
    ROUND_TRIP_TIME_US_FIELD_NUMBER: _ClassVar[int]
    ROUND_TRIP_VARIATION_US_FIELD_NUMBER: _ClassVar[int]
    SEND_SEGMENT_BYTES_FIELD_NUMBER: _ClassVar[int]
    CONGESTION_WINDOW_FIELD_NUMBER: _ClassVar[int]
    UNACKNOWLEDGED_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    RETRANSMITTED_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_BYTES_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_BYTES_FIELD_NUMBER: _ClassVar[int]
    UNSENT_BYTES_FIELD_NUMBER: _ClassVar[int]
    state: str
    round_trip_time_us: int
    round_trip_variation_us: int
    send_segment_bytes: int
    congestion_window: int
    unacknowledged_segments: int
    retransmitted_segments: int
    acknowledged_bytes: int
    received_bytes: int
    unsent_bytes: int
    def __init__(self, state: _Optional[str] = ..., round_trip_time_us: _Optional[int] = ..., round_trip_variation_us: _Optional[int] = ..., send_segment_bytes: _Optional[int] = ..., congestion_window: _Optional[int] = ..., unacknowledged_segments: _Optional[int] = ..., retransmitted_segments: _Optional[int] = ..., acknowledged_bytes: _Optional[int] = ..., received_bytes: _Optional[int] = ..., unsent_bytes: _Optional[int] = ...) -> None: ...
