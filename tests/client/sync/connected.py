"""Two sockets of one agent that are connected with each other."""

from telesock.client import Session, Socket


def connected(session: Session) -> tuple[Socket, Socket]:
    """The one that has connected, and the one that was accepted."""
    listener = session.listen().result()
    assert listener.local is not None
    connecting = session.connect(listener.local.host, listener.local.port)
    return connecting.result(), listener.accept().result()
