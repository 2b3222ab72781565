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

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_OWNER: _ClassVar[Role]
    ROLE_OBSERVER: _ClassVar[Role]
    ROLE_ADMINISTRATOR: _ClassVar[Role]
ROLE_UNSPECIFIED: Role
ROLE_OWNER: Role
ROLE_OBSERVER: Role
ROLE_ADMINISTRATOR: Role

class Agent(_message.Message):
    __slots__ = ("agent_id", "boot_id", "version", "limits", "capabilities", "allowed_destinations", "draining", "sessions", "sockets", "allowed_listens", "allowed_names", "identity", "role", "quotas", "contract_revision")
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_DESTINATIONS_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    SOCKETS_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_LISTENS_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_NAMES_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    QUOTAS_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_REVISION_FIELD_NUMBER: _ClassVar[int]
    agent_id: str
    boot_id: str
    version: str
    limits: Limits
    capabilities: _containers.RepeatedCompositeFieldContainer[Capability]
    allowed_destinations: _containers.RepeatedScalarFieldContainer[str]
    draining: bool
    sessions: int
    sockets: int
    allowed_listens: _containers.RepeatedScalarFieldContainer[str]
    allowed_names: _containers.RepeatedScalarFieldContainer[str]
    identity: str
    role: Role
    quotas: Quotas
    contract_revision: int
    def __init__(self, agent_id: _Optional[str] = ..., boot_id: _Optional[str] = ..., version: _Optional[str] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., capabilities: _Optional[_Iterable[_Union[Capability, _Mapping]]] = ..., allowed_destinations: _Optional[_Iterable[str]] = ..., draining: bool = ..., sessions: _Optional[int] = ..., sockets: _Optional[int] = ..., allowed_listens: _Optional[_Iterable[str]] = ..., allowed_names: _Optional[_Iterable[str]] = ..., identity: _Optional[str] = ..., role: _Optional[_Union[Role, str]] = ..., quotas: _Optional[_Union[Quotas, _Mapping]] = ..., contract_revision: _Optional[int] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("sessions", "sockets", "descriptors", "journal_events", "journal_bytes", "total_journal_bytes", "send_bytes", "pending_send_bytes", "total_pending_send_bytes", "initial_data_bytes", "batch_commands", "message_bytes", "default_credit_bytes", "maximum_credit_bytes", "default_lease", "maximum_lease", "default_connect_timeout", "default_close_timeout", "default_credit_connections", "maximum_credit_connections", "default_credit_datagrams", "maximum_credit_datagrams", "chain_links", "send_datagrams", "faults", "fault_held_bytes", "total_fault_held_bytes", "session_sockets", "session_pending_operations", "session_operations_per_second", "session_subscribers", "recording_bytes", "session_pending_send_bytes")
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    SOCKETS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTORS_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_EVENTS_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_JOURNAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    SEND_BYTES_FIELD_NUMBER: _ClassVar[int]
    PENDING_SEND_BYTES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_PENDING_SEND_BYTES_FIELD_NUMBER: _ClassVar[int]
    INITIAL_DATA_BYTES_FIELD_NUMBER: _ClassVar[int]
    BATCH_COMMANDS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_CREDIT_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_CREDIT_BYTES_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_LEASE_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_LEASE_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_CONNECT_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_CLOSE_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_CREDIT_CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_CREDIT_CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_CREDIT_DATAGRAMS_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_CREDIT_DATAGRAMS_FIELD_NUMBER: _ClassVar[int]
    CHAIN_LINKS_FIELD_NUMBER: _ClassVar[int]
    SEND_DATAGRAMS_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    FAULT_HELD_BYTES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FAULT_HELD_BYTES_FIELD_NUMBER: _ClassVar[int]
    SESSION_SOCKETS_FIELD_NUMBER: _ClassVar[int]
    SESSION_PENDING_OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    SESSION_OPERATIONS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    SESSION_SUBSCRIBERS_FIELD_NUMBER: _ClassVar[int]
    RECORDING_BYTES_FIELD_NUMBER: _ClassVar[int]
    SESSION_PENDING_SEND_BYTES_FIELD_NUMBER: _ClassVar[int]
    sessions: int
    sockets: int
    descriptors: int
    journal_events: int
    journal_bytes: int
    total_journal_bytes: int
    send_bytes: int
    pending_send_bytes: int
    total_pending_send_bytes: int
    initial_data_bytes: int
    batch_commands: int
    message_bytes: int
    default_credit_bytes: int
    maximum_credit_bytes: int
    default_lease: _duration_pb2.Duration
    maximum_lease: _duration_pb2.Duration
    default_connect_timeout: _duration_pb2.Duration
    default_close_timeout: _duration_pb2.Duration
    default_credit_connections: int
    maximum_credit_connections: int
    default_credit_datagrams: int
    maximum_credit_datagrams: int
    chain_links: int
    send_datagrams: int
    faults: int
    fault_held_bytes: int
    total_fault_held_bytes: int
    session_sockets: int
    session_pending_operations: int
    session_operations_per_second: float
    session_subscribers: int
    recording_bytes: int
    session_pending_send_bytes: int
    def __init__(self, sessions: _Optional[int] = ..., sockets: _Optional[int] = ..., descriptors: _Optional[int] = ..., journal_events: _Optional[int] = ..., journal_bytes: _Optional[int] = ..., total_journal_bytes: _Optional[int] = ..., send_bytes: _Optional[int] = ..., pending_send_bytes: _Optional[int] = ..., total_pending_send_bytes: _Optional[int] = ..., initial_data_bytes: _Optional[int] = ..., batch_commands: _Optional[int] = ..., message_bytes: _Optional[int] = ..., default_credit_bytes: _Optional[int] = ..., maximum_credit_bytes: _Optional[int] = ..., default_lease: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., maximum_lease: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., default_connect_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., default_close_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., default_credit_connections: _Optional[int] = ..., maximum_credit_connections: _Optional[int] = ..., default_credit_datagrams: _Optional[int] = ..., maximum_credit_datagrams: _Optional[int] = ..., chain_links: _Optional[int] = ..., send_datagrams: _Optional[int] = ..., faults: _Optional[int] = ..., fault_held_bytes: _Optional[int] = ..., total_fault_held_bytes: _Optional[int] = ..., session_sockets: _Optional[int] = ..., session_pending_operations: _Optional[int] = ..., session_operations_per_second: _Optional[float] = ..., session_subscribers: _Optional[int] = ..., recording_bytes: _Optional[int] = ..., session_pending_send_bytes: _Optional[int] = ...) -> None: ...

class Quotas(_message.Message):
    __slots__ = ("sessions", "sockets", "pending_operations", "pending_send_bytes", "journal_bytes", "operations_per_second")
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    SOCKETS_FIELD_NUMBER: _ClassVar[int]
    PENDING_OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    PENDING_SEND_BYTES_FIELD_NUMBER: _ClassVar[int]
    JOURNAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    sessions: int
    sockets: int
    pending_operations: int
    pending_send_bytes: int
    journal_bytes: int
    operations_per_second: float
    def __init__(self, sessions: _Optional[int] = ..., sockets: _Optional[int] = ..., pending_operations: _Optional[int] = ..., pending_send_bytes: _Optional[int] = ..., journal_bytes: _Optional[int] = ..., operations_per_second: _Optional[float] = ...) -> None: ...

class Capability(_message.Message):
    __slots__ = ("name", "available", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    available: bool
    reason: str
    def __init__(self, name: _Optional[str] = ..., available: bool = ..., reason: _Optional[str] = ...) -> None: ...

class GetAgentRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetAgentResponse(_message.Message):
    __slots__ = ("agent",)
    AGENT_FIELD_NUMBER: _ClassVar[int]
    agent: Agent
    def __init__(self, agent: _Optional[_Union[Agent, _Mapping]] = ...) -> None: ...

class SampleClockRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SampleClockResponse(_message.Message):
    __slots__ = ("monotonic_ns", "wall_ns", "boot_id")
    MONOTONIC_NS_FIELD_NUMBER: _ClassVar[int]
    WALL_NS_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    monotonic_ns: int
    wall_ns: int
    boot_id: str
    def __init__(self, monotonic_ns: _Optional[int] = ..., wall_ns: _Optional[int] = ..., boot_id: _Optional[str] = ...) -> None: ...

class CheckPolicyRequest(_message.Message):
    __slots__ = ("action", "host", "port")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    action: _types_pb2.PolicyAction
    host: str
    port: int
    def __init__(self, action: _Optional[_Union[_types_pb2.PolicyAction, str]] = ..., host: _Optional[str] = ..., port: _Optional[int] = ...) -> None: ...

class CheckPolicyResponse(_message.Message):
    __slots__ = ("allowed", "verdicts")
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    VERDICTS_FIELD_NUMBER: _ClassVar[int]
    allowed: bool
    verdicts: _containers.RepeatedCompositeFieldContainer[PolicyVerdict]
    def __init__(self, allowed: bool = ..., verdicts: _Optional[_Iterable[_Union[PolicyVerdict, _Mapping]]] = ...) -> None: ...

class PolicyVerdict(_message.Message):
    __slots__ = ("host", "allowed", "rule", "explanation")
    HOST_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    host: str
    allowed: bool
    rule: str
    explanation: str
    def __init__(self, host: _Optional[str] = ..., allowed: bool = ..., rule: _Optional[str] = ..., explanation: _Optional[str] = ...) -> None: ...

class DrainRequest(_message.Message):
    __slots__ = ("grace_period",)
    GRACE_PERIOD_FIELD_NUMBER: _ClassVar[int]
    grace_period: _duration_pb2.Duration
    def __init__(self, grace_period: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class DrainResponse(_message.Message):
    __slots__ = ("grace_period",)
    GRACE_PERIOD_FIELD_NUMBER: _ClassVar[int]
    grace_period: _duration_pb2.Duration
    def __init__(self, grace_period: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
