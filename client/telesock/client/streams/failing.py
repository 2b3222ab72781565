"""How our failures are told to programs that know only sockets: as OSError, with what we know as its cause."""

from telesock.client.errors import TelesockError

LINGER = 2.0
"""Seconds that a connection which this side has ended and left may still wait at the agent for the peer's end."""


def as_os_error(error: TelesockError) -> OSError:
    """Return it where it is one, or a ConnectionAbortedError: the connection ended here, for a reason of ours."""
    if isinstance(error, OSError):
        return error
    aborted = ConnectionAbortedError(str(error))
    aborted.__cause__ = error
    return aborted
