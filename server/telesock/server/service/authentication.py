"""Who calls, and whether that role may call this method: decided before any method runs, for every service.

A caller is known by the bearer token in its metadata, else by its certificate, else by the Unix-domain socket that it came
through. Where the agent knows nobody, anybody may do everything. Whoever is not known is UNAUTHENTICATED, after a wait; the
health service alone answers everybody. A method that is not in the table below is for administrators.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from enum import IntEnum
from typing import Any, NoReturn

import grpc

from telesock.server.core.identity import ANYBODY, Identity, Role
from telesock.server.core.refusal import Reason, Refused
from telesock.server.service.attempts import FailedAttempts
from telesock.server.service.errors import Context, abort
from telesock.server.service.handlers import guarded
from telesock.server.service.identities import RESERVED_NAMES, Identities

AUTHORIZATION_KEY = "authorization"
_SCHEME = "bearer "
_OPEN = "/grpc.health.v1.Health/"
_CERTIFICATE_NAMES = ("x509_subject_alternative_name", "x509_common_name")

_caller: ContextVar[Identity] = ContextVar("caller", default=ANYBODY)
_known: ContextVar[Callable[[], Identities] | None] = ContextVar("known", default=None)


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


def caller() -> Identity:
    """Who makes the call that is being answered."""
    return _caller.get()


def still_known() -> bool:
    """Whether the caller is still one that the agent knows, in its role or a higher one: calls outlast many a change."""
    now = _caller_now()
    return now is not None and now.role in (_caller.get().role, Role.ADMINISTRATOR)


def still_granted() -> bool:
    """Whether the caller is still known, and may see no less than when it called."""
    now, identity = _caller_now(), _caller.get()
    withdrawn = identity.role.sees_all and identity.sees_payload and not (now and now.sees_payload)
    return still_known() and not withdrawn


def _caller_now() -> Identity | None:
    known, identity = _known.get(), _caller.get()
    return identity if known is None else known().by_name(identity.name)


def forgotten() -> Refused:
    """Say that a caller is no longer who it was when it called."""
    message = "who made this call is not known any more, or may do less than it could then; call again"
    return Refused(Reason.CREDENTIALS_UNKNOWN, message)


class Authentication(grpc.aio.ServerInterceptor):
    """Guards one gRPC server. `known` tells who is known now; None means that nobody has to be.

    `came_through` is the path of the socket through which all come who call this server, where that proves who they are.
    `certificates` says whether a client's certificate alone makes an identity, where no file says whose it is.
    """

    def __init__(
        self,
        known: Callable[[], Identities] | None,
        attempts: FailedAttempts,
        came_through: str = "",
        certificates: bool = False,
    ) -> None:
        self._known = known
        self._attempts = attempts
        self._came_through = came_through
        self._certificates = certificates

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Guard the method that a call is for."""
        handler = await continuation(handler_call_details)
        method: str = handler_call_details.method
        if handler is None or method.startswith(_OPEN):
            return handler
        return guarded(handler, lambda request, context: self._admit(context, method))

    async def _admit(self, context: Context, method: str) -> None:
        try:
            identity = self._identify(context)
        except Refused as refused:
            await self._attempts.note(_host(context.peer()), refused.reason, method)
            await abort(context, refused)
        _caller.set(identity)
        _known.set(self._known)
        if not may(identity.role, needs(method)):
            await abort(context, _not_allowed(identity, method))

    def _identify(self, context: Context) -> Identity:
        metadata = {key: value for key, value in context.invocation_metadata() or ()}
        if self._known is None and not self._certificates:
            return ANYBODY
        given = metadata.get(AUTHORIZATION_KEY)
        if given is not None and self._known is not None:
            return _of_token(self._known(), given)
        names = _names(context)
        if self._known is None:
            return _of_certificate(names)
        known = self._known()
        found = known.by_socket(self._came_through) if self._came_through else known.by_certificate(names)
        return found or _fail(Reason.CREDENTIALS_UNKNOWN if names else Reason.CREDENTIALS_MISSING)


def _of_token(known: Identities, given: str | bytes) -> Identity:
    text = given if isinstance(given, str) else given.decode("ascii", "replace")
    if not text.lower().startswith(_SCHEME):
        return _fail(Reason.CREDENTIALS_MISSING)
    return known.by_token(text[len(_SCHEME) :].strip()) or _fail(Reason.CREDENTIALS_UNKNOWN)


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
    """The names in the client's certificate, alternative names first."""
    properties: Mapping[str, Any] = context.auth_context()
    values = (value for key in _CERTIFICATE_NAMES for value in properties.get(key, ()))
    return [value.decode("utf-8", "replace") for value in values if value]


def _host(peer: str) -> str:
    """The peer without its port, which changes with each connection: "ipv4:10.0.0.1:4242", "ipv6:%5B::1%5D:4242"."""
    return peer.rpartition(":")[0] if peer.startswith("ip") else peer
