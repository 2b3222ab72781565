"""The options of a socket, and what it can be asked, as an asyncio program uses them."""

from typing import Any

from telesock.client.aio.operations import Operation
from telesock.client.core import requests
from telesock.client.core.asked import Asked
from telesock.client.core.options import option_kinds, read_options, write_options
from telesock.client.core.sockets import SocketRecord
from telesock.client.enumerations import OperationKind
from telesock.v1.operations_pb2 import Completion
from telesock.v1.options_pb2 import SocketOption


class Options:
    """The options of one socket: `await socket.options.set(no_delay=True)`, `await socket.options.get("no_delay")`.

    Names and meanings are those of the contract's SocketOption (options.proto); durations are seconds, structured values
    are `KeepAlive`, `Linger`, `MulticastGroup`, addresses (host, port), None for none. Raises TypeError for a name that
    is none; what the agent does not allow is raised when the operation is awaited.
    """

    def __init__(self, core: Asked, record: SocketRecord) -> None:
        self._core = core
        self._record = record

    async def set(self, **options: Any) -> dict[str, Any]:
        """Set options, one after the other. Returns what now holds: the kernel may round.

        Nothing is asked when a name or a value's type is wrong; when the agent refuses one, the others are set.
        """
        operations = [self._set(option) for option in write_options(options)]
        held: dict[str, Any] = {}
        for operation in operations:
            held |= await operation
        return held

    def _set(self, option: SocketOption) -> Operation[dict[str, Any]]:
        number = self._record.socket_id
        operation = Operation(self._core, OperationKind.CONTROL_SOCKET, number, _options)
        return self._core.submit(operation, requests.set_option, number, option)

    async def get(self, name: str) -> Any:
        """Return the value of one option."""
        return (await self.read(name))[name]

    def read(self, *names: str) -> Operation[dict[str, Any]]:
        """Read options; without names all that the socket has and the host can tell. Yields them by name."""
        number = self._record.socket_id
        operation = Operation(self._core, OperationKind.CONTROL_SOCKET, number, _options)
        return self._core.submit(operation, requests.get_options, number, option_kinds(names))


def _options(completion: Completion) -> dict[str, Any]:
    return read_options(completion.control.options)
