# Printed from aio/making.py by `make twin`: change that, and print again.

"""Making sockets: the verbs that a session has, and that a chain records."""

from collections.abc import Iterable

from telesock.client.core import requests
from telesock.client.core.options import Values
from telesock.client.core.requests import Bytes, as_bytes
from telesock.client.enumerations import AddressFamily, IndicationKind, OperationKind, SocketCategory
from telesock.client.faults import Faults, write_faults
from telesock.client.sync.locking import LockedAsked, at_once
from telesock.client.sync.operations import Operation
from telesock.client.sync.sockets import Socket
from telesock.v1.types_pb2 import Endpoint


class Making:
    """Asks for new sockets."""

    def __init__(self, core: LockedAsked) -> None:
        self._core = core

    @at_once
    def begin_connect(
        self,
        host: str,
        port: int,
        *,
        local: tuple[str, int] | None,
        family: AddressFamily | None,
        initial_data: Bytes,
        timeout: float | None,
        indications: Iterable[IndicationKind],
        credit_bytes: int,
        options: Values | None,
        faults: Faults,
    ) -> tuple[Operation[Socket], Socket]:
        """Make, bind and connect a socket in one operation; return it beside that."""
        data = as_bytes(initial_data)
        callbacks = requests.callbacks(indications, credit_bytes)
        spec = requests.spec(SocketCategory.CONNECTION, family, options)
        born_with = write_faults(faults)
        record = self._core.new_socket(made_by_connect=True, initial_bytes=len(data))
        if callbacks is not None:
            record.expect(credit_bytes)
        socket = Socket(self._core, record)
        operation = Operation(self._core, OperationKind.CONNECT, record.socket_id, lambda _: socket)
        self._core.submit(
            operation,
            requests.connect,
            record.socket_id,
            spec,
            Endpoint(host=host, port=port),
            requests.endpoint(local),
            data,
            timeout,
            callbacks,
            born_with,
        )
        return operation, socket
