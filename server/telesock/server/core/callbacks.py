"""Which kinds of indications a socket of each category has, and what a request may change of them.

A listener takes the kinds of connections too: for the sockets that it will indicate, and for good. What the whole
session has enabled is for good as well.
"""

from telesock.server.core.refusal import Reason, Refused
from telesock.server.core.requests import Callbacks, Indications, SetEventCallbacks
from telesock.server.core.states import Category

CONNECTION_KINDS = Indications.DATA | Indications.DISCONNECT | Indications.SEND_BACKLOG
"""Of a connection, and of what a listener hands on."""

_OWN = {
    Category.BASIC: Indications.NONE,
    Category.LISTENING: Indications.CONNECTION,
    Category.CONNECTION: CONNECTION_KINDS,
    Category.DATAGRAM: Indications.DATAGRAM,
}


def own_kinds(category: Category) -> Indications:
    """What a socket tells of itself. A stream socket that listens is asked about as a listener."""
    return _OWN[category]


def check_callbacks(category: Category, request: SetEventCallbacks, static: Indications) -> None:
    """Refuse kinds that the category has not, and to disable what is for good: `static`, or handed on."""
    allowed = own_kinds(category)
    if category is Category.LISTENING:
        allowed |= CONNECTION_KINDS
    strange = (request.enable | request.disable) & ~allowed
    if strange:
        message = f"a {category.name.lower()} socket does not indicate {_names(strange)}"
        raise Refused(Reason.WRONG_CATEGORY, message, category=category.name)
    lasting = static
    if category is Category.LISTENING:
        lasting |= CONNECTION_KINDS
    if request.disable & lasting:
        message = f"{_names(request.disable & lasting)} cannot be disabled here: it was enabled for good"
        raise Refused(Reason.WRONG_STATE, message)


def check_callbacks_of_birth(callbacks: Callbacks) -> None:
    """Refuse kinds that a connection has not, among those that it is to indicate from its first byte on."""
    check_callbacks(
        Category.CONNECTION, SetEventCallbacks(0, callbacks.enable, Indications.NONE), Indications.NONE
    )


def check_session_callbacks(request: SetEventCallbacks, used: bool) -> None:
    """Refuse what cannot be said for a whole session, or no longer."""
    if used:
        message = "the session has had sockets: what all of them indicate can only be said before the first"
        raise Refused(Reason.WRONG_STATE, message)
    if request.disable:
        raise Refused(
            Reason.WRONG_STATE, "what a whole session indicates is for good; nothing can be disabled"
        )


def joined(before: SetEventCallbacks, request: SetEventCallbacks) -> SetEventCallbacks:
    """What a session indicates after two requests, the later one's credits where it names any."""
    return SetEventCallbacks(
        0,
        before.enable | request.enable,
        Indications.NONE,
        request.credit_bytes or before.credit_bytes,
        request.credit_connections or before.credit_connections,
        request.credit_datagrams or before.credit_datagrams,
    )


def _names(kinds: Indications) -> str:
    return ", ".join(kind.name or "" for kind in Indications if kind and kind in kinds).lower()
