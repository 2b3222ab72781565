"""The lab of a program with threads; all of it but `together.py` is printed from the asyncio one by `make twin`."""

from telesock.client.lab.sync.agent import LabAgent
from telesock.client.lab.sync.barrier import Barrier
from telesock.client.lab.sync.group import Group
from telesock.client.lab.sync.lab import Lab
from telesock.client.lab.sync.partition import Partition

__all__ = ["Barrier", "Group", "Lab", "LabAgent", "Partition"]
