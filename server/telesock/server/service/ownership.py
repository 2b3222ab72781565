"""Whose session a call is about, and what the caller may do with it.

The token in its metadata owns a session, in the hands of the identity that opened it; to everybody else there is no such
session. Observers and administrators read without the token. Every call of an owner renews the lease, no other does.
"""

from telesock.server.core.identity import Identity
from telesock.server.engine.engine import Engine
from telesock.server.engine.sessions import HeldSession
from telesock.server.service.calling import caller
from telesock.server.service.errors import Context

TOKEN_KEY = "telesock-session-token"


def token_of(context: Context) -> str:
    """Return the session token of a call, or nothing."""
    for key, value in context.invocation_metadata() or ():
        if key == TOKEN_KEY and isinstance(value, str):
            return value
    return ""


def owned_session(engine: Engine, context: Context, session_id: str) -> HeldSession:
    """Return the caller's session and renew its lease, or refuse."""
    session = engine.sessions.find(session_id, token_of(context), caller())
    engine.sessions.renew(session)
    return session


def readable_session(engine: Engine, context: Context, session_id: str) -> HeldSession:
    """Return a session that the caller may read, its own or, for those who see all, any; or refuse."""
    identity = caller()
    if not (identity.name and identity.role.sees_all):
        return owned_session(engine, context, session_id)
    token = token_of(context)
    session = engine.sessions.look_up(session_id, token, identity)
    if token and session.identity.name == identity.name:
        return owned_session(engine, context, session_id)
    return session


def observed_session(engine: Engine, context: Context, session_id: str) -> HeldSession:
    """Return a session that the caller may read, without renewing its lease: streams do not."""
    identity = caller()
    token = token_of(context)
    if identity.name and identity.role.sees_all:
        return engine.sessions.look_up(session_id, token, identity)
    return engine.sessions.find(session_id, token, identity)


def visible_sessions(engine: Engine) -> list[HeldSession]:
    """The sessions that the caller may know of."""
    identity = caller()
    return [session for session in engine.sessions if sees(identity, session)]


def sees_payload(session: HeldSession) -> bool:
    """Whether the caller, who may read a session, may also see what it has received."""
    identity = caller()
    by_token = not identity.role.sees_all
    return by_token or identity.sees_payload or session.identity.name == identity.name


def sees(identity: Identity, session: HeldSession) -> bool:
    """Whether an identity may know of a session."""
    return identity.role.sees_all or session.identity.name == identity.name
