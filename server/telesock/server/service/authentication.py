"""Who calls, and whether that role may call this method: decided before any method runs, for every service.

A caller is known by the bearer token in its metadata, else by its certificate, else by the Unix-domain socket that it came
through. Where the agent knows nobody, anybody may do everything. Whoever is not known is UNAUTHENTICATED, after a wait; the
health service alone answers everybody. A method that is not in the table below is for administrators.
"""

import time
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, NoReturn

import grpc
import structlog

from telesock.server.core.identity import ANYBODY, Identity, Role
from telesock.server.core.rate import Rate
from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.statistics import Statistics
from telesock.server.service.attempts import FailedAttempts
from telesock.server.service.calling import Prove, begin_call
from telesock.server.service.errors import Context, abort
from telesock.server.service.handlers import guarded
from telesock.server.service.identities import RESERVED_NAMES, Identities, SocketFile

AUTHORIZATION_KEY = "authorization"
_SCHEME = "bearer "
_OPEN = "/grpc.health.v1.Health/"
_CERTIFICATE_NAMES = ("x509_subject_alternative_name", "x509_common_name")

_LIGHT_REQUEST = 64 * 1024  # bytes; what is heavier is not kept waiting for its answer
_LINES_A_SECOND = 10.0  # of roles that may not, which anybody who is known can cause

log = structlog.get_logger()


class Needs(IntEnum):
    """What a method needs of its caller's role."""

    READING = 1
    ACTING = 2
    ADMINISTERING = 3


_READING = {
    "AgentService": ("GetAgent", "SampleClock", "CheckPolicy"),
    "SessionService": ("GetSession", "ListSessions", "StreamEvents"),
    "SocketService": ("GetSocket", "ListSockets"),
    "OperationService": ("GetOperation", "ListOperations", "WaitOperation"),
    "FaultService": ("ListFaults",),
}
_ADMINISTERING = {"AgentService": ("Drain",)}


def needs(method: str) -> Needs:
    """What a method needs, by its path: "/telesock.v1.AgentService/Drain"."""
    _, service, name = method.split("/")
    package, _, service = service.rpartition(".")
    if package.startswith("grpc.reflection"):
        return Needs.READING
    if package != "telesock.v1" or name in _ADMINISTERING.get(service, ()):
        return Needs.ADMINISTERING
    return Needs.READING if name in _READING.get(service, ()) else Needs.ACTING


def may(role: Role, needed: Needs) -> bool:
    """Whether a role has what a method needs."""
    if needed is Needs.ADMINISTERING:
        return role is Role.ADMINISTRATOR
    return needed is Needs.READING or role.acts


class Authentication(grpc.aio.ServerInterceptor):
    """Guards one gRPC server. `known` tells who is known now; None means that nobody has to be.

    `came_through` is whose socket, made as which file, all come through who call this server, where that proves who they
    are.
    `certificates` says whether a client's certificate alone makes an identity, where no file says whose it is.
    """

    def __init__(
        self,
        known: Callable[[], Identities] | None,
        attempts: FailedAttempts,
        came_through: tuple[str, SocketFile] | None = None,
        certificates: bool = False,
        statistics: Callable[[], Statistics | None] = lambda: None,
    ) -> None:
        self._known = known
        self._attempts = attempts
        self._came_through = came_through
        self._certificates = certificates
        self._statistics = statistics
        self._told = Rate(_LINES_A_SECOND, time.monotonic())

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Guard the method that a call is for."""
        handler = await continuation(handler_call_details)
        method: str = handler_call_details.method
        if handler is None or method.startswith(_OPEN):
            return handler

        async def admit(request: Any, context: Context) -> Any:
            heavy = isinstance(request, bytes) and len(request) > _LIGHT_REQUEST
            await self._admit(context, method, waits=not heavy)
            return request

        return guarded(handler, admit)

    async def _admit(self, context: Context, method: str, *, waits: bool) -> None:
        try:
            prove = self.proof_of(context)
            identity = prove()
        except Refused as refused:
            await self._attempts.note(_host(context.peer()), refused.reason, method, waits=waits)
            await abort(context, refused, self._statistics())
        begin_call(identity, prove, self._known)
        if not may(identity.role, needs(method)):
            self._tell(identity, method)
            await abort(context, _not_allowed(identity, method), self._statistics())

    def _tell(self, identity: Identity, method: str) -> None:
        if self._told.take(time.monotonic()):
            log.warning("role_not_allowed", identity=identity.name, role=identity.role.name, method=method)

    def proof_of(self, context: Context) -> Prove:
        """What a call shows; raises Refused where that is nothing."""
        known, names = self._known, _names(context)
        if known is None:
            return (lambda: _of_certificate(names)) if self._certificates else (lambda: ANYBODY)
        given = dict(context.invocation_metadata() or ()).get(AUTHORIZATION_KEY)
        if given is not None:
            token = _token(given)
            return lambda: known().by_token(token) or _fail(Reason.CREDENTIALS_UNKNOWN)
        came = self._came_through
        if came is not None:
            return lambda: known().by_socket(*came) or _fail(Reason.CREDENTIALS_MISSING)
        reason = Reason.CREDENTIALS_UNKNOWN if names else Reason.CREDENTIALS_MISSING
        return lambda: known().by_certificate(names) or _fail(reason)


def _token(given: str | bytes) -> str:
    text = given if isinstance(given, str) else given.decode("ascii", "replace")
    if not text.lower().startswith(_SCHEME):
        return _fail(Reason.CREDENTIALS_MISSING)
    return text[len(_SCHEME) :].strip()


def _of_certificate(names: list[str]) -> Identity:
    free = [name for name in names if name not in RESERVED_NAMES]
    if not free:
        return _fail(Reason.CREDENTIALS_UNKNOWN if names else Reason.CREDENTIALS_MISSING)
    return Identity(free[0])


_MESSAGES = {
    Reason.CREDENTIALS_MISSING: "this agent wants to know who calls; send a token as metadata "
    "'authorization: Bearer TOKEN', or a client certificate that it knows",
    Reason.CREDENTIALS_UNKNOWN: "the token or certificate is none that this agent knows; its file of identities "
    "says which are",
}


def _fail(reason: Reason) -> NoReturn:
    raise Refused(reason, _MESSAGES[reason])


def _not_allowed(identity: Identity, method: str) -> Refused:
    role = identity.role.name.lower()
    needed = "an administrator" if needs(method) is Needs.ADMINISTERING else "an owner"
    message = f"{identity.name!r} is an {role}, and {method.rpartition('/')[2]} needs {needed}"
    return Refused(Reason.ROLE_NOT_ALLOWED, message, role=role, method=method)


def _names(context: Context) -> list[str]:
    """The names in the client's certificate: the alternative ones; its common name only where there is none (RFC 6125)."""
    properties: Mapping[str, Any] = context.auth_context()
    found = next((values for key in _CERTIFICATE_NAMES if (values := properties.get(key))), ())
    return [value.decode("utf-8", "replace") for value in found if value]


def _host(peer: str) -> str:
    """The peer without its port, which changes with each connection: "ipv4:10.0.0.1:4242", "ipv6:%5B::1%5D:4242"."""
    return peer.rpartition(":")[0] if peer.startswith("ip") else peer
