"""Names and addresses that an agent looks up, as an asyncio program asks for them."""

from telesock.client.aio.operations import Operation
from telesock.client.core import requests
from telesock.client.core.session import SessionCore
from telesock.client.enumerations import AddressFamily, OperationKind
from telesock.v1.sockets_pb2 import ResolveRequest
from telesock.v1.types_pb2 import Endpoint


class Resolving:
    """The part of a session that looks names up."""

    _core: SessionCore

    def resolve(
        self,
        name: str,
        service: str = "",
        *,
        family: AddressFamily | None = None,
        timeout: float | None = None,
    ) -> Operation[list[Endpoint]]:
        """Find the addresses of a name on the agent, with the port of a service. Raises NameNotResolved."""
        request = ResolveRequest(
            name=name,
            service=service,
            family=family or 0,  # type: ignore[arg-type]  # the contract's numbers
            timeout=requests.duration(timeout),
        )
        operation = Operation(
            self._core, OperationKind.RESOLVE, 0, lambda completion: list(completion.resolve.addresses)
        )
        return self._core.submit(operation, requests.resolve, request)

    def name_of(
        self, host: str, port: int = 0, *, name_required: bool = False, timeout: float | None = None
    ) -> Operation[tuple[str, str]]:
        """Find the name of an address on the agent, and that of its port; the literal where it has none."""
        request = ResolveRequest(
            address=Endpoint(host=host, port=port),
            name_required=name_required,
            timeout=requests.duration(timeout),
        )
        operation = Operation(
            self._core,
            OperationKind.RESOLVE,
            0,
            lambda completion: (completion.resolve.host_name, completion.resolve.service_name),
        )
        return self._core.submit(operation, requests.resolve, request)
