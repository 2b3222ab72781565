"""How a connection comes to be: resolve, then each address in turn until one answers or the time is over.

A name is judged before it is asked for, and then by what it resolves to, at the moment of connecting and without asking
again: addresses that policy denies are passed over and listed. Each address
gets an equal share of the time that is left (in the spirit of RFC 8305, one after the other). A socket that the
connect itself makes is not given a port before it connects (IP_BIND_ADDRESS_NO_PORT, ip(7)): a host would run
out of ports after some thousands of connections otherwise.
"""

import asyncio
import errno
import socket
from collections import deque
from typing import TYPE_CHECKING

from telesock.server.core.events import ConnectAttempt, ConnectResult
from telesock.server.core.operations import Operation
from telesock.server.core.options import OptionKind
from telesock.server.core.policy import PolicyAction
from telesock.server.core.refusal import malformed
from telesock.server.core.requests import Connect, Endpoint, Family
from telesock.server.core.status import Cause, Failure, Origin, Phase, Status, failure_from_errno
from telesock.server.engine.faulted_connecting import trouble_of_attempt, trouble_of_lookup
from telesock.server.engine.faulted_waiting import Waiting
from telesock.server.engine.judging import check_address, check_name, is_allowed, tell_denied
from telesock.server.engine.options import set_again
from telesock.server.engine.resolver import Address, Answer, Lookup, literal_address
from telesock.server.engine.sockets import (
    FAMILIES,
    TIMED_OUT,
    WILDCARDS,
    endpoint,
    open_descriptor,
    remote_endpoint,
)

if TYPE_CHECKING:
    from telesock.server.engine.connection import Connection
    from telesock.server.engine.sockets import Socket

_MOST_ADDRESSES = 64
_IP_BIND_ADDRESS_NO_PORT = 24
_FULL_QUEUE_PAUSE = 0.01  # seconds


class Connecting:
    """One connect operation under way."""

    __slots__ = (
        "_addresses",
        "_again",
        "_attempts",
        "_connection",
        "_current",
        "_deadline",
        "_held",
        "_lookup",
        "_no_answer",
        "_timer",
        "operation",
        "said",
    )

    def __init__(self, connection: "Connection", operation: Operation, timeout: float) -> None:
        self._connection = connection
        self.operation = operation
        self._deadline = connection.engine.loop.time() + timeout
        self._addresses: deque[Address] = deque()
        self._attempts: list[ConnectAttempt] = []
        self._current: Address | None = None
        self._lookup: Lookup | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._again: asyncio.TimerHandle | None = None
        self._held: Waiting | None = None
        self._no_answer: Failure | None = None  # how the attempt ends whose answer a fault keeps away
        self.said = 0
        """Bytes of the initial data that left with the SYN."""

    @property
    def _request(self) -> Connect:
        request = self.operation.request
        assert isinstance(request, Connect), "a connect is under way"
        return request

    # Where to

    def start(self, literal: Address | None) -> None:
        """Begin, with the address if it is known, with a lookup if it is a name."""
        if literal is not None:
            self._found([literal])
            return
        engine, remote = self._connection.engine, self._request.remote
        self._set_timer(self._deadline)
        trouble = trouble_of_lookup(
            self._connection.session.faults, remote.host, self.operation, self._connection
        )
        failure = trouble.failure
        if failure is not None:
            self._held = Waiting(engine.loop, trouble.delays, lambda: self._fail(failure))
        elif trouble.delays:
            self._held = Waiting(engine.loop, trouble.delays, self._look_up)
        else:
            self._look_up()

    def _look_up(self) -> None:
        engine, remote = self._connection.engine, self._request.remote
        self._held = None
        family = FAMILIES.get(self._family(), socket.AF_UNSPEC)
        self._lookup = engine.resolver.resolve(
            remote.host, remote.port, family, self._found, self._connection.session.owner
        )

    def _family(self) -> Family:
        """The family that the socket, or its wish, or its local address leaves no choice about."""
        local = self._request.local
        if self._connection.family is Family.ANY and local is not None and local.host:
            return Family.IPV6 if ":" in local.host else Family.IPV4
        return self._connection.family

    def _found(self, answer: Answer) -> None:
        self._lookup = None
        if isinstance(answer, socket.gaierror):
            detail = f"{self._request.remote.host!r} does not resolve: {answer.strerror}"
            self._fail(Failure(Status.NO_MATCH, Cause(Origin.PEER, Phase.RESOLVE, detail=detail)))
        elif isinstance(answer, OSError):
            self._fail(failure_from_errno(answer.errno or 0, Phase.RESOLVE, str(answer)))
        else:
            self._addresses.extend(answer[:_MOST_ADDRESSES])
            self._try_next(_NO_ADDRESS)

    def _try_next(self, failure: Failure) -> None:
        """Try the next address; when there is none, the connect has failed as its last attempt did."""
        self._clear_timer()
        while self._addresses:
            address = self._addresses.popleft()
            denied = self._denied(address)
            if denied is None:
                self._attempt(address)
                return
            failure = denied
            tell_denied(self._connection, PolicyAction.CONNECT, remote_endpoint(address.sockaddr))
            self._note(address, denied)
        self._fail(failure)

    def _denied(self, address: Address) -> Failure | None:
        remote = remote_endpoint(address.sockaddr)
        if is_allowed(self._connection, remote):
            return None
        detail = f"policy does not allow {remote.host} port {remote.port}"
        return Failure(Status.ACCESS_DENIED, Cause(Origin.POLICY, Phase.CONNECT, detail=detail))

    # One address

    def _attempt(self, address: Address) -> None:
        loop = self._connection.engine.loop
        self._current = address
        left = max(0.0, self._deadline - loop.time())
        try:
            descriptor = self._descriptor(address)
        except OSError as error:
            self._attempt_failed(failure_from_errno(error.errno or 0, Phase.BIND, str(error)))
            return
        others = sum(self._denied(each) is None for each in self._addresses)
        self._set_timer(loop.time() + left / (others + 1))
        if self._connection.session.faults is None:
            self._call(address, descriptor)
        else:
            self._call_through_faults(address, descriptor)

    def _call_through_faults(self, address: Address, descriptor: socket.socket) -> None:
        """Begin the attempt when faults let it; one that they let fail does not begin at all."""
        loop = self._connection.engine.loop
        trouble = trouble_of_attempt(self._connection, remote_endpoint(address.sockaddr), self.operation)
        failure = trouble.failure
        if not trouble.delays:
            self._call(address, descriptor)
        elif trouble.unanswered:
            self._no_answer = failure
            self._held = Waiting(loop, trouble.delays, lambda: self._call(address, descriptor))
        elif failure is not None:
            self._held = Waiting(loop, trouble.delays, lambda: self._attempt_failed(failure))
        else:
            self._held = Waiting(loop, trouble.delays, lambda: self._call(address, descriptor))

    def _call(self, address: Address, descriptor: socket.socket) -> None:
        connection = self._connection
        self._again = self._held = self._no_answer = None
        denied = self._denied(address) if address.family == socket.AF_UNIX else None
        if denied is not None:  # time has passed, and a path may lead elsewhere by now
            tell_denied(connection, PolicyAction.CONNECT, remote_endpoint(address.sockaddr))
            self._attempt_failed(denied)
            return
        number = descriptor.connect_ex(address.sockaddr)
        self.said = 0
        if number == 0 and connection.settings.get(OptionKind.FAST_OPEN):
            number = self._say(descriptor)
        if number == errno.EAGAIN and address.family == socket.AF_UNIX:  # the listener's queue is full
            loop = connection.engine.loop
            self._again = loop.call_later(_FULL_QUEUE_PAUSE, self._call, address, descriptor)
            return
        if number not in (0, errno.EINPROGRESS):
            self._attempt_failed(failure_from_errno(number, Phase.CONNECT))
            return
        try:
            connection.engine.poller.register(descriptor.fileno(), connection)
        except OSError as error:  # the host watches as many descriptors as it may, see epoll_ctl(2)
            self._attempt_failed(failure_from_errno(error.errno or 0, Phase.CONNECT, str(error)))
            return
        if number == 0:
            self.on_ready()

    def _say(self, descriptor: socket.socket) -> int:
        """Let the SYN leave: with Fast Open the kernel waits for what is to go with it, see tcp(7)."""
        try:
            self.said = descriptor.send(self._request.initial_data)
        except OSError as error:
            return error.errno or 0
        return 0

    def _descriptor(self, address: Address) -> socket.socket:
        connection = self._connection
        if connection.descriptor is None:
            local = connection.local or self._request.local
            connection.descriptor = new_descriptor(connection, address.family, local)
        return connection.descriptor

    def on_ready(self) -> None:
        """The descriptor changed: connected, failed, or neither yet."""
        descriptor = self._connection.descriptor
        if descriptor is None:
            return
        number = descriptor.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            self._attempt_failed(failure_from_errno(number, Phase.CONNECT))
            return
        try:
            remote = remote_endpoint(descriptor.getpeername())
        except OSError:  # a stale event: still connecting
            return
        self._succeed(endpoint(descriptor.getsockname()), remote)

    def time_out(self) -> None:
        """The time of this attempt, or of the lookup, is over."""
        if self._current is None:
            self.end(TIMED_OUT)
        else:
            self._attempt_failed(self._no_answer or _in_phase(TIMED_OUT, Phase.CONNECT))

    def _attempt_failed(self, failure: Failure) -> None:
        self._end_attempt(failure)
        self._try_next(failure)

    def _end_attempt(self, failure: Failure) -> None:
        if self._current is not None:
            self._note(self._current, failure)
            self._current = None
        self._connection.release_descriptor()

    def _note(self, address: Address, failure: Failure) -> None:
        self._attempts.append(ConnectAttempt(remote_endpoint(address.sockaddr), *failure))

    # The end

    def _succeed(self, local: Endpoint, remote: Endpoint) -> None:
        self._clear_timer()
        self._attempts.append(ConnectAttempt(remote, Status.SUCCESS))
        self._connection.established(self.operation, ConnectResult(local, remote, tuple(self._attempts)))

    def _fail(self, failure: Failure) -> None:
        self._clear_timer()
        self._connection.connect_failed(
            self.operation, ConnectResult(None, None, tuple(self._attempts)), failure
        )

    def end(self, failure: Failure) -> None:
        """Stop trying; the operation completes with `failure`."""
        failure = _in_phase(failure, Phase.CONNECT if self._current is not None else Phase.RESOLVE)
        self._abandon()
        self._end_attempt(failure)
        self._fail(failure)

    def _abandon(self) -> None:
        if self._lookup is not None:
            self._lookup.abandon()
            self._lookup = None

    def _set_timer(self, deadline: float) -> None:
        self._timer = self._connection.engine.loop.call_at(deadline, self.time_out)

    def _clear_timer(self) -> None:
        for handle in (self._timer, self._again):
            if handle is not None:
                handle.cancel()
        self._timer = self._again = self._no_answer = None
        if self._held is not None:
            self._held.drop()
            self._held = None


def check_destination(connection: "Connection", request: Connect) -> Address | None:
    """Return the address that a connect names by a literal, or None for a name; refuse what can never be."""
    family = connection.family
    literal = literal_address(*request.remote)
    wanted = FAMILIES.get(family, literal.family if literal else socket.AF_UNSPEC)
    if literal is None and wanted == socket.AF_UNIX:
        raise malformed("remote.host", f"{request.remote.host!r} is not unix:PATH")
    if literal is not None and literal.family != wanted:
        raise malformed("remote.host", f"{request.remote.host} is not an {family.name} address")
    if request.local is not None and (request.local.host or wanted == socket.AF_UNIX):
        _check_local(connection, request.local, wanted)
    check_remote(connection, literal, request.remote)
    return literal


def check_remote(asking: "Socket", literal: Address | None, remote: Endpoint) -> None:
    """Refuse an address, or a name, that the policy does not allow."""
    if literal is not None:
        check_address(asking, PolicyAction.CONNECT, remote_endpoint(literal.sockaddr))
    else:
        check_name(asking.engine, asking.session, remote.host)


def family_of(request: Connect) -> Family:
    """The family of a socket that a connect makes: a Unix-domain remote leaves no choice."""
    if request.family is Family.ANY and request.remote.host.startswith("unix:"):
        return Family.UNIX
    return request.family


def _check_local(connection: "Connection", local: Endpoint, family: int) -> None:
    host = local.host or WILDCARDS[socket.AF_UNIX]
    address = literal_address(host, local.port)
    possible = (family,) if family != socket.AF_UNSPEC else (socket.AF_INET, socket.AF_INET6)
    if address is None or address.family not in possible:
        raise malformed("local.host", f"{host!r} is not an address literal of the remote's family")
    if family == socket.AF_UNIX and local.host:  # a bind makes a file
        check_address(connection, PolicyAction.LISTEN, Endpoint(host, 0))


def _in_phase(failure: Failure, phase: Phase) -> Failure:
    return Failure(failure.status, failure.cause._replace(phase=phase))


def new_descriptor(connection: "Connection", family: int, local: Endpoint | None) -> socket.socket:
    """Make a descriptor with the connection's options, bound to `local` if there is one.

    Raises OSError and leaves nothing.
    """
    descriptor = connection.descriptor = open_descriptor(family)
    try:
        if connection.settings:
            set_again(connection)
        if local is not None:
            _bind(connection, descriptor, local)
    except OSError:
        descriptor.close()
        connection.descriptor = None
        raise
    return descriptor


def _bind(connection: "Connection", descriptor: socket.socket, local: Endpoint) -> None:
    if descriptor.family == socket.AF_UNIX and not local.host:  # it may stay unnamed
        return
    address = literal_address(local.host or WILDCARDS[descriptor.family], local.port)
    assert address is not None, "it was read before"
    if local.port or descriptor.family == socket.AF_UNIX:
        connection.engine.sharing.bind(connection, address)
        connection.engine.unix_paths.note(connection, address)
    else:
        descriptor.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
        descriptor.bind(address.sockaddr)


_NO_ADDRESS = Failure(
    Status.NO_MATCH, Cause(Origin.PEER, Phase.RESOLVE, detail="the name has no address of a usable family")
)
