"""Resolve operations: names to addresses and addresses to names, off the loop.

They share the resolver's few threads with the names of connects, of which one identity has a part (resolver.py). A lookup
whose operation was cancelled or has timed out goes on in its thread, and its answer goes nowhere. Literals are answered the
same way, so that all answers have one form.
The policy judges what is asked, not what is answered; nobody is asked about a literal.
"""

import asyncio
import socket
from functools import partial
from typing import TYPE_CHECKING

from telesock.server.core.events import Completion, ResolveResult
from telesock.server.core.operations import Operation
from telesock.server.core.policy_rules import is_literal
from telesock.server.core.refusal import malformed
from telesock.server.core.requests import Family, Resolve
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status, failure_from_errno
from telesock.server.engine.faulted_connecting import trouble_of_lookup
from telesock.server.engine.faulted_waiting import Waiting
from telesock.server.engine.judging import check_name
from telesock.server.engine.resolver import Lookup, SocketAddress, literal_address
from telesock.server.engine.sockets import CANCELLED, FAMILIES, TIMED_OUT, endpoint

if TYPE_CHECKING:
    from telesock.server.engine.engine import Engine
    from telesock.server.engine.sessions import HeldSession

_MOST_ADDRESSES = 64
_NOTHING_FOUND = frozenset({socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_SERVICE, socket.EAI_ADDRFAMILY})


def resolve(engine: "Engine", session: "HeldSession", operation: Operation, request: Resolve) -> None:
    """Begin a lookup."""
    if request.family is Family.UNIX:
        raise malformed("family", "names have no Unix-domain addresses")
    question = partial(_addresses, request)
    if request.address is not None:
        address = literal_address(*request.address)
        if address is None or address.family == socket.AF_UNIX:
            raise malformed("address.host", f"{request.address.host!r} is no IPv4 or IPv6 literal")
        question = partial(_names, address.sockaddr, request.name_required)
        check_name(engine, session, endpoint(address.sockaddr).host, literal=True)
    elif not is_literal(request.name):
        check_name(engine, session, request.name)
    session.accept(operation)
    RunningLookup(engine, session, operation).start(question, request.timeout, _subject(request))


def _subject(request: Resolve) -> str:
    """What is looked up, as patterns of names see it."""
    return request.name if request.address is None else request.address.host


class RunningLookup:
    """One lookup that an operation waits for."""

    def __init__(self, engine: "Engine", session: "HeldSession", operation: Operation) -> None:
        self._engine = engine
        self._session = session
        self._operation = operation
        self._held: Waiting | None = None
        self._lookup: Lookup | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self, question: "partial[ResolveResult]", timeout: float | None, name: str) -> None:
        """Ask, when faults on lookups of the name let it."""
        self._session.jobs[self._operation.operation_id] = self
        if timeout is not None:
            self._timer = self._engine.loop.call_later(timeout, self.time_out, self._operation)
        trouble = trouble_of_lookup(self._session.faults, name, self._operation)
        failure = trouble.failure
        if failure is not None:
            self._held = Waiting(self._engine.loop, trouble.delays, lambda: self._finish(None, failure))
        elif trouble.delays:
            self._held = Waiting(self._engine.loop, trouble.delays, lambda: self._ask(question))
        else:
            self._ask(question)

    def _ask(self, question: "partial[ResolveResult]") -> None:
        self._lookup = self._engine.resolver.ask(question, self._answered, self._session.owner)

    def _answered(self, answer: ResolveResult | OSError) -> None:
        if isinstance(answer, ResolveResult):
            self._finish(answer, None)
        else:
            self._finish(None, _failure(answer))

    def _finish(self, result: ResolveResult | None, failure: Failure | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._held is not None:
            self._held.drop()
        self._session.jobs.pop(self._operation.operation_id, None)
        status, cause = failure or (Status.SUCCESS, None)
        completion = Completion(self._operation.kind, status, 0, cause, result)
        self._session.complete(self._operation, completion, self._engine.clock())

    def cancel(self, operation: Operation) -> bool:
        """Wait no longer."""
        self.end(CANCELLED)
        return True

    def time_out(self, operation: Operation) -> None:
        """The deadline has come."""
        self.end(TIMED_OUT)

    def end(self, failure: Failure) -> None:
        """Wait no longer, and say why."""
        if self._lookup is not None:
            self._lookup.abandon()
        self._finish(None, Failure(failure.status, failure.cause._replace(phase=Phase.RESOLVE)))


def _addresses(request: Resolve) -> ResolveResult:
    """Ask the system; runs in a thread. Raises OSError."""
    family = FAMILIES.get(request.family, socket.AF_UNSPEC)
    found = socket.getaddrinfo(request.name, request.service or None, family, 0, 0, socket.AI_CANONNAME)
    addresses = dict.fromkeys(
        endpoint(address)  # type: ignore[arg-type]  # of these families only
        for family, _, _, _, address in found
        if family in (socket.AF_INET, socket.AF_INET6)
    )
    if not addresses:
        raise socket.gaierror(socket.EAI_NODATA, "the name has no address of a usable family")
    canonical = next((name for _, _, _, name, _ in found if name), "")
    return ResolveResult(tuple(addresses)[:_MOST_ADDRESSES], canonical)


def _names(address: SocketAddress, name_required: bool) -> ResolveResult:
    """Ask the system; runs in a thread. Raises OSError."""
    assert isinstance(address, tuple), "it is no Unix-domain address"
    flags = socket.NI_NAMEREQD if name_required else 0
    host, service = socket.getnameinfo(address, flags)
    return ResolveResult(host_name=host, service_name=service)


def _failure(error: OSError) -> Failure:
    if not isinstance(error, socket.gaierror):
        return failure_from_errno(error.errno or 0, Phase.RESOLVE, str(error))
    status = Status.NO_MATCH if error.errno in _NOTHING_FOUND else Status.UNSUCCESSFUL
    return Failure(status, Cause(Origin.PEER, Phase.RESOLVE, detail=error.strerror or "it does not resolve"))
