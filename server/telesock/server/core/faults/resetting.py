"""Reset and packet loss: effects on a connection as a whole. The engine carries them out; here is when and whether."""

from dataclasses import dataclass
from enum import IntEnum

from telesock.server.core.faults.chance import Lane
from telesock.server.core.faults.values import Effect, Place


class Moment(IntEnum):
    """When a reset happens. Numbers as in the contract."""

    NOW = 1
    NEXT_OPERATION = 2


@dataclass(frozen=True)
class Reset(Effect):
    """A RST to the peer."""

    moment: Moment = Moment.NOW

    kind = "reset"
    acts_on = Place.CONNECTION
    lanes = (Lane.SEND,)


@dataclass(frozen=True)
class PacketLoss(Effect):
    """A filter of the kernel drops what arrives."""

    kind = "packet-loss"
    acts_on = Place.CONNECTION
    lanes = (Lane.RECEIVE,)
