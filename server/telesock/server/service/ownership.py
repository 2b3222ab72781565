"""Whose session a call is about: the token in its metadata says so. Every call of an owner renews its lease."""

from telesock.server.engine.engine import Engine
from telesock.server.engine.sessions import HeldSession
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
    session = engine.sessions.find(session_id, token_of(context))
    engine.sessions.renew(session)
    return session
