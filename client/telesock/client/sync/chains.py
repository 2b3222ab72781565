# Printed from aio/chains.py by `make twin`: change that, and print again.

"""Chains as a program with threads builds them: the verbs of sockets, recorded, then submitted as one."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Self, TypeVar

from telesock.client.core.chains import Repeat
from telesock.client.core.options import Values
from telesock.client.core.requests import Bytes
from telesock.client.enumerations import AddressFamily, IndicationKind, OperationKind
from telesock.client.faults import Faults
from telesock.client.sync.locking import LockedChain, LockedSession
from telesock.client.sync.making import Making
from telesock.client.sync.operations import Operation
from telesock.client.sync.sockets import Socket
from telesock.v1.operations_pb2 import ChainResult

SomeSocket = TypeVar("SomeSocket", bound=Socket)


class Chain:
    """Operations that the agent does one after the other. Made by the session's `chain`.

        chain = session.chain(timeout=5.0)
        connection = chain.connect("server.lab", 8080)
        connection.send(b"hello")
        connection.disconnect(b"bye")
        chain.submit().result()

    Each verb records a link and returns its operation, whose result is there once the chain is submitted; each link starts when
    the one before it has succeeded, those recorded inside `with chain.hard():` also when it has failed. After `submit`
    the sockets are as any others. A repeated chain has no results but its own.
    """

    def __init__(
        self, session: LockedSession, start_at_ns: int, timeout: float | None, repeat: Repeat | None
    ) -> None:
        self._session = session
        self._core = LockedChain(session, repeat)
        self._making = Making(self._core)
        self._start_at_ns = start_at_ns
        self._timeout = timeout

    def __enter__(self) -> Self:
        """Build it."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        """Submit it, if it was built, and wait for its end."""
        if kind is None and not self._core.submitted:
            self.submit().result()

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
    ) -> Socket:
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
