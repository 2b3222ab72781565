# Printed from aio/binding.py by `make twin`: change that, and print again.

"""Making a socket, binding it and enabling what it indicates, as one chain: a socket, or why there is none."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

from telesock.client.core import requests
from telesock.client.core.options import write_option
from telesock.client.enumerations import AddressFamily, IndicationKind, OperationKind
from telesock.client.faults import Faults, write_faults
from telesock.client.sync.locking import LockedAsked, LockedChain, LockedSession
from telesock.client.sync.operations import Operation
from telesock.client.sync.sockets import Socket
from telesock.v1.sockets_pb2 import SocketSpec
from telesock.v1.types_pb2 import STATUS_SUCCESS, Endpoint

SomeSocket = TypeVar("SomeSocket", bound=Socket)


class Wanted(NamedTuple):
    """What a bound socket indicates, with how much credit."""

    indications: Sequence[IndicationKind]
    credit_bytes: int = 0
    credit_connections: int = 0
    credit_datagrams: int = 0


_LOOPBACK: dict[AddressFamily | None, str] = {AddressFamily.IPV6: "::1", AddressFamily.UNIX: ""}


def loopback(family: AddressFamily | None) -> str:
    """Where a listener listens that is not told where: any name, for a Unix-domain one."""
    return _LOOPBACK.get(family, "127.0.0.1")


class BindingOperation(Operation[SomeSocket]):
    """A socket made by several links: what made one of them fail is raised as that link's own."""

    __slots__ = ("_links",)

    def __init__(self, core: LockedAsked, links: Sequence[Operation[None]], socket: SomeSocket) -> None:
        super().__init__(core, OperationKind.CHAIN, 0, lambda _: socket)
        self._links = links

    def take_result(self) -> SomeSocket:
        """Return the socket, or raise why there is none."""
        completion = self.completion
        if completion is not None and completion.chain.HasField("failed_link"):
            failed = self._links[completion.chain.failed_link]
            if failed.done():
                failed.take_result()
        return super().take_result()


def make_bound(
    session: LockedSession,
    socket: SomeSocket,
    spec: SocketSpec,
    local: Endpoint,
    wanted: Wanted,
    fixed_remote: tuple[str, int] | None = None,
    faults: Faults = (),
) -> Operation[SomeSocket]:
    """Ask for a socket that is to be; when any of its links fails, it is closed."""
    chain = LockedChain(session, None)
    number = socket.socket_id
    links: list[Operation[None]] = []

    def link(kind: OperationKind, fill: Any, *arguments: Any) -> None:
        made: Operation[None] = Operation(session, kind, number, lambda _: None)
        links.append(chain.submit(made, fill, number, *arguments))

    link(OperationKind.CREATE_SOCKET, requests.create_socket, spec, write_faults(faults))
    link(OperationKind.BIND, requests.bind, local)
    if fixed_remote is not None:
        option = write_option("fixed_remote", fixed_remote)
        link(OperationKind.CONTROL_SOCKET, requests.set_option, option)
    if wanted.indications:
        link(
            OperationKind.SET_EVENT_CALLBACKS,
            requests.set_event_callbacks,
            wanted.indications,
            [],
            *wanted[1:],
        )
        socket.expect_indications(wanted.credit_bytes)
    making = BindingOperation(session, links, socket)
    making.when_done(lambda: _close_unless_made(making, socket))
    return chain.leave(making, 0, None)


def _close_unless_made(making: Operation[SomeSocket], socket: Socket) -> None:
    completion = making.completion
    if completion is None:
        return
    made = completion.status == STATUS_SUCCESS or completion.chain.failed_link == 0
    if not made:
        socket.close()
