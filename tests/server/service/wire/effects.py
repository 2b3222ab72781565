"""One effect of every kind with all of its fields set, and one with none: what the core makes of each, and tells back.

FULL     name in the contract: (fields of the message, effect of the core); the two say the same
BARE     name in the contract: (the least that can be said, what the core makes of it, what is told back)
"""

from typing import Any

from telesock.server.core.faults import connecting, datagrams
from telesock.server.core.faults.bandwidth import Bandwidth
from telesock.server.core.faults.chance import Distribution
from telesock.server.core.faults.closing import SlowClose
from telesock.server.core.faults.corruption import Corruption
from telesock.server.core.faults.inserting import DuplicateBytes, InsertBytes
from telesock.server.core.faults.latency import Latency
from telesock.server.core.faults.limiting import HalfClose, Limit
from telesock.server.core.faults.mangling import Unit
from telesock.server.core.faults.never_reading import NeverRead
from telesock.server.core.faults.operating import (
    OperationDelay,
    OperationFailure,
    OperationFalseFailure,
    OperationHang,
    ShortWrite,
)
from telesock.server.core.faults.resetting import Moment, PacketLoss, Reset
from telesock.server.core.faults.segments import How
from telesock.server.core.faults.slicing import Drip, Slices
from telesock.server.core.faults.stalling import Stall
from telesock.server.core.faults.values import Effect
from telesock.server.core.status import Status

HALF, QUARTER = {"nanos": 500_000_000}, {"nanos": 250_000_000}
NOTHING: dict[str, Any] = {}

FULL: dict[str, tuple[dict[str, Any], Effect]] = {
    "latency": (
        {"delay": HALF, "jitter": QUARTER, "distribution": "DISTRIBUTION_PARETO", "correlation": 0.25},
        Latency(0.5, 0.25, Distribution.PARETO, 0.25),
    ),
    "bandwidth": ({"bytes_per_second": 2**50, "burst_bytes": 2**49}, Bandwidth(2**50, 2**49)),
    "slices": (
        {"size_bytes": 2**20, "size_variation_bytes": 7, "gap": HALF},
        Slices(2**20, 7, 0.5),
    ),
    "drip": ({"gap": HALF}, Drip(0.5)),
    "stall": ({"duration": HALF}, Stall(0.5)),
    "limit": ({"bytes": 2**62, "end": "LIMIT_END_RESET"}, Limit(2**62, None, How.RESET)),
    "corruption": (
        {"offsets": [2**63, 1], "unit": "CORRUPTION_UNIT_BYTE", "pattern": b"\0\xff"},
        Corruption((2**63, 1), 0, Unit.BYTE, b"\0\xff"),
    ),
    "duplicate_bytes": ({"length": 4096}, DuplicateBytes(4096)),
    "insert_bytes": ({"offset": 2**62, "data": b"\0\xff"}, InsertBytes(2**62, b"\0\xff")),
    "packet_loss": (NOTHING, PacketLoss()),
    "slow_close": ({"delay": HALF}, SlowClose(0.5)),
    "half_close": (NOTHING, HalfClose()),
    "reset": ({"moment": "RESET_MOMENT_NEXT_OPERATION"}, Reset(Moment.NEXT_OPERATION)),
    "never_read": (NOTHING, NeverRead()),
    "short_write": (
        {"bytes": 2**62, "status": "STATUS_IO_TIMEOUT", "errno_name": "EPIPE"},
        ShortWrite(2**62, Status.IO_TIMEOUT, "EPIPE"),
    ),
    "connect_failure": (
        {"outcome": "CONNECT_OUTCOME_BLACKHOLE", "delay": HALF},
        connecting.ConnectFailure(connecting.Outcome.BLACKHOLE, 0.5),
    ),
    "connect_delay": ({"delay": HALF, "jitter": QUARTER}, connecting.ConnectDelay(0.5, 0.25)),
    "resolve_failure": ({"delay": HALF}, connecting.ResolveFailure(0.5)),
    "resolve_delay": ({"delay": HALF, "jitter": QUARTER}, connecting.ResolveDelay(0.5, 0.25)),
    "accept_delay": ({"delay": HALF, "jitter": QUARTER}, connecting.AcceptDelay(0.5, 0.25)),
    "never_accept": (NOTHING, connecting.NeverAccept()),
    "accept_reset": (NOTHING, connecting.AcceptReset()),
    "datagram_loss": (NOTHING, datagrams.DatagramLoss()),
    "datagram_duplication": ({"copies": 16}, datagrams.DatagramDuplication(16)),
    "datagram_reordering": (
        {"displacement": 64, "longest_wait": HALF},
        datagrams.DatagramReordering(64, 0.5),
    ),
    "datagram_delay": (
        {"delay": HALF, "jitter": QUARTER, "distribution": "DISTRIBUTION_NORMAL", "correlation": 0.25},
        datagrams.DatagramDelay(0.5, 0.25, Distribution.NORMAL, 0.25),
    ),
    "datagram_truncation": ({"length": 65_535}, datagrams.DatagramTruncation(65_535)),
    "datagram_corruption": (
        {"places": 64, "unit": "CORRUPTION_UNIT_BYTE"},
        datagrams.DatagramCorruption(64, Unit.BYTE),
    ),
    "operation_failure": (
        {"status": "STATUS_ACCESS_DENIED", "errno_name": "EACCES"},
        OperationFailure(Status.ACCESS_DENIED, "EACCES"),
    ),
    "operation_hang": (NOTHING, OperationHang()),
    "operation_delay": ({"delay": HALF, "jitter": QUARTER}, OperationDelay(0.5, 0.25)),
    "operation_false_failure": (
        {"status": "STATUS_CONNECTION_RESET", "errno_name": "ECONNRESET"},
        OperationFalseFailure(Status.CONNECTION_RESET, "ECONNRESET"),
    ),
}
"""As they are told back, too."""

_LATE = {"delay": NOTHING, "jitter": NOTHING}
_SPREAD = {**_LATE, "distribution": "DISTRIBUTION_UNIFORM"}
_FULL_STATUS = {"status": "STATUS_INSUFFICIENT_RESOURCES"}

BARE: dict[str, tuple[dict[str, Any], Effect, dict[str, Any]]] = {
    "latency": (NOTHING, Latency(0.0), _SPREAD),
    "bandwidth": ({"bytes_per_second": 1}, Bandwidth(1), {"bytes_per_second": 1}),
    "slices": ({"size_bytes": 1}, Slices(1), {"size_bytes": 1, "gap": NOTHING}),
    "drip": (NOTHING, Drip(0.0), {"gap": NOTHING}),
    "stall": (NOTHING, Stall(), NOTHING),
    "limit": ({"duration": HALF}, Limit(None, 0.5), {"duration": HALF, "end": "LIMIT_END_FIN"}),
    "corruption": (
        {"per_million": 1_000_000},
        Corruption((), 1_000_000),
        {"per_million": 1_000_000, "unit": "CORRUPTION_UNIT_BIT"},
    ),
    "duplicate_bytes": (NOTHING, DuplicateBytes(0), NOTHING),
    "insert_bytes": (NOTHING, InsertBytes(0, b""), NOTHING),
    "packet_loss": (NOTHING, PacketLoss(), NOTHING),
    "slow_close": (NOTHING, SlowClose(), NOTHING),
    "half_close": (NOTHING, HalfClose(), NOTHING),
    "reset": (NOTHING, Reset(), {"moment": "RESET_MOMENT_NOW"}),
    "never_read": (NOTHING, NeverRead(), NOTHING),
    "short_write": (NOTHING, ShortWrite(0), _FULL_STATUS),
    "connect_failure": (
        NOTHING,
        connecting.ConnectFailure(),
        {"outcome": "CONNECT_OUTCOME_REFUSED", "delay": NOTHING},
    ),
    "connect_delay": (NOTHING, connecting.ConnectDelay(0.0), _LATE),
    "resolve_failure": (NOTHING, connecting.ResolveFailure(), {"delay": NOTHING}),
    "resolve_delay": (NOTHING, connecting.ResolveDelay(0.0), _LATE),
    "accept_delay": (NOTHING, connecting.AcceptDelay(0.0), _LATE),
    "never_accept": (NOTHING, connecting.NeverAccept(), NOTHING),
    "accept_reset": (NOTHING, connecting.AcceptReset(), NOTHING),
    "datagram_loss": (NOTHING, datagrams.DatagramLoss(), NOTHING),
    "datagram_duplication": (NOTHING, datagrams.DatagramDuplication(1), {"copies": 1}),
    "datagram_reordering": (
        NOTHING,
        datagrams.DatagramReordering(1, 1.0),
        {"displacement": 1, "longest_wait": {"seconds": 1}},
    ),
    "datagram_delay": (NOTHING, datagrams.DatagramDelay(0.0), _SPREAD),
    "datagram_truncation": (NOTHING, datagrams.DatagramTruncation(0), NOTHING),
    "datagram_corruption": (
        NOTHING,
        datagrams.DatagramCorruption(1),
        {"places": 1, "unit": "CORRUPTION_UNIT_BIT"},
    ),
    "operation_failure": (NOTHING, OperationFailure(), _FULL_STATUS),
    "operation_hang": (NOTHING, OperationHang(), NOTHING),
    "operation_delay": (NOTHING, OperationDelay(0.0), _LATE),
    "operation_false_failure": (NOTHING, OperationFalseFailure(), {"status": "STATUS_UNSUCCESSFUL"}),
}
