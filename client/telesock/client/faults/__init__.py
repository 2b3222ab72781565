"""Faults: what they do (one class an effect), what they act on and when, and recorded runs. Nothing here talks to anybody.

`Latency(0.2)` is an effect, `Fault(Latency(0.2), direction="send", probability=0.1)` a rule; a session's `fault` and the
argument `faults` of whatever makes sockets take both.
"""

from telesock.client.faults.connecting import (
    AcceptDelay,
    AcceptReset,
    ConnectDelay,
    ConnectFailure,
    NeverAccept,
    ResolveDelay,
    ResolveFailure,
)
from telesock.client.faults.datagrams import (
    DatagramCorruption,
    DatagramDelay,
    DatagramDuplication,
    DatagramLoss,
    DatagramReordering,
    DatagramTruncation,
)
from telesock.client.faults.effects import EFFECTS, UnknownEffect, name_of_effect
from telesock.client.faults.operations import (
    OperationDelay,
    OperationFailure,
    OperationFalseFailure,
    OperationHang,
)
from telesock.client.faults.replays import Recorded, replay_of
from telesock.client.faults.rules import (
    Fault,
    FaultDecision,
    Faults,
    GilbertElliott,
    RelaySide,
    Rule,
    as_fault,
    write_faults,
)
from telesock.client.faults.states import FaultState
from telesock.client.faults.streams import (
    Bandwidth,
    Corruption,
    Drip,
    DuplicateBytes,
    HalfClose,
    InsertBytes,
    Latency,
    Limit,
    NeverRead,
    PacketLoss,
    Reset,
    ShortWrite,
    Slices,
    SlowClose,
    Stall,
)
from telesock.client.faults.value import Effect

__all__ = [
    "EFFECTS",
    "AcceptDelay",
    "AcceptReset",
    "Bandwidth",
    "ConnectDelay",
    "ConnectFailure",
    "Corruption",
    "DatagramCorruption",
    "DatagramDelay",
    "DatagramDuplication",
    "DatagramLoss",
    "DatagramReordering",
    "DatagramTruncation",
    "Drip",
    "DuplicateBytes",
    "Effect",
    "Fault",
    "FaultDecision",
    "FaultState",
    "Faults",
    "GilbertElliott",
    "HalfClose",
    "InsertBytes",
    "Latency",
    "Limit",
    "NeverAccept",
    "NeverRead",
    "OperationDelay",
    "OperationFailure",
    "OperationFalseFailure",
    "OperationHang",
    "PacketLoss",
    "Recorded",
    "RelaySide",
    "Reset",
    "ResolveDelay",
    "ResolveFailure",
    "Rule",
    "ShortWrite",
    "Slices",
    "SlowClose",
    "Stall",
    "UnknownEffect",
    "as_fault",
    "name_of_effect",
    "replay_of",
    "write_faults",
]
