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

class Direction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIRECTION_UNSPECIFIED: _ClassVar[Direction]
    DIRECTION_SEND: _ClassVar[Direction]
    DIRECTION_RECEIVE: _ClassVar[Direction]

class RelaySide(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RELAY_SIDE_UNSPECIFIED: _ClassVar[RelaySide]
    RELAY_SIDE_DOWNSTREAM: _ClassVar[RelaySide]
    RELAY_SIDE_UPSTREAM: _ClassVar[RelaySide]

class DecisionScope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DECISION_SCOPE_UNSPECIFIED: _ClassVar[DecisionScope]
    DECISION_SCOPE_CONNECTION: _ClassVar[DecisionScope]
    DECISION_SCOPE_EACH: _ClassVar[DecisionScope]

class CountScope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COUNT_SCOPE_UNSPECIFIED: _ClassVar[CountScope]
    COUNT_SCOPE_SOCKET: _ClassVar[CountScope]
    COUNT_SCOPE_FAULT: _ClassVar[CountScope]

class Distribution(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DISTRIBUTION_UNSPECIFIED: _ClassVar[Distribution]
    DISTRIBUTION_UNIFORM: _ClassVar[Distribution]
    DISTRIBUTION_NORMAL: _ClassVar[Distribution]
    DISTRIBUTION_PARETO: _ClassVar[Distribution]

class LimitEnd(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIMIT_END_UNSPECIFIED: _ClassVar[LimitEnd]
    LIMIT_END_FIN: _ClassVar[LimitEnd]
    LIMIT_END_RESET: _ClassVar[LimitEnd]
    LIMIT_END_STALL: _ClassVar[LimitEnd]

class CorruptionUnit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CORRUPTION_UNIT_UNSPECIFIED: _ClassVar[CorruptionUnit]
    CORRUPTION_UNIT_BIT: _ClassVar[CorruptionUnit]
    CORRUPTION_UNIT_BYTE: _ClassVar[CorruptionUnit]

class ResetMoment(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESET_MOMENT_UNSPECIFIED: _ClassVar[ResetMoment]
    RESET_MOMENT_NOW: _ClassVar[ResetMoment]
    RESET_MOMENT_NEXT_OPERATION: _ClassVar[ResetMoment]

class ConnectOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONNECT_OUTCOME_UNSPECIFIED: _ClassVar[ConnectOutcome]
    CONNECT_OUTCOME_REFUSED: _ClassVar[ConnectOutcome]
    CONNECT_OUTCOME_BLACKHOLE: _ClassVar[ConnectOutcome]
    CONNECT_OUTCOME_HOST_UNREACHABLE: _ClassVar[ConnectOutcome]
    CONNECT_OUTCOME_NETWORK_UNREACHABLE: _ClassVar[ConnectOutcome]
    CONNECT_OUTCOME_RESET: _ClassVar[ConnectOutcome]
DIRECTION_UNSPECIFIED: Direction
DIRECTION_SEND: Direction
DIRECTION_RECEIVE: Direction
RELAY_SIDE_UNSPECIFIED: RelaySide
RELAY_SIDE_DOWNSTREAM: RelaySide
RELAY_SIDE_UPSTREAM: RelaySide
DECISION_SCOPE_UNSPECIFIED: DecisionScope
DECISION_SCOPE_CONNECTION: DecisionScope
DECISION_SCOPE_EACH: DecisionScope
COUNT_SCOPE_UNSPECIFIED: CountScope
COUNT_SCOPE_SOCKET: CountScope
COUNT_SCOPE_FAULT: CountScope
DISTRIBUTION_UNSPECIFIED: Distribution
DISTRIBUTION_UNIFORM: Distribution
DISTRIBUTION_NORMAL: Distribution
DISTRIBUTION_PARETO: Distribution
LIMIT_END_UNSPECIFIED: LimitEnd
LIMIT_END_FIN: LimitEnd
LIMIT_END_RESET: LimitEnd
LIMIT_END_STALL: LimitEnd
CORRUPTION_UNIT_UNSPECIFIED: CorruptionUnit
CORRUPTION_UNIT_BIT: CorruptionUnit
CORRUPTION_UNIT_BYTE: CorruptionUnit
RESET_MOMENT_UNSPECIFIED: ResetMoment
RESET_MOMENT_NOW: ResetMoment
RESET_MOMENT_NEXT_OPERATION: ResetMoment
CONNECT_OUTCOME_UNSPECIFIED: ConnectOutcome
CONNECT_OUTCOME_REFUSED: ConnectOutcome
CONNECT_OUTCOME_BLACKHOLE: ConnectOutcome
CONNECT_OUTCOME_HOST_UNREACHABLE: ConnectOutcome
CONNECT_OUTCOME_NETWORK_UNREACHABLE: ConnectOutcome
CONNECT_OUTCOME_RESET: ConnectOutcome

class Fault(_message.Message):
    __slots__ = ("name", "target", "timing", "seed", "expires_after", "replay", "latency", "bandwidth", "slices", "drip", "stall", "limit", "corruption", "duplicate_bytes", "insert_bytes", "packet_loss", "slow_close", "half_close", "reset", "never_read", "short_write", "connect_failure", "connect_delay", "resolve_failure", "resolve_delay", "accept_delay", "never_accept", "accept_reset", "datagram_loss", "datagram_duplication", "datagram_reordering", "datagram_delay", "datagram_truncation", "datagram_corruption", "operation_failure", "operation_hang", "operation_delay", "operation_false_failure")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    TIMING_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AFTER_FIELD_NUMBER: _ClassVar[int]
    REPLAY_FIELD_NUMBER: _ClassVar[int]
    LATENCY_FIELD_NUMBER: _ClassVar[int]
    BANDWIDTH_FIELD_NUMBER: _ClassVar[int]
    SLICES_FIELD_NUMBER: _ClassVar[int]
    DRIP_FIELD_NUMBER: _ClassVar[int]
    STALL_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    CORRUPTION_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_BYTES_FIELD_NUMBER: _ClassVar[int]
    INSERT_BYTES_FIELD_NUMBER: _ClassVar[int]
    PACKET_LOSS_FIELD_NUMBER: _ClassVar[int]
    SLOW_CLOSE_FIELD_NUMBER: _ClassVar[int]
    HALF_CLOSE_FIELD_NUMBER: _ClassVar[int]
    RESET_FIELD_NUMBER: _ClassVar[int]
    NEVER_READ_FIELD_NUMBER: _ClassVar[int]
    SHORT_WRITE_FIELD_NUMBER: _ClassVar[int]
    CONNECT_FAILURE_FIELD_NUMBER: _ClassVar[int]
    CONNECT_DELAY_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_FAILURE_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_DELAY_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_DELAY_FIELD_NUMBER: _ClassVar[int]
    NEVER_ACCEPT_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_RESET_FIELD_NUMBER: _ClassVar[int]
    DATAGRAM_LOSS_FIELD_NUMBER: _ClassVar[int]
    DATAGRAM_DUPLICATION_FIELD_NUMBER: _ClassVar[int]
    DATAGRAM_REORDERING_FIELD_NUMBER: _ClassVar[int]
    DATAGRAM_DELAY_FIELD_NUMBER: _ClassVar[int]
    DATAGRAM_TRUNCATION_FIELD_NUMBER: _ClassVar[int]
    DATAGRAM_CORRUPTION_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FAILURE_FIELD_NUMBER: _ClassVar[int]
    OPERATION_HANG_FIELD_NUMBER: _ClassVar[int]
    OPERATION_DELAY_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FALSE_FAILURE_FIELD_NUMBER: _ClassVar[int]
    name: str
    target: FaultTarget
    timing: FaultTiming
    seed: int
    expires_after: _duration_pb2.Duration
    replay: FaultReplay
    latency: Latency
    bandwidth: Bandwidth
    slices: Slices
    drip: Drip
    stall: Stall
    limit: Limit
    corruption: Corruption
    duplicate_bytes: DuplicateBytes
    insert_bytes: InsertBytes
    packet_loss: PacketLoss
    slow_close: SlowClose
    half_close: HalfClose
    reset: Reset
    never_read: NeverRead
    short_write: ShortWrite
    connect_failure: ConnectFailure
    connect_delay: ConnectDelay
    resolve_failure: ResolveFailure
    resolve_delay: ResolveDelay
    accept_delay: AcceptDelay
    never_accept: NeverAccept
    accept_reset: AcceptReset
    datagram_loss: DatagramLoss
    datagram_duplication: DatagramDuplication
    datagram_reordering: DatagramReordering
    datagram_delay: DatagramDelay
    datagram_truncation: DatagramTruncation
    datagram_corruption: DatagramCorruption
    operation_failure: OperationFailure
    operation_hang: OperationHang
    operation_delay: OperationDelay
    operation_false_failure: OperationFalseFailure
    def __init__(self, name: _Optional[str] = ..., target: _Optional[_Union[FaultTarget, _Mapping]] = ..., timing: _Optional[_Union[FaultTiming, _Mapping]] = ..., seed: _Optional[int] = ..., expires_after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., replay: _Optional[_Union[FaultReplay, _Mapping]] = ..., latency: _Optional[_Union[Latency, _Mapping]] = ..., bandwidth: _Optional[_Union[Bandwidth, _Mapping]] = ..., slices: _Optional[_Union[Slices, _Mapping]] = ..., drip: _Optional[_Union[Drip, _Mapping]] = ..., stall: _Optional[_Union[Stall, _Mapping]] = ..., limit: _Optional[_Union[Limit, _Mapping]] = ..., corruption: _Optional[_Union[Corruption, _Mapping]] = ..., duplicate_bytes: _Optional[_Union[DuplicateBytes, _Mapping]] = ..., insert_bytes: _Optional[_Union[InsertBytes, _Mapping]] = ..., packet_loss: _Optional[_Union[PacketLoss, _Mapping]] = ..., slow_close: _Optional[_Union[SlowClose, _Mapping]] = ..., half_close: _Optional[_Union[HalfClose, _Mapping]] = ..., reset: _Optional[_Union[Reset, _Mapping]] = ..., never_read: _Optional[_Union[NeverRead, _Mapping]] = ..., short_write: _Optional[_Union[ShortWrite, _Mapping]] = ..., connect_failure: _Optional[_Union[ConnectFailure, _Mapping]] = ..., connect_delay: _Optional[_Union[ConnectDelay, _Mapping]] = ..., resolve_failure: _Optional[_Union[ResolveFailure, _Mapping]] = ..., resolve_delay: _Optional[_Union[ResolveDelay, _Mapping]] = ..., accept_delay: _Optional[_Union[AcceptDelay, _Mapping]] = ..., never_accept: _Optional[_Union[NeverAccept, _Mapping]] = ..., accept_reset: _Optional[_Union[AcceptReset, _Mapping]] = ..., datagram_loss: _Optional[_Union[DatagramLoss, _Mapping]] = ..., datagram_duplication: _Optional[_Union[DatagramDuplication, _Mapping]] = ..., datagram_reordering: _Optional[_Union[DatagramReordering, _Mapping]] = ..., datagram_delay: _Optional[_Union[DatagramDelay, _Mapping]] = ..., datagram_truncation: _Optional[_Union[DatagramTruncation, _Mapping]] = ..., datagram_corruption: _Optional[_Union[DatagramCorruption, _Mapping]] = ..., operation_failure: _Optional[_Union[OperationFailure, _Mapping]] = ..., operation_hang: _Optional[_Union[OperationHang, _Mapping]] = ..., operation_delay: _Optional[_Union[OperationDelay, _Mapping]] = ..., operation_false_failure: _Optional[_Union[OperationFalseFailure, _Mapping]] = ...) -> None: ...

class FaultTarget(_message.Message):
    __slots__ = ("socket_id", "listener_id", "peer", "direction", "operations", "phases", "relay_side", "peers")
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    LISTENER_ID_FIELD_NUMBER: _ClassVar[int]
    PEER_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    PHASES_FIELD_NUMBER: _ClassVar[int]
    RELAY_SIDE_FIELD_NUMBER: _ClassVar[int]
    PEERS_FIELD_NUMBER: _ClassVar[int]
    socket_id: int
    listener_id: int
    peer: str
    direction: Direction
    operations: _containers.RepeatedScalarFieldContainer[_operations_pb2.OperationKind]
    phases: _containers.RepeatedScalarFieldContainer[_types_pb2.Phase]
    relay_side: RelaySide
    peers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, socket_id: _Optional[int] = ..., listener_id: _Optional[int] = ..., peer: _Optional[str] = ..., direction: _Optional[_Union[Direction, str]] = ..., operations: _Optional[_Iterable[_Union[_operations_pb2.OperationKind, str]]] = ..., phases: _Optional[_Iterable[_Union[_types_pb2.Phase, str]]] = ..., relay_side: _Optional[_Union[RelaySide, str]] = ..., peers: _Optional[_Iterable[str]] = ...) -> None: ...

class FaultTiming(_message.Message):
    __slots__ = ("probability", "burst", "correlation", "decided_per", "nth", "after_bytes", "after_decisions", "after", "times", "window_start", "window_end", "on", "off", "counted_per")
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    BURST_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    DECIDED_PER_FIELD_NUMBER: _ClassVar[int]
    NTH_FIELD_NUMBER: _ClassVar[int]
    AFTER_BYTES_FIELD_NUMBER: _ClassVar[int]
    AFTER_DECISIONS_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    WINDOW_START_FIELD_NUMBER: _ClassVar[int]
    WINDOW_END_FIELD_NUMBER: _ClassVar[int]
    ON_FIELD_NUMBER: _ClassVar[int]
    OFF_FIELD_NUMBER: _ClassVar[int]
    COUNTED_PER_FIELD_NUMBER: _ClassVar[int]
    probability: float
    burst: GilbertElliott
    correlation: float
    decided_per: DecisionScope
    nth: int
    after_bytes: int
    after_decisions: int
    after: _duration_pb2.Duration
    times: int
    window_start: _duration_pb2.Duration
    window_end: _duration_pb2.Duration
    on: _duration_pb2.Duration
    off: _duration_pb2.Duration
    counted_per: CountScope
    def __init__(self, probability: _Optional[float] = ..., burst: _Optional[_Union[GilbertElliott, _Mapping]] = ..., correlation: _Optional[float] = ..., decided_per: _Optional[_Union[DecisionScope, str]] = ..., nth: _Optional[int] = ..., after_bytes: _Optional[int] = ..., after_decisions: _Optional[int] = ..., after: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., times: _Optional[int] = ..., window_start: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., window_end: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., on: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., off: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., counted_per: _Optional[_Union[CountScope, str]] = ...) -> None: ...

class GilbertElliott(_message.Message):
    __slots__ = ("bad", "good", "fires_in_good", "fires_in_bad")
    BAD_FIELD_NUMBER: _ClassVar[int]
    GOOD_FIELD_NUMBER: _ClassVar[int]
    FIRES_IN_GOOD_FIELD_NUMBER: _ClassVar[int]
    FIRES_IN_BAD_FIELD_NUMBER: _ClassVar[int]
    bad: float
    good: float
    fires_in_good: float
    fires_in_bad: float
    def __init__(self, bad: _Optional[float] = ..., good: _Optional[float] = ..., fires_in_good: _Optional[float] = ..., fires_in_bad: _Optional[float] = ...) -> None: ...

class FaultReplay(_message.Message):
    __slots__ = ("decisions",)
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    decisions: _containers.RepeatedCompositeFieldContainer[FaultDecision]
    def __init__(self, decisions: _Optional[_Iterable[_Union[FaultDecision, _Mapping]]] = ...) -> None: ...

class FaultDecision(_message.Message):
    __slots__ = ("socket_id", "direction", "number")
    SOCKET_ID_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    socket_id: int
    direction: Direction
    number: int
    def __init__(self, socket_id: _Optional[int] = ..., direction: _Optional[_Union[Direction, str]] = ..., number: _Optional[int] = ...) -> None: ...

class Latency(_message.Message):
    __slots__ = ("delay", "jitter", "distribution", "correlation")
    DELAY_FIELD_NUMBER: _ClassVar[int]
    JITTER_FIELD_NUMBER: _ClassVar[int]
    DISTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    delay: _duration_pb2.Duration
    jitter: _duration_pb2.Duration
    distribution: Distribution
    correlation: float
    def __init__(self, delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., jitter: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., distribution: _Optional[_Union[Distribution, str]] = ..., correlation: _Optional[float] = ...) -> None: ...

class Bandwidth(_message.Message):
    __slots__ = ("bytes_per_second", "burst_bytes")
    BYTES_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    BURST_BYTES_FIELD_NUMBER: _ClassVar[int]
    bytes_per_second: int
    burst_bytes: int
    def __init__(self, bytes_per_second: _Optional[int] = ..., burst_bytes: _Optional[int] = ...) -> None: ...

class Slices(_message.Message):
    __slots__ = ("size_bytes", "size_variation_bytes", "gap")
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SIZE_VARIATION_BYTES_FIELD_NUMBER: _ClassVar[int]
    GAP_FIELD_NUMBER: _ClassVar[int]
    size_bytes: int
    size_variation_bytes: int
    gap: _duration_pb2.Duration
    def __init__(self, size_bytes: _Optional[int] = ..., size_variation_bytes: _Optional[int] = ..., gap: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Drip(_message.Message):
    __slots__ = ("gap",)
    GAP_FIELD_NUMBER: _ClassVar[int]
    gap: _duration_pb2.Duration
    def __init__(self, gap: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Stall(_message.Message):
    __slots__ = ("duration",)
    DURATION_FIELD_NUMBER: _ClassVar[int]
    duration: _duration_pb2.Duration
    def __init__(self, duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Limit(_message.Message):
    __slots__ = ("bytes", "duration", "end")
    BYTES_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    bytes: int
    duration: _duration_pb2.Duration
    end: LimitEnd
    def __init__(self, bytes: _Optional[int] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., end: _Optional[_Union[LimitEnd, str]] = ...) -> None: ...

class Corruption(_message.Message):
    __slots__ = ("offsets", "per_million", "unit", "pattern")
    OFFSETS_FIELD_NUMBER: _ClassVar[int]
    PER_MILLION_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    PATTERN_FIELD_NUMBER: _ClassVar[int]
    offsets: _containers.RepeatedScalarFieldContainer[int]
    per_million: int
    unit: CorruptionUnit
    pattern: bytes
    def __init__(self, offsets: _Optional[_Iterable[int]] = ..., per_million: _Optional[int] = ..., unit: _Optional[_Union[CorruptionUnit, str]] = ..., pattern: _Optional[bytes] = ...) -> None: ...

class DuplicateBytes(_message.Message):
    __slots__ = ("length",)
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    length: int
    def __init__(self, length: _Optional[int] = ...) -> None: ...

class InsertBytes(_message.Message):
    __slots__ = ("offset", "data")
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    offset: int
    data: bytes
    def __init__(self, offset: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...

class PacketLoss(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SlowClose(_message.Message):
    __slots__ = ("delay",)
    DELAY_FIELD_NUMBER: _ClassVar[int]
    delay: _duration_pb2.Duration
    def __init__(self, delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class HalfClose(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Reset(_message.Message):
    __slots__ = ("moment",)
    MOMENT_FIELD_NUMBER: _ClassVar[int]
    moment: ResetMoment
    def __init__(self, moment: _Optional[_Union[ResetMoment, str]] = ...) -> None: ...

class NeverRead(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ShortWrite(_message.Message):
    __slots__ = ("bytes", "status", "errno_name")
    BYTES_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ERRNO_NAME_FIELD_NUMBER: _ClassVar[int]
    bytes: int
    status: _types_pb2.Status
    errno_name: str
    def __init__(self, bytes: _Optional[int] = ..., status: _Optional[_Union[_types_pb2.Status, str]] = ..., errno_name: _Optional[str] = ...) -> None: ...

class ConnectFailure(_message.Message):
    __slots__ = ("outcome", "delay")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DELAY_FIELD_NUMBER: _ClassVar[int]
    outcome: ConnectOutcome
    delay: _duration_pb2.Duration
    def __init__(self, outcome: _Optional[_Union[ConnectOutcome, str]] = ..., delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ConnectDelay(_message.Message):
    __slots__ = ("delay", "jitter")
    DELAY_FIELD_NUMBER: _ClassVar[int]
    JITTER_FIELD_NUMBER: _ClassVar[int]
    delay: _duration_pb2.Duration
    jitter: _duration_pb2.Duration
    def __init__(self, delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., jitter: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ResolveFailure(_message.Message):
    __slots__ = ("delay",)
    DELAY_FIELD_NUMBER: _ClassVar[int]
    delay: _duration_pb2.Duration
    def __init__(self, delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ResolveDelay(_message.Message):
    __slots__ = ("delay", "jitter")
    DELAY_FIELD_NUMBER: _ClassVar[int]
    JITTER_FIELD_NUMBER: _ClassVar[int]
    delay: _duration_pb2.Duration
    jitter: _duration_pb2.Duration
    def __init__(self, delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., jitter: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class AcceptDelay(_message.Message):
    __slots__ = ("delay", "jitter")
    DELAY_FIELD_NUMBER: _ClassVar[int]
    JITTER_FIELD_NUMBER: _ClassVar[int]
    delay: _duration_pb2.Duration
    jitter: _duration_pb2.Duration
    def __init__(self, delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., jitter: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class NeverAccept(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class AcceptReset(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DatagramLoss(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DatagramDuplication(_message.Message):
    __slots__ = ("copies",)
    COPIES_FIELD_NUMBER: _ClassVar[int]
    copies: int
    def __init__(self, copies: _Optional[int] = ...) -> None: ...

class DatagramReordering(_message.Message):
    __slots__ = ("displacement", "longest_wait")
    DISPLACEMENT_FIELD_NUMBER: _ClassVar[int]
    LONGEST_WAIT_FIELD_NUMBER: _ClassVar[int]
    displacement: int
    longest_wait: _duration_pb2.Duration
    def __init__(self, displacement: _Optional[int] = ..., longest_wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class DatagramDelay(_message.Message):
    __slots__ = ("delay", "jitter", "distribution", "correlation")
    DELAY_FIELD_NUMBER: _ClassVar[int]
    JITTER_FIELD_NUMBER: _ClassVar[int]
    DISTRIBUTION_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    delay: _duration_pb2.Duration
    jitter: _duration_pb2.Duration
    distribution: Distribution
    correlation: float
    def __init__(self, delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., jitter: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., distribution: _Optional[_Union[Distribution, str]] = ..., correlation: _Optional[float] = ...) -> None: ...

class DatagramTruncation(_message.Message):
    __slots__ = ("length",)
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    length: int
    def __init__(self, length: _Optional[int] = ...) -> None: ...

class DatagramCorruption(_message.Message):
    __slots__ = ("places", "unit")
    PLACES_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    places: int
    unit: CorruptionUnit
    def __init__(self, places: _Optional[int] = ..., unit: _Optional[_Union[CorruptionUnit, str]] = ...) -> None: ...

class OperationFailure(_message.Message):
    __slots__ = ("status", "errno_name")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ERRNO_NAME_FIELD_NUMBER: _ClassVar[int]
    status: _types_pb2.Status
    errno_name: str
    def __init__(self, status: _Optional[_Union[_types_pb2.Status, str]] = ..., errno_name: _Optional[str] = ...) -> None: ...

class OperationHang(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class OperationDelay(_message.Message):
    __slots__ = ("delay", "jitter")
    DELAY_FIELD_NUMBER: _ClassVar[int]
    JITTER_FIELD_NUMBER: _ClassVar[int]
    delay: _duration_pb2.Duration
    jitter: _duration_pb2.Duration
    def __init__(self, delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., jitter: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class OperationFalseFailure(_message.Message):
    __slots__ = ("status", "errno_name")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ERRNO_NAME_FIELD_NUMBER: _ClassVar[int]
    status: _types_pb2.Status
    errno_name: str
    def __init__(self, status: _Optional[_Union[_types_pb2.Status, str]] = ..., errno_name: _Optional[str] = ...) -> None: ...

class FaultState(_message.Message):
    __slots__ = ("fault", "decisions", "firings", "sockets", "held_bytes", "held", "age")
    FAULT_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    FIRINGS_FIELD_NUMBER: _ClassVar[int]
    SOCKETS_FIELD_NUMBER: _ClassVar[int]
    HELD_BYTES_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    AGE_FIELD_NUMBER: _ClassVar[int]
    fault: Fault
    decisions: int
    firings: int
    sockets: int
    held_bytes: int
    held: int
    age: _duration_pb2.Duration
    def __init__(self, fault: _Optional[_Union[Fault, _Mapping]] = ..., decisions: _Optional[int] = ..., firings: _Optional[int] = ..., sockets: _Optional[int] = ..., held_bytes: _Optional[int] = ..., held: _Optional[int] = ..., age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class CreateFaultRequest(_message.Message):
    __slots__ = ("session_id", "request_id", "fault")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    request_id: str
    fault: Fault
    def __init__(self, session_id: _Optional[str] = ..., request_id: _Optional[str] = ..., fault: _Optional[_Union[Fault, _Mapping]] = ...) -> None: ...

class CreateFaultResponse(_message.Message):
    __slots__ = ("state",)
    STATE_FIELD_NUMBER: _ClassVar[int]
    state: FaultState
    def __init__(self, state: _Optional[_Union[FaultState, _Mapping]] = ...) -> None: ...

class UpdateFaultRequest(_message.Message):
    __slots__ = ("session_id", "fault")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    fault: Fault
    def __init__(self, session_id: _Optional[str] = ..., fault: _Optional[_Union[Fault, _Mapping]] = ...) -> None: ...

class UpdateFaultResponse(_message.Message):
    __slots__ = ("state",)
    STATE_FIELD_NUMBER: _ClassVar[int]
    state: FaultState
    def __init__(self, state: _Optional[_Union[FaultState, _Mapping]] = ...) -> None: ...

class DeleteFaultRequest(_message.Message):
    __slots__ = ("session_id", "name")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    name: str
    def __init__(self, session_id: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class DeleteFaultResponse(_message.Message):
    __slots__ = ("state",)
    STATE_FIELD_NUMBER: _ClassVar[int]
    state: FaultState
    def __init__(self, state: _Optional[_Union[FaultState, _Mapping]] = ...) -> None: ...

class ListFaultsRequest(_message.Message):
    __slots__ = ("session_id",)
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    def __init__(self, session_id: _Optional[str] = ...) -> None: ...

class ListFaultsResponse(_message.Message):
    __slots__ = ("faults",)
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    faults: _containers.RepeatedCompositeFieldContainer[FaultState]
    def __init__(self, faults: _Optional[_Iterable[_Union[FaultState, _Mapping]]] = ...) -> None: ...

class ResetFaultsRequest(_message.Message):
    __slots__ = ("session_id",)
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    def __init__(self, session_id: _Optional[str] = ...) -> None: ...

class ResetFaultsResponse(_message.Message):
    __slots__ = ("faults",)
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    faults: _containers.RepeatedCompositeFieldContainer[FaultState]
    def __init__(self, faults: _Optional[_Iterable[_Union[FaultState, _Mapping]]] = ...) -> None: ...
