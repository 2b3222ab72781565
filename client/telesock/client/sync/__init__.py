"""The client for threads: it moves bytes and waits; what is to be done is decided in `telesock.client.core`.

Everything that a program with threads names is here, also what goes by the same name in the asyncio client.
"""

from telesock.client.sync.chains import Chain
from telesock.client.sync.client import Client
from telesock.client.sync.datagrams import DatagramSocket
from telesock.client.sync.events import EventStream
from telesock.client.sync.faults import ActiveFault
from telesock.client.sync.indications import Indications
from telesock.client.sync.listeners import Listener, StreamSocket
from telesock.client.sync.locking import WaitsForItself
from telesock.client.sync.operations import Operation
from telesock.client.sync.options import Options
from telesock.client.sync.relays import Relay
from telesock.client.sync.session import Session
from telesock.client.sync.sockets import Socket

__all__ = [
    "ActiveFault",
    "Chain",
    "Client",
    "DatagramSocket",
    "EventStream",
    "Indications",
    "Listener",
    "Operation",
    "Options",
    "Relay",
    "Session",
    "Socket",
    "StreamSocket",
    "WaitsForItself",
]
