"""Chains as an asyncio program builds them: the verbs of sockets, recorded, then submitted as one."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Self, TypeVar

from telesock.client.aio.making import Making
from telesock.client.aio.operations import Operation
from telesock.client.aio.sockets import AsyncSocket
from telesock.client.core.chains import ChainCore, Repeat
from telesock.client.core.options import Values
from telesock.client.core.requests import Bytes
from telesock.client.core.session import SessionCore
from telesock.client.enumerations import AddressFamily, IndicationKind, OperationKind
from telesock.client.faults import Faults
from telesock.v1.operations_pb2 import ChainResult

SomeSocket = TypeVar("SomeSocket", bound=AsyncSocket)


class Chain:
    """Operations that the agent does one after the other. Made by the session's `chain`.

        chain = session.chain(timeout=5.0)
        connection = chain.connect("server.lab", 8080)
        connection.send(b"hello")
        connection.disconnect(b"bye")
        await chain.submit()

    Each verb records a link and returns its operation, to be awaited once the chain is submitted; each link starts when
    the one before it has succeeded, those recorded inside `with chain.hard():` also when it has failed. After `submit`
    the sockets are as any others. A repeated chain has no results but its own.
    """

    def __init__(
        self, session: SessionCore, start_at_ns: int, timeout: float | None, repeat: Repeat | None
    ) -> None:
        self._session = session
        self._core = ChainCore(session, repeat)
        self._making = Making(self._core)
        self._start_at_ns = start_at_ns
        self._timeout = timeout

    async def __aenter__(self) -> Self:
        """Build it."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        """Submit it, if it was built, and wait for its end."""
        if kind is None and not self._core.submitted:
            await self.submit()

    @contextlib.contextmanager
    def hard(self) -> Iterator[None]:
        """Links that are recorded inside start even when the one before them has failed."""
        self._core.hard = True
        try:
            yield
        finally:
            self._core.hard = False

    def on(self, socket: SomeSocket) -> SomeSocket:
        """Return a socket whose verbs are links of this chain."""
        return type(socket)(self._core, socket._record)

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
    ) -> AsyncSocket:
        """Record a connect as the session's; return the socket that it is to make, for further links."""
        connecting, socket = self._making.begin_connect(
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
        self.connecting = connecting
        return socket

    def submit(self) -> Operation[ChainResult]:
        """Ask for all of it. Yields what the contract says of a chain; raises as its first link that failed."""
        operation = Operation(self._session, OperationKind.CHAIN, 0, lambda completion: completion.chain)
        return self._core.leave(operation, self._start_at_ns, self._timeout)
