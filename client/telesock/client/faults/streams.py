"""Effects on the bytes of connections. Times are seconds, sizes bytes; both directions unless told otherwise.

Offsets count from where the fault came to the socket. Each raises TypeError or ValueError where it is made wrongly; what
the agent does not take is Rejected when the fault is made.
"""

from dataclasses import dataclass
from typing import Literal

from telesock.client.enumerations import Status
from telesock.client.faults.value import Effect

Distribution = Literal["uniform", "normal", "pareto"]
CorruptionUnit = Literal["bit", "byte"]


@dataclass(frozen=True)
class Latency(Effect):
    """Every byte, and the end, arrives so much later, in order.

    `jitter` is how much that varies for each block of 4,096 bytes: up and down when "uniform", the standard deviation
    when "normal" or "pareto". `correlation`, 0 to 1, is how much each draw depends on the one before it.
    """

    delay: float
    jitter: float = 0.0
    distribution: Distribution = "uniform"
    correlation: float = 0.0


@dataclass(frozen=True)
class Bandwidth(Effect):
    """So many payload bytes a second, at least 1.

    `burst_bytes` may go at once after a pause; 0 for a hundredth of a second's.
    """

    bytes_per_second: int
    burst_bytes: int = 0


@dataclass(frozen=True)
class Slices(Effect):
    """Bytes leave in slices of this mean size, each a write of its own, `gap` seconds apart.

    Sizes vary evenly by `size_variation_bytes` up and down, which is below the mean.
    """

    size_bytes: int
    size_variation_bytes: int = 0
    gap: float = 0.0


@dataclass(frozen=True)
class Drip(Effect):
    """Bytes leave one by one, so many seconds apart."""

    gap: float


@dataclass(frozen=True)
class Stall(Effect):
    """Bytes and the end are held back for so many seconds, None for as long as the fault holds."""

    duration: float | None = None


@dataclass(frozen=True)
class Limit(Effect):
    """Exactly so many bytes, or so many seconds, and then an end; what is sent after it fails.

    The end is a FIN, a RST of the whole connection behind what came before ("reset"), or nothing more ("stall").
    """

    bytes: int | None = None
    duration: float | None = None
    end: Literal["fin", "reset", "stall"] = "fin"


@dataclass(frozen=True)
class Corruption(Effect):
    """Bytes change; their number does not.

    At `offsets`, at most 1,024 of them, or at so many places in a million bytes on average. One bit is flipped, or
    another byte is drawn; or `pattern`, at most 1,024 bytes, is put there.
    """

    offsets: tuple[int, ...] = ()
    per_million: int = 0
    unit: CorruptionUnit = "bit"
    pattern: bytes = b""


@dataclass(frozen=True)
class DuplicateBytes(Effect):
    """CORRUPTS THE STREAM: 1 to 4,096 bytes from a block's first on come twice in a row.

    No network does that to TCP; it is for programs that have to notice.
    """

    length: int


@dataclass(frozen=True)
class InsertBytes(Effect):
    """CORRUPTS THE STREAM: 1 to 65,536 bytes come at an offset that nobody sent.

    No network does that to TCP; it is for programs that have to notice.
    """

    offset: int
    data: bytes


@dataclass(frozen=True)
class PacketLoss(Effect):
    """Packets that arrive are dropped before TCP sees them, with the fault's `probability`.

    A filter of the kernel does it: TCP sends again, and connections slow down as on a bad line. Of a listener, connection
    requests are dropped. The kernel draws, so the seed does not matter. Rejected where the agent's host forbids it.
    """


@dataclass(frozen=True)
class SlowClose(Effect):
    """The end comes so many seconds late; None for a FIN that is withheld as long as the fault holds."""

    delay: float | None = None


@dataclass(frozen=True)
class HalfClose(Effect):
    """The end of one side at once, the sending one by default; what is sent after it fails."""


@dataclass(frozen=True)
class Reset(Effect):
    """A real RST to the peer; here everything ends as ConnectionReset.

    "now" is as soon as there is a connection and the timing holds, "next_operation" with the next send, receive or
    disconnect that is asked for.
    """

    moment: Literal["now", "next_operation"] = "now"


@dataclass(frozen=True)
class NeverRead(Effect):
    """The kernel's queue is not read, so that the peer's window closes."""


@dataclass(frozen=True)
class ShortWrite(Effect):
    """Only so many bytes of a send leave; it fails, with the count of them, and the send side is broken.

    As INSUFFICIENT_RESOURCES unless `status` says otherwise; `errno_name` ("ENOBUFS"), when empty, is the status's own.
    """

    bytes: int
    status: Status | str | None = None
    errno_name: str = ""
