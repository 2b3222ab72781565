"""Who makes the call that is being answered, and whether that still holds: streams outlast many a change.

A proof that is taken away, an identity that is gone or may do less than when it called: each ends what was begun with it.
"""

from collections.abc import Callable
from contextvars import ContextVar

from telesock.server.core.identity import ANYBODY, Identity, Role
from telesock.server.core.refusal import Reason, Refused
from telesock.server.service.identities import Identities

Prove = Callable[[], Identity]
"""Says who a proof is of now; raises Refused where it is nobody's."""


class _Calling:
    """Who makes a call, and by which proof: asked again when what the agent knows has changed."""

    __slots__ = ("_known", "_now", "_prove", "_seen", "identity")

    def __init__(self, identity: Identity, prove: Prove, known: Callable[[], Identities] | None) -> None:
        self.identity = identity
        self._prove = prove
        self._known = known
        self._seen = None if known is None else known()
        self._now: Identity | None = identity

    def now(self) -> Identity | None:
        """Who the proof is of now; None when it is none any more, or somebody else's."""
        if self._known is not None and (known := self._known()) is not self._seen:
            self._seen, self._now = known, self._proven()
        return self._now

    def _proven(self) -> Identity | None:
        try:
            proven = self._prove()
        except Refused:
            return None
        return proven if proven.name == self.identity.name else None


_NOBODY_ASKED = _Calling(ANYBODY, lambda: ANYBODY, None)
_calling: ContextVar[_Calling | None] = ContextVar("calling", default=None)


def _call() -> _Calling:
    return _calling.get() or _NOBODY_ASKED


def begin_call(identity: Identity, prove: Prove, known: Callable[[], Identities] | None) -> None:
    """Say who makes the call that is about to be answered; `known` tells what its proof is looked up in."""
    _calling.set(_Calling(identity, prove, known))


def caller() -> Identity:
    """Who makes the call that is being answered."""
    return _call().identity


def still_known() -> bool:
    """Whether the caller's proof still holds, for its role or a higher one: calls outlast many a change."""
    now = _call().now()
    return now is not None and now.role in (caller().role, Role.ADMINISTRATOR)


def still_granted() -> bool:
    """Whether the caller is still known, and may see no less than when it called."""
    now, identity = _call().now(), caller()
    withdrawn = identity.role.sees_all and identity.sees_payload and not (now and now.sees_payload)
    return still_known() and not withdrawn


def forgotten() -> Refused:
    """Say that a caller is no longer who it was when it called."""
    message = "who made this call is not known any more, or may do less than it could then; call again"
    return Refused(Reason.CREDENTIALS_UNKNOWN, message)
