# Printed from aio/datagrams.py by `make twin`: change that, and print again.

"""A datagram socket, as a program with threads uses it."""

from collections.abc import Iterable

from telesock.client.core import requests
from telesock.client.core.options import MulticastGroup
from telesock.client.core.requests import Bytes, as_bytes
from telesock.client.enumerations import OperationKind
from telesock.client.sync.operations import Operation
from telesock.client.sync.sockets import Socket
from telesock.v1.operations_pb2 import Datagram

Address = tuple[str, int]


class DatagramSocket(Socket):
    """A socket that sends and receives datagrams. Made by the session's `datagram` or `create_socket`.

    Where they go unless they say so, and whose alone are received, are the options `fixed_send_to` and `fixed_remote`.
    """

    def send_to(
        self,
        datagrams: Bytes | Iterable[Bytes],
        address: Address | None = None,
        *,
        timeout: float | None = None,
    ) -> Operation[int]:
        """Send a datagram, or several in one operation, to (host, port). Yields how many were sent: all, or it fails.

        Without an address they go to the socket's fixed one. When the host refuses one, the exception's
        `completion.send_to.datagrams` tells how many went before it.
        """
        pieces = [datagrams] if isinstance(datagrams, bytes | bytearray | memoryview) else datagrams
        operation = Operation(
            self._core,
            OperationKind.SEND_TO,
            self.socket_id,
            lambda completion: completion.send_to.datagrams,
        )
        data = [as_bytes(piece) for piece in pieces]
        remote = requests.endpoint(address)
        return self._core.submit(operation, requests.send_to, self.socket_id, data, remote, timeout)

    def receive_from(self, length: int = 0, *, timeout: float | None = None) -> Operation[Datagram]:
        """Receive one datagram, at most `length` bytes of it, 0 for all. Yields it with its source and destination."""
        operation = Operation(
            self._core,
            OperationKind.RECEIVE_FROM,
            self.socket_id,
            lambda completion: completion.receive_from.datagram,
        )
        return self._core.submit(operation, requests.receive_from, self.socket_id, length, timeout)

    def join_group(self, address: str, interface: str = "") -> None:
        """Join a multicast group, on the interface of this name or on one that routing chooses."""
        self.options.set(join_group=MulticastGroup(address, interface))

    def leave_group(self, address: str, interface: str = "") -> None:
        """Leave a multicast group."""
        self.options.set(leave_group=MulticastGroup(address, interface))

    def refuse(self, event_sequence: int) -> None:
        """Refuse the datagram that an event told of, and all after it: they come again, see `Release` in the contract."""
        self.release(event_sequence, refuse=True)
