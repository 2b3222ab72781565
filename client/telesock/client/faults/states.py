"""A fault as it is at a moment: its rule and its counters."""

from typing import NamedTuple, Self

from telesock.client.faults.rules import Fault
from telesock.v1 import faults_pb2


class FaultState(NamedTuple):
    """A fault as the agent told of it."""

    fault: Fault
    """The rule, with its name and its seed."""
    decisions: int
    """Decisions made."""
    firings: int
    """Those that fired."""
    sockets: int
    """Sockets that it acts on."""
    held_bytes: int
    """Bytes that it holds back."""
    held: int
    """Operations, connections and datagrams that it holds back."""
    age: float
    """Seconds since its making."""

    @classmethod
    def from_message(cls, message: faults_pb2.FaultState) -> Self:
        """Read it."""
        return cls(
            Fault.from_message(message.fault),
            message.decisions,
            message.firings,
            message.sockets,
            message.held_bytes,
            message.held,
            message.age.ToNanoseconds() / 1e9,
        )
