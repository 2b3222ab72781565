"""Where a socket came from: its listener, and its side in a relay. Faults aim at it."""

import functools
from typing import NamedTuple

from telesock.server.core.faults.values import Side


class Provenance(NamedTuple):
    """The listener from which a socket came, 0 for none, and its side in a relay. Sockets share these."""

    listener_id: int = 0
    side: Side = Side.ANY


NOWHERE = Provenance()


@functools.lru_cache(1024)
def provenance(listener_id: int, side: Side = Side.ANY) -> Provenance:
    """Where sockets came from; equal ones are one object."""
    return Provenance(listener_id, side)
