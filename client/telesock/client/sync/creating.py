# Printed from aio/creating.py by `make twin`: change that, and print again.

"""How sockets come to be in a session, as a program with threads makes them."""

from collections.abc import Iterable
from typing import Any, Literal, overload

from telesock.client.core import requests
from telesock.client.core.options import Values
from telesock.client.core.requests import Bytes
from telesock.client.enumerations import AddressFamily, IndicationKind, OperationKind, SocketCategory
from telesock.client.faults import Faults, write_faults
from telesock.client.sync.binding import Wanted, loopback, make_bound
from telesock.client.sync.datagrams import DatagramSocket
from telesock.client.sync.listeners import Listener, StreamSocket
from telesock.client.sync.locking import LockedSession, at_once
from telesock.client.sync.looking import Looking
from telesock.client.sync.making import Making
from telesock.client.sync.operations import Operation
from telesock.client.sync.sockets import Socket
from telesock.v1.types_pb2 import Endpoint

_OF_CATEGORIES: dict[int, type[Socket]] = {
    SocketCategory.LISTENING: Listener,
    SocketCategory.STREAM: StreamSocket,
    SocketCategory.DATAGRAM: DatagramSocket,
}


class Creating(Looking):
    """The part of a session that makes sockets, and takes up those that are there."""

    _core: LockedSession

    @overload
    def create_socket(
        self,
        category: Literal[SocketCategory.CONNECTION, SocketCategory.BASIC] = SocketCategory.CONNECTION,
        family: AddressFamily | None = None,
        *,
        options: Values | None = None,
        faults: Faults = (),
    ) -> Operation[Socket]: ...

    @overload
    def create_socket(
        self,
        category: Literal[SocketCategory.LISTENING],
        family: AddressFamily | None = None,
        *,
        options: Values | None = None,
        faults: Faults = (),
    ) -> Operation[Listener]: ...

    @overload
    def create_socket(
        self,
        category: Literal[SocketCategory.STREAM],
        family: AddressFamily | None = None,
        *,
        options: Values | None = None,
        faults: Faults = (),
    ) -> Operation[StreamSocket]: ...

    @overload
    def create_socket(
        self,
        category: Literal[SocketCategory.DATAGRAM],
        family: AddressFamily | None = None,
        *,
        options: Values | None = None,
        faults: Faults = (),
    ) -> Operation[DatagramSocket]: ...

    @at_once
    def create_socket(
        self,
        category: SocketCategory = SocketCategory.CONNECTION,
        family: AddressFamily | None = None,
        *,
        options: Values | None = None,
        faults: Faults = (),
    ) -> Operation[Any]:
        """Make a socket, IPv4 unless told otherwise, to be bound, with options and faults.

        Yields it, of its category's class.
        """
        spec, born_with = requests.spec(category, family, options), write_faults(faults)
        record = self._core.sockets.new()
        socket = _OF_CATEGORIES.get(category, Socket)(self._core, record)
        operation = Operation(self._core, OperationKind.CREATE_SOCKET, record.socket_id, lambda _: socket)
        return self._core.submit(operation, requests.create_socket, record.socket_id, spec, born_with)

    @at_once
    def listen(
        self,
        host: str | None = None,
        port: int = 0,
        *,
        family: AddressFamily | None = None,
        backlog: int | None = None,
        conditional: bool = False,
        options: Values | None = None,
        indications: Iterable[IndicationKind] = (),
        credit_bytes: int = 0,
        credit_connections: int = 0,
        faults: Faults = (),
    ) -> Operation[Listener]:
        """Make a listener and let it listen, as one chain. Yields it; when that fails no socket remains.

        Without a `host` it is the loopback address of the family; an empty one is the wildcard, which the agent's policy
        has to allow, "unix:PATH" a Unix-domain socket. Port 0 is any. With `conditional` each connection waits for
        `inspect_complete`. `indications` are what it tells unasked, and hands on to the sockets that it tells of.
        `faults` act on it and on what comes from it.
        """
        wanted = {**(options or {}), **({} if backlog is None else {"backlog": backlog})}
        if conditional:
            wanted["conditional_accept"] = True
        host = loopback(family) if host is None else host
        spec = requests.spec(SocketCategory.LISTENING, family, wanted, host)
        told = Wanted(list(indications), credit_bytes, credit_connections)
        listener = Listener(self._core, self._core.sockets.new())
        return make_bound(self._core, listener, spec, Endpoint(host=host, port=port), told, faults=faults)

    @at_once
    def datagram(
        self,
        host: str = "",
        port: int = 0,
        *,
        family: AddressFamily | None = None,
        options: Values | None = None,
        remote: tuple[str, int] | None = None,
        indications: Iterable[IndicationKind] = (),
        credit_datagrams: int = 0,
        faults: Faults = (),
    ) -> Operation[DatagramSocket]:
        """Make a datagram socket and bind it, as one chain. Yields it; when that fails no socket remains.

        With `remote` it has a fixed one: datagrams go there unless they say otherwise, and come only from there.
        """
        spec = requests.spec(SocketCategory.DATAGRAM, family, options, host)
        told = Wanted(list(indications), credit_datagrams=credit_datagrams)
        socket = DatagramSocket(self._core, self._core.sockets.new())
        return make_bound(self._core, socket, spec, Endpoint(host=host, port=port), told, remote, faults)

    def connect(
        self,
        host: str,
        port: int = 0,
        *,
        local: tuple[str, int] | None = None,
        family: AddressFamily | None = None,
        initial_data: Bytes = b"",
        timeout: float | None = None,
        indications: Iterable[IndicationKind] = (),
        credit_bytes: int = 0,
        options: Values | None = None,
        faults: Faults = (),
    ) -> Operation[Socket]:
        """Make, bind and connect a socket in one operation. Yields it; when it fails no socket remains.

        `host` is a literal or a name that the agent resolves; each of its addresses is tried. `initial_data` (at most
        65,535 bytes) goes first. `timeout` is for all attempts, seconds, None for the agent's default. `indications`
        are what the socket tells unasked from its first byte on, with `credit_bytes` of data not yet released (0 for the
        agent's default). `options` are set before anything else; `faults` act from the first step on, and end with it.
        """
        connecting, _ = Making(self._core).begin_connect(
            host,
            port,
            local=local,
            family=family,
            initial_data=initial_data,
            timeout=timeout,
            indications=indications,
            credit_bytes=credit_bytes,
            options=options,
            faults=faults,
        )
        return connecting

    def take_up_socket(self, socket_id: int) -> Socket:
        """Return a socket that exists already, such as one made by an earlier owner. Raises Rejected.

        It is of the class that `create_socket` gives its category.
        """
        found = self.get_socket(socket_id)
        record = self._core.take_up(found)
        return _OF_CATEGORIES.get(found.category, Socket)(self._core, record)
