import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from telesock.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SocketOptionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOCKET_OPTION_KIND_UNSPECIFIED: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_KEEP_ALIVE: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_NO_DELAY: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_RECEIVE_BUFFER_BYTES: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_SEND_BUFFER_BYTES: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_LINGER: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_REUSE_ADDRESS: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_EXCLUSIVE_ADDRESS: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_V6_ONLY: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_BROADCAST: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_JOIN_GROUP: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_LEAVE_GROUP: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_MULTICAST_HOPS: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_MULTICAST_LOOPBACK: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_MULTICAST_INTERFACE: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_TYPE_OF_SERVICE: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_TIME_TO_LIVE: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_MARK: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_DEVICE: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_USER_TIMEOUT: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_FAST_OPEN: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_CONGESTION_CONTROL: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_QUICK_ACKNOWLEDGE: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_DEFER_ACCEPT: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_MAXIMUM_SEGMENT_BYTES: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_BACKLOG: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_CONDITIONAL_ACCEPT: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_FIXED_REMOTE: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_FIXED_SEND_TO: _ClassVar[SocketOptionKind]
    SOCKET_OPTION_KIND_SILENT: _ClassVar[SocketOptionKind]

class QueryKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUERY_KIND_UNSPECIFIED: _ClassVar[QueryKind]
    QUERY_KIND_RECEIVE_BACKLOG: _ClassVar[QueryKind]
    QUERY_KIND_UNSENT: _ClassVar[QueryKind]
    QUERY_KIND_UNACKNOWLEDGED: _ClassVar[QueryKind]
    QUERY_KIND_IDEAL_SEND_BACKLOG: _ClassVar[QueryKind]
    QUERY_KIND_TCP_INFO: _ClassVar[QueryKind]
    QUERY_KIND_ADDRESS_LIST: _ClassVar[QueryKind]
    QUERY_KIND_INSPECT_ID: _ClassVar[QueryKind]
SOCKET_OPTION_KIND_UNSPECIFIED: SocketOptionKind
SOCKET_OPTION_KIND_KEEP_ALIVE: SocketOptionKind
SOCKET_OPTION_KIND_NO_DELAY: SocketOptionKind
SOCKET_OPTION_KIND_RECEIVE_BUFFER_BYTES: SocketOptionKind
SOCKET_OPTION_KIND_SEND_BUFFER_BYTES: SocketOptionKind
SOCKET_OPTION_KIND_LINGER: SocketOptionKind
SOCKET_OPTION_KIND_REUSE_ADDRESS: SocketOptionKind
SOCKET_OPTION_KIND_EXCLUSIVE_ADDRESS: SocketOptionKind
SOCKET_OPTION_KIND_V6_ONLY: SocketOptionKind
SOCKET_OPTION_KIND_BROADCAST: SocketOptionKind
SOCKET_OPTION_KIND_JOIN_GROUP: SocketOptionKind
SOCKET_OPTION_KIND_LEAVE_GROUP: SocketOptionKind
SOCKET_OPTION_KIND_MULTICAST_HOPS: SocketOptionKind
SOCKET_OPTION_KIND_MULTICAST_LOOPBACK: SocketOptionKind
SOCKET_OPTION_KIND_MULTICAST_INTERFACE: SocketOptionKind
SOCKET_OPTION_KIND_TYPE_OF_SERVICE: SocketOptionKind
SOCKET_OPTION_KIND_TIME_TO_LIVE: SocketOptionKind
SOCKET_OPTION_KIND_MARK: SocketOptionKind
SOCKET_OPTION_KIND_DEVICE: SocketOptionKind
SOCKET_OPTION_KIND_USER_TIMEOUT: SocketOptionKind
SOCKET_OPTION_KIND_FAST_OPEN: SocketOptionKind
SOCKET_OPTION_KIND_CONGESTION_CONTROL: SocketOptionKind
SOCKET_OPTION_KIND_QUICK_ACKNOWLEDGE: SocketOptionKind
SOCKET_OPTION_KIND_DEFER_ACCEPT: SocketOptionKind
SOCKET_OPTION_KIND_MAXIMUM_SEGMENT_BYTES: SocketOptionKind
SOCKET_OPTION_KIND_BACKLOG: SocketOptionKind
SOCKET_OPTION_KIND_CONDITIONAL_ACCEPT: SocketOptionKind
SOCKET_OPTION_KIND_FIXED_REMOTE: SocketOptionKind
SOCKET_OPTION_KIND_FIXED_SEND_TO: SocketOptionKind
SOCKET_OPTION_KIND_SILENT: SocketOptionKind
QUERY_KIND_UNSPECIFIED: QueryKind
QUERY_KIND_RECEIVE_BACKLOG: QueryKind
QUERY_KIND_UNSENT: QueryKind
QUERY_KIND_UNACKNOWLEDGED: QueryKind
QUERY_KIND_IDEAL_SEND_BACKLOG: QueryKind
QUERY_KIND_TCP_INFO: QueryKind
QUERY_KIND_ADDRESS_LIST: QueryKind
QUERY_KIND_INSPECT_ID: QueryKind

class SocketOption(_message.Message):
    __slots__ = ("keep_alive", "no_delay", "receive_buffer_bytes", "send_buffer_bytes", "linger", "reuse_address", "exclusive_address", "v6_only", "broadcast", "join_group", "leave_group", "multicast_hops", "multicast_loopback", "multicast_interface", "type_of_service", "time_to_live", "mark", "device", "user_timeout", "fast_open", "congestion_control", "quick_acknowledge", "defer_accept", "maximum_segment_bytes", "backlog", "conditional_accept", "fixed_remote", "fixed_send_to", "silent")
    KEEP_ALIVE_FIELD_NUMBER: _ClassVar[int]
    NO_DELAY_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_BUFFER_BYTES_FIELD_NUMBER: _ClassVar[int]
    SEND_BUFFER_BYTES_FIELD_NUMBER: _ClassVar[int]
    LINGER_FIELD_NUMBER: _ClassVar[int]
    REUSE_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    EXCLUSIVE_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    V6_ONLY_FIELD_NUMBER: _ClassVar[int]
    BROADCAST_FIELD_NUMBER: _ClassVar[int]
    JOIN_GROUP_FIELD_NUMBER: _ClassVar[int]
    LEAVE_GROUP_FIELD_NUMBER: _ClassVar[int]
    MULTICAST_HOPS_FIELD_NUMBER: _ClassVar[int]
    MULTICAST_LOOPBACK_FIELD_NUMBER: _ClassVar[int]
    MULTICAST_INTERFACE_FIELD_NUMBER: _ClassVar[int]
    TYPE_OF_SERVICE_FIELD_NUMBER: _ClassVar[int]
    TIME_TO_LIVE_FIELD_NUMBER: _ClassVar[int]
    MARK_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    USER_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    FAST_OPEN_FIELD_NUMBER: _ClassVar[int]
    CONGESTION_CONTROL_FIELD_NUMBER: _ClassVar[int]
    QUICK_ACKNOWLEDGE_FIELD_NUMBER: _ClassVar[int]
    DEFER_ACCEPT_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_SEGMENT_BYTES_FIELD_NUMBER: _ClassVar[int]
    BACKLOG_FIELD_NUMBER: _ClassVar[int]
    CONDITIONAL_ACCEPT_FIELD_NUMBER: _ClassVar[int]
    FIXED_REMOTE_FIELD_NUMBER: _ClassVar[int]
    FIXED_SEND_TO_FIELD_NUMBER: _ClassVar[int]
    SILENT_FIELD_NUMBER: _ClassVar[int]
    keep_alive: KeepAlive
    no_delay: bool
    receive_buffer_bytes: int
    send_buffer_bytes: int
    linger: Linger
    reuse_address: bool
    exclusive_address: bool
    v6_only: bool
    broadcast: bool
    join_group: MulticastGroup
    leave_group: MulticastGroup
    multicast_hops: int
    multicast_loopback: bool
    multicast_interface: str
    type_of_service: int
    time_to_live: int
    mark: int
    device: str
    user_timeout: _duration_pb2.Duration
    fast_open: int
    congestion_control: str
    quick_acknowledge: bool
    defer_accept: _duration_pb2.Duration
    maximum_segment_bytes: int
    backlog: int
    conditional_accept: bool
    fixed_remote: _types_pb2.Endpoint
    fixed_send_to: _types_pb2.Endpoint
    silent: bool
    def __init__(self, keep_alive: _Optional[_Union[KeepAlive, _Mapping]] = ..., no_delay: bool = ..., receive_buffer_bytes: _Optional[int] = ..., send_buffer_bytes: _Optional[int] = ..., linger: _Optional[_Union[Linger, _Mapping]] = ..., reuse_address: bool = ..., exclusive_address: bool = ..., v6_only: bool = ..., broadcast: bool = ..., join_group: _Optional[_Union[MulticastGroup, _Mapping]] = ..., leave_group: _Optional[_Union[MulticastGroup, _Mapping]] = ..., multicast_hops: _Optional[int] = ..., multicast_loopback: bool = ..., multicast_interface: _Optional[str] = ..., type_of_service: _Optional[int] = ..., time_to_live: _Optional[int] = ..., mark: _Optional[int] = ..., device: _Optional[str] = ..., user_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., fast_open: _Optional[int] = ..., congestion_control: _Optional[str] = ..., quick_acknowledge: bool = ..., defer_accept: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., maximum_segment_bytes: _Optional[int] = ..., backlog: _Optional[int] = ..., conditional_accept: bool = ..., fixed_remote: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., fixed_send_to: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ..., silent: bool = ...) -> None: ...

class KeepAlive(_message.Message):
    __slots__ = ("enabled", "idle", "interval", "probes")
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    IDLE_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    PROBES_FIELD_NUMBER: _ClassVar[int]
    enabled: bool
    idle: _duration_pb2.Duration
    interval: _duration_pb2.Duration
    probes: int
    def __init__(self, enabled: bool = ..., idle: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., probes: _Optional[int] = ...) -> None: ...

class Linger(_message.Message):
    __slots__ = ("enabled", "timeout")
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    enabled: bool
    timeout: _duration_pb2.Duration
    def __init__(self, enabled: bool = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class MulticastGroup(_message.Message):
    __slots__ = ("address", "interface")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    INTERFACE_FIELD_NUMBER: _ClassVar[int]
    address: str
    interface: str
    def __init__(self, address: _Optional[str] = ..., interface: _Optional[str] = ...) -> None: ...

class SocketQueries(_message.Message):
    __slots__ = ("receive_backlog_bytes", "unsent_bytes", "unacknowledged_bytes", "ideal_send_backlog_bytes", "tcp_info", "tcp_info_fields", "addresses", "inspect_id")
    class TcpInfoFieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    RECEIVE_BACKLOG_BYTES_FIELD_NUMBER: _ClassVar[int]
    UNSENT_BYTES_FIELD_NUMBER: _ClassVar[int]
    UNACKNOWLEDGED_BYTES_FIELD_NUMBER: _ClassVar[int]
    IDEAL_SEND_BACKLOG_BYTES_FIELD_NUMBER: _ClassVar[int]
    TCP_INFO_FIELD_NUMBER: _ClassVar[int]
    TCP_INFO_FIELDS_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    INSPECT_ID_FIELD_NUMBER: _ClassVar[int]
    receive_backlog_bytes: int
    unsent_bytes: int
    unacknowledged_bytes: int
    ideal_send_backlog_bytes: int
    tcp_info: _types_pb2.TcpInfo
    tcp_info_fields: _containers.ScalarMap[str, int]
    addresses: _containers.RepeatedCompositeFieldContainer[InterfaceAddress]
    inspect_id: int
    def __init__(self, receive_backlog_bytes: _Optional[int] = ..., unsent_bytes: _Optional[int] = ..., unacknowledged_bytes: _Optional[int] = ..., ideal_send_backlog_bytes: _Optional[int] = ..., tcp_info: _Optional[_Union[_types_pb2.TcpInfo, _Mapping]] = ..., tcp_info_fields: _Optional[_Mapping[str, int]] = ..., addresses: _Optional[_Iterable[_Union[InterfaceAddress, _Mapping]]] = ..., inspect_id: _Optional[int] = ...) -> None: ...

class InterfaceAddress(_message.Message):
    __slots__ = ("interface", "address")
    INTERFACE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    interface: str
    address: _types_pb2.Endpoint
    def __init__(self, interface: _Optional[str] = ..., address: _Optional[_Union[_types_pb2.Endpoint, _Mapping]] = ...) -> None: ...
