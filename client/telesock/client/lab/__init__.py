"""A lab: several agents as one thing, from a file or whatever knows them; `docs/labs.md` tells of it.

`AsyncLab` is for asyncio programs, `Lab` for those with threads. What both have by the same name (`LabAgent`, `Group`, …) is
that of asyncio here, that of threads in `telesock.client.lab.sync`.
"""

from telesock.client.lab.aio.agent import LabAgent
from telesock.client.lab.aio.barrier import Barrier
from telesock.client.lab.aio.group import Group
from telesock.client.lab.aio.lab import AsyncLab
from telesock.client.lab.aio.partition import Partition
from telesock.client.lab.core.moments import Moment
from telesock.client.lab.errors import BarrierBroken, LabFailure, SelectorError
from telesock.client.lab.inventory import Inventory, InventoryError, Member
from telesock.client.lab.sources import read_inventory
from telesock.client.lab.sync.lab import Lab

__all__ = [
    "AsyncLab",
    "Barrier",
    "BarrierBroken",
    "Group",
    "Inventory",
    "InventoryError",
    "Lab",
    "LabAgent",
    "LabFailure",
    "Member",
    "Moment",
    "Partition",
    "SelectorError",
    "read_inventory",
]
